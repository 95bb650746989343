"""Encodes, as far as the library needs them: queued, resumed, and how far they are."""

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.library.models import EncodeState, Progress
from videoflix.queue.models import JobKind

SQL = Queries("encodes")


async def insert(connection: Connection, video_id: int, *, may_copy: bool = True) -> int | None:
    """Queue the next version of a film, in which the video of the original may be copied. None if the video is
    unknown or an encode is under way."""
    encode_id: int | None = await connection.fetchval(SQL.insert, video_id, may_copy)
    return encode_id


async def videos_without_film(connection: Connection) -> list[int]:
    return [row["id"] for row in await connection.fetch(SQL.without_film)]


async def all_videos(connection: Connection) -> list[int]:
    return [row["id"] for row in await connection.fetch(SQL.all_videos)]


async def newest(connection: Connection, video_id: int) -> int | None:
    """The newest encode of a video, whatever its state; None if the video is unknown."""
    encode_id: int | None = await connection.fetchval(SQL.newest, video_id)
    return encode_id


async def resume(connection: Connection, encode_id: int) -> bool:
    """Continue an encode if it has failed; False if another version of the video is being encoded."""
    return await connection.fetchval(SQL.resume, encode_id) is not None


async def exists(connection: Connection, encode_id: int) -> bool:
    return bool(await connection.fetchval(SQL.exists, encode_id))


async def progress(connection: Connection, video_id: int) -> Progress | None:
    """How far the newest encode is; None if the video is unknown."""
    row = await connection.fetchrow(SQL.progress, video_id)
    if row is None:
        return None
    speed, duration = row["speed"], row["duration"]
    done = 1.0 if row["state"] == EncodeState.READY else row["done"] or 0.0
    return Progress(
        state=EncodeState(row["state"]),
        is_playable=row["is_playable"],
        renditions=tuple(row["renditions"]),
        working=tuple(JobKind(kind) for kind in row["working"]),
        units=tuple(row["units"]),
        units_done=row["units_done"],
        units_total=row["units_total"],
        done=done,
        speed=speed,
        left=duration * (1 - done) / speed if speed and duration else None,
        duration=duration,
        error=row["error"] or row["waits_for"],
        notes=tuple(row["notes"]),
    )
