"""What administrators do to a video: each change in its own transaction, with an audit entry."""

import asyncio
import logging
from typing import Any

from aiohttp import web
from msgspec import Struct, structs

from videoflix.accounts.queries import audit
from videoflix.accounts.resources import SESSION
from videoflix.db.pool import Connection
from videoflix.errors import InvalidFields, NotFound
from videoflix.http.resources import DATABASE, STORAGE
from videoflix.library import adding
from videoflix.library.metadata import MAX_CATEGORY, MAX_DESCRIPTION, MAX_TITLE, escape_html, unescape_html
from videoflix.library.models import VideoText
from videoflix.library.queries import videos
from videoflix.library.resources import PROGRESS_FEED

log = logging.getLogger(__name__)

MAX = {"title": MAX_TITLE, "description": MAX_DESCRIPTION, "category": MAX_CATEGORY}


class Edit(Struct, frozen=True):
    """A change of metadata; None leaves a field as it is."""

    title: str | None = None
    description: str | None = None
    category: str | None = None


async def edit(request: web.Request, video: int, wanted: Edit) -> None:
    """Change the metadata of a video. Raises NotFound or InvalidFields."""
    given = {name: text for name, text in structs.asdict(wanted).items() if text is not None}
    texts = {name: escape_html(text, MAX[name]) for name, text in given.items()}
    if texts.get("title") == "":
        raise InvalidFields({"title": "A video needs a title."})
    async with request.app[DATABASE].transaction() as connection:
        before = await lock_video(connection, video)
        after = structs.replace(before, **texts)
        pairs = [(name, getattr(before, name), getattr(after, name)) for name in texts]
        changes = {name: [unescape_html(old), unescape_html(new)] for name, old, new in pairs if old != new}
        if changes:
            await videos.edit(connection, video, after)
            await record(request, connection, "video.edit", video, before, **changes)


async def remove(request: web.Request, video: int) -> None:
    """Delete the rows of a video, then its files. A worker that is encoding it loses its claim. Raises NotFound."""
    async with request.app[DATABASE].transaction() as connection:
        words = await lock_video(connection, video)
        await videos.remove(connection, video)
        await record(request, connection, "video.delete", video, words)
    request.app[PROGRESS_FEED].forget(video)
    await asyncio.to_thread(request.app[STORAGE].remove_video, video)


async def retry(request: web.Request, video: int) -> None:
    """Retry only what failed; what can be watched already stays.

    Raises NotFound, OriginalRemoved or CannotRetry.
    """
    async with request.app[DATABASE].transaction() as connection:
        words = await lock_video(connection, video)
        await adding.retry(connection, request.app[STORAGE], video)
        await record(request, connection, "video.retry", video, words)
    request.app[PROGRESS_FEED].forget(video)


async def encode(request: web.Request, video: int) -> None:
    """Encode the film again. The version that is served stays until the new one is complete. Raises NotFound,
    OriginalRemoved or EncodeInProgress."""
    async with request.app[DATABASE].transaction() as connection:
        words = await lock_video(connection, video)
        await adding.reencode(connection, request.app[STORAGE], video)
        await record(request, connection, "video.encode", video, words)
    request.app[PROGRESS_FEED].forget(video)


async def lock_video(connection: Connection, video: int) -> VideoText:
    """The metadata of a video, which is locked until the transaction ends. Raises NotFound."""
    words = await videos.lock(connection, video)
    if words is None:
        raise NotFound
    return words


async def record(
    request: web.Request, connection: Connection, action: str, video: int, words: VideoText, **detail: Any
) -> None:
    user_id, label = request[SESSION].user_id, unescape_html(words.title)
    await audit.record(connection, user_id, action, f"video:{video}", label, **detail)
