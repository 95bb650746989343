"""Queries for what should be on the disk, and for encoding again what is missing there."""

from collections.abc import Iterable

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.queue.models import JobKind
from videoflix.storage.models import StoredVideo, Version

SQL = Queries("inventory")


async def last_video_id(connection: Connection) -> int:
    """The highest id that this database has ever assigned to a video, 0 if none."""
    video_id: int = await connection.fetchval(SQL.last_video_id)
    return video_id


async def videos(connection: Connection) -> list[StoredVideo]:
    return [StoredVideo(*row) for row in await connection.fetch(SQL.videos)]


async def versions(connection: Connection, encode_id: int | None = None) -> list[Version]:
    rows = await connection.fetch(SQL.versions, encode_id)
    return [Version(**{**row, "labels": tuple(row["labels"]), "tracks": tuple(row["tracks"])}) for row in rows]


async def segments(connection: Connection, encode_id: int) -> list[tuple[int, int, int]]:
    """Label, number and size in bytes of every segment that should be on the disk."""
    return [tuple(row) for row in await connection.fetch(SQL.segments, encode_id)]


async def audio_segments(connection: Connection, encode_id: int) -> dict[int, int]:
    """The number of segments of each audio track that should be on the disk. Those of track 0 are not kept."""
    return {row["number"]: row["segments"] for row in await connection.fetch(SQL.audio_segments, encode_id)}


async def requeue_units(connection: Connection, encode_id: int, lost: Iterable[int]) -> bool:
    """Queue the units of these segments again. Returns False if a newer version is being encoded.

    Needs a transaction, which the caller has to roll back in that case.
    """
    await connection.execute(SQL.lock, encode_id)
    await connection.execute(SQL.requeue_units, encode_id, list(lost))
    return bool(await connection.fetchval(SQL.reopen, encode_id))


async def requeue_job(connection: Connection, encode_id: int, kind: JobKind, number: int = 0) -> None:
    """Queue a thumbnail, a storyboard or an audio track again. Needs a transaction."""
    await connection.execute(SQL.mark_missing, encode_id, kind, number)
    await connection.execute(SQL.requeue_job, encode_id, kind, number)
