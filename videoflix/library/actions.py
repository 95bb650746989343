"""What administrators do to a video apart from its metadata: each action in a transaction, with an audit entry."""

import asyncio
from typing import Any

from msgspec import Struct

from videoflix.accounts.audit_actions import AuditAction
from videoflix.accounts.queries import audit
from videoflix.db.pool import Connection, Database
from videoflix.errors import NotFound
from videoflix.library import adding
from videoflix.library.metadata import unescape_html
from videoflix.library.models import VideoText
from videoflix.library.progress_feed import ProgressFeed
from videoflix.library.queries import series, videos
from videoflix.storage import names
from videoflix.storage.storage import Storage


class LibraryContext(Struct, frozen=True):
    """What actions on videos need."""

    database: Database
    storage: Storage
    progress_feed: ProgressFeed


async def remove(context: LibraryContext, user_id: int, video_id: int) -> None:
    """Delete the rows of a video, then its files. A worker that is encoding it loses its claim. Raises NotFound."""
    async with context.database.transaction() as connection:
        await series.lock_of_videos(connection, [video_id])  # its picture may be this video's
        text = await lock_video(connection, video_id)
        await videos.remove(connection, video_id)
        await record(connection, user_id, "video.delete", video_id, text)
    context.progress_feed.forget(video_id)
    for name in (names.original(video_id), names.film(video_id)):
        await asyncio.to_thread(context.storage.remove, name)


async def retry(context: LibraryContext, user_id: int, video_id: int) -> None:
    """Retry only what failed; what can be watched already stays.

    Raises NotFound, OriginalRemoved or CannotRetry.
    """
    async with context.database.transaction() as connection:
        text = await lock_video(connection, video_id)
        await adding.retry(connection, context.storage, video_id)
        await record(connection, user_id, "video.retry", video_id, text)
    context.progress_feed.forget(video_id)


async def encode(context: LibraryContext, user_id: int, video_id: int) -> None:
    """Encode the film again. The version that is served stays until the new one is complete. Raises NotFound,
    OriginalRemoved or EncodeInProgress."""
    async with context.database.transaction() as connection:
        text = await lock_video(connection, video_id)
        await adding.reencode(connection, context.storage, video_id)
        await record(connection, user_id, "video.encode", video_id, text)
    context.progress_feed.forget(video_id)


async def lock_video(connection: Connection, video_id: int) -> VideoText:
    """The metadata of a video, which is locked until the transaction ends. Raises NotFound."""
    text = await videos.lock(connection, video_id)
    if text is None:
        raise NotFound
    return text


async def record(
    connection: Connection, user_id: int | None, action: AuditAction, video_id: int, text: VideoText, **detail: Any
) -> None:
    """Record an action on a video in the audit log; `user_id` is None for commands."""
    await audit.record(connection, user_id, action, f"video:{video_id}", unescape_html(text.title), **detail)
