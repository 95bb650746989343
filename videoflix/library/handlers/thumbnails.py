"""Thumbnails: the candidates, and the choice among them, which a worker carries out."""

import asyncio
import re
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from videoflix.accounts.resources import SESSION
from videoflix.errors import InvalidFields, InvalidInput, NotAnImage, NotFound, OriginalRemoved, StorageUnavailable
from videoflix.http import bodies
from videoflix.http.access import admin
from videoflix.http.forwarded import base_url
from videoflix.http.operations import Detail, Media, Parameter, operation
from videoflix.http.paths import path_id
from videoflix.http.published import published
from videoflix.http.resources import DATABASE, QUEUES, SETTINGS, STORAGE
from videoflix.http.responses import REVALIDATE
from videoflix.library import thumbnails
from videoflix.library.containers import MAX_IMAGE_BYTES
from videoflix.library.queries import admin_videos as admin_videos
from videoflix.library.queries.admin_videos import VideoEntry
from videoflix.queue.due import try_enqueue_due
from videoflix.storage import names

NUMBER = re.compile(r"[0-9]", re.ASCII)


class ThumbnailRequest(Struct, frozen=True):
    """The number of a candidate, or a time in seconds."""

    candidate: Annotated[int, Meta(ge=0, le=9)] | None = None
    at: Annotated[float, Meta(ge=0)] | None = None


class Candidate(Struct, frozen=True):
    number: int
    url: str


class Candidates(Struct, frozen=True):
    """The candidates, the current thumbnail, and why the last choice could not be carried out."""

    candidates: list[Candidate]
    url: str
    error: str | None


IMAGES = ("image/jpeg", "image/png", "image/webp")
DIGIT = Parameter(
    name="number",
    description="The number of the candidate.",
    schema={"type": "string", "pattern": f"^{NUMBER.pattern}$"},
    example="2",
    place="path",
)


@operation("List the candidates for the thumbnail", Candidates)
@admin
async def listing(request: web.Request) -> web.Response:
    """`error` says why the last choice could not be carried out."""
    entry = await _entry(request)
    folder = names.candidates(entry.id, entry.version or 0)
    found = await asyncio.to_thread(request.app[STORAGE].entries, folder)
    base = f"{base_url(request)}/api/admin/videos/{entry.id}/thumbnails"
    numbers = sorted(int(names.last(name).removesuffix(".jpg")) for name in found)
    candidates = [Candidate(number, f"{base}/{number}.jpg") for number in numbers]
    return bodies.answer(Candidates(candidates, entry.thumbnail_url, entry.thumbnail_error))


@operation("Get a candidate for the thumbnail", Media("image/jpeg"), has_ranges=True, parameters=(DIGIT,))
@admin
async def candidate(request: web.Request) -> web.StreamResponse:
    number, entry = request.match_info["number"], await _entry(request)
    if not NUMBER.fullmatch(number):
        raise NotFound
    name = names.candidate(entry.id, entry.version or 0, int(number))
    return await published(request, name, "image/jpeg", REVALIDATE)


@operation(
    "Choose the thumbnail",
    Detail,
    status=202,
    body=(ThumbnailRequest, *map(Media, IMAGES)),
    errors=(InvalidFields, InvalidInput, OriginalRemoved, NotAnImage, StorageUnavailable),
)
@admin
async def choose(request: web.Request) -> web.Response:
    """An image as the body, or a choice as JSON."""
    database, storage = request.app[DATABASE], request.app[STORAGE]
    user_id, video = request[SESSION].user_id, path_id(request)
    if request.content_type.startswith("image/"):
        image = await bodies.body(request, MAX_IMAGE_BYTES)
        await thumbnails.keep_image(database, storage, user_id, video, image, request.app[SETTINGS].disk_floor)
    else:
        choice = await bodies.read(request, ThumbnailRequest)
        await thumbnails.choose(database, storage, user_id, video, choice.candidate, choice.at)
    await try_enqueue_due(request.app[DATABASE], request.app[QUEUES])
    return bodies.answer(Detail("The thumbnail is being created."), status=202)


async def _entry(request: web.Request) -> VideoEntry:
    async with request.app[DATABASE].connection() as connection:
        entry = await admin_videos.entry(connection, path_id(request), base_url(request))
    if entry is None:
        raise NotFound
    return entry
