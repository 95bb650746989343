"""Thumbnails: the candidates, and the choice among them, which a worker carries out."""

import asyncio
import re
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from videoflix.errors import InvalidFields, InvalidInput, NotAnImage, NotFound, OriginalRemoved
from videoflix.http import bodies
from videoflix.http.access import admin
from videoflix.http.forwarded import base_url
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE, QUEUES, SETTINGS, STORAGE
from videoflix.http.responses import REVALIDATE, file
from videoflix.library import editing
from videoflix.library.containers import MAX_PICTURE_BYTES, PICTURE
from videoflix.library.models import ThumbnailSource
from videoflix.library.queries import admin_videos as admin_videos
from videoflix.library.queries import thumbnails
from videoflix.library.queries.admin_videos import Entry
from videoflix.queue.due import try_enqueue_due
from videoflix.storage.local import Storage

NUMBER = re.compile(r"[0-9]", re.ASCII)


class Choice(Struct, frozen=True):
    """The number of a candidate, or a time in seconds."""

    candidate: Annotated[int, Meta(ge=0, le=9)] | None = None
    at: Annotated[float, Meta(ge=0)] | None = None


@admin
async def listing(request: web.Request) -> web.Response:
    """`error` says why the last choice could not be carried out."""
    entry = await _entry(request)
    folder = request.app[STORAGE].candidates(entry.id, entry.version or 0)
    base = f"{base_url(request)}/api/admin/videos/{entry.id}/thumbnails"
    numbers = sorted(int(path.stem) for path in folder.glob("*.jpg"))
    candidates = [{"number": number, "url": f"{base}/{number}.jpg"} for number in numbers]
    return bodies.answer({"candidates": candidates, "url": entry.thumbnail_url, "error": entry.thumbnail_error})


@admin
async def candidate(request: web.Request) -> web.FileResponse:
    number, entry = request.match_info["number"], await _entry(request)
    if not NUMBER.fullmatch(number):
        raise NotFound
    path = request.app[STORAGE].candidate(entry.id, entry.version or 0, int(number))
    if not path.is_file():
        raise NotFound
    return file(path, "image/jpeg", REVALIDATE)


@admin
async def choose(request: web.Request) -> web.Response:
    """An image as the body, or a choice as JSON."""
    if request.content_type.startswith("image/"):
        await _take(request, await bodies.body(request, MAX_PICTURE_BYTES))
    else:
        await _pick(request, await bodies.read(request, Choice))
    await try_enqueue_due(request.app[DATABASE], request.app[QUEUES])
    return bodies.answer({"detail": "The picture is being made."}, status=202)


async def _take(request: web.Request, picture: bytes) -> None:
    """Keep an uploaded image until it is replaced, also for later versions. Raises NotFound, NotAnImage or
    StorageUnavailable."""
    if not PICTURE.match(picture):
        raise NotAnImage
    video, storage = path_id(request), request.app[STORAGE]
    storage.check_free_space(request.app[SETTINGS].disk_floor)
    with storage.stage() as folder:
        staged = folder / "picture"
        await asyncio.to_thread(staged.write_bytes, picture)
        async with request.app[DATABASE].transaction() as connection:
            words = await editing.lock_video(connection, video)
            await thumbnails.choose(connection, video, ThumbnailSource.UPLOAD)
            await editing.record(request, connection, "video.thumbnail", video, words, bytes=len(picture))
            await asyncio.to_thread(storage.publish, staged, storage.thumbnail_source(video))


async def _pick(request: web.Request, choice: Choice) -> None:
    """Raises NotFound, InvalidInput or OriginalRemoved."""
    video, storage = path_id(request), request.app[STORAGE]
    async with request.app[DATABASE].transaction() as connection:
        words = await editing.lock_video(connection, video)
        entry = await admin_videos.entry(connection, video)
        assert entry is not None
        source, selector = _selector_of(storage, entry, choice)
        await thumbnails.choose(connection, video, source, selector)
        await editing.record(request, connection, "video.thumbnail", video, words, **{source: selector})
        storage.remove_thumbnail_source(video)


def _selector_of(storage: Storage, entry: Entry, choice: Choice) -> tuple[ThumbnailSource, float]:
    """Where the thumbnail comes from. Raises InvalidInput or OriginalRemoved."""
    number, at = choice.candidate, choice.at
    if number is not None and at is None:
        if not storage.candidate(entry.id, entry.version or 0, number).is_file():
            raise InvalidFields({"candidate": "There is no such candidate."})
        return ThumbnailSource.CANDIDATE, number
    if at is None or number is not None:
        raise InvalidInput("Please choose either a candidate or a time.")
    if entry.duration is None:
        raise InvalidFields({"at": "How long the film is is not known yet."})
    if at >= entry.duration:
        raise InvalidFields({"at": f"The film has {entry.duration:.1f} seconds."})
    if entry.original_bytes is None or not storage.original(entry.id).exists():
        raise OriginalRemoved("The original of this film is gone: please choose a candidate, or upload a picture.")
    return ThumbnailSource.FRAME, at


async def _entry(request: web.Request) -> Entry:
    async with request.app[DATABASE].connection() as connection:
        entry = await admin_videos.entry(connection, path_id(request), base_url(request))
    if entry is None:
        raise NotFound
    return entry
