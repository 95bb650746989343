"""How a film comes into the house: its original, its rows and its first job, all of it or nothing."""

from pathlib import Path

from videoflix.db import encodes, jobs, videos
from videoflix.db.pool import Connection, Database
from videoflix.metadata import MOST_CATEGORY, MOST_DESCRIPTION, MOST_TITLE, neutral
from videoflix.models import JobKind
from videoflix.storage import Storage


async def register(
    database: Database, storage: Storage, staged: Path, *, title: str, description: str, category: str
) -> int:
    """Take a staged original in and queue its encode; the video's id.

    The file gets its place before the rows are committed: a row never points at nothing. Raises
    DatabaseUnavailable or DiskFull, and then nothing has come in.
    """
    video_id, kept = None, False
    try:
        async with database.transaction() as connection:
            video_id = await videos.insert(
                connection,
                neutral(title, MOST_TITLE),
                neutral(description, MOST_DESCRIPTION),
                neutral(category, MOST_CATEGORY),
                staged.stat().st_size,
            )
            await queue_encode(connection, video_id)
            storage.keep_original(staged, video_id)
            kept = True
    except BaseException:
        if video_id is not None and kept:
            storage.remove_video(video_id)
        raise
    return video_id


async def resume(connection: Connection, video_id: int) -> bool:
    """Have a film tried again where it failed; what was made before stays. False if nothing of it had failed."""
    await videos.lock(connection, video_id)
    newest = await encodes.newest(connection, video_id)
    if newest is None or not await jobs.resume(connection, newest):
        return False
    await encodes.resume(connection, newest)
    return True


async def queue_encode(connection: Connection, video_id: int) -> bool:
    """Ask for the next version of a film; False if the video is unknown or one is in the making."""
    await videos.lock(connection, video_id)
    encode_id = await encodes.insert(connection, video_id)
    if encode_id is None:
        return False
    await jobs.insert(connection, encode_id, JobKind.INGEST)
    return True
