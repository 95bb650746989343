"""Queries for moving films from one storage to another while the server is used."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection, Database

SQL = Queries("moving")


async def busy(connection: Connection, video_id: int | None = None) -> set[int]:
    """The videos whose files may change: they are being encoded, or get another original. Of one video, or of all."""
    return {row["video_id"] for row in await connection.fetch(SQL.busy, video_id)}


async def lock_video(connection: Connection, video_id: int) -> bool:
    """Lock a video until the transaction ends. False if it was deleted."""
    return await connection.fetchval(SQL.lock_video, video_id) is not None


async def notify(connection: Connection, video_id: int) -> None:
    """Tell web processes that the files of a video are elsewhere."""
    await connection.execute(SQL.notify, video_id)


async def are_files_free(connection: Connection, video_id: int) -> bool:
    """Whether nobody moves the files of a video. Who asks after a job of it was queued can rely on the answer: the
    files of a video with jobs are not moved."""
    free: bool = await connection.fetchval(SQL.are_files_free, video_id)
    return free


@asynccontextmanager
async def moving(database: Database, video_id: int) -> AsyncIterator[bool]:
    """Hold the lock that `are_files_free` asks for. False if another process has it. Raises DatabaseUnavailable."""
    async with database.connection() as connection:
        is_ours: bool = await connection.fetchval(SQL.try_lock_files, video_id)
        try:
            yield is_ours
        finally:
            if is_ours and not connection.is_closed():
                await connection.execute(SQL.unlock_files, video_id)
