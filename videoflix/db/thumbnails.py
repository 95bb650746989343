"""The picture that stands for a film: which one is wished for, and what has been made."""

from videoflix.db.pool import Connection
from videoflix.db.queries import Queries
from videoflix.models import PictureSource, Wish

SQL = Queries("thumbnails")


async def wish(connection: Connection, video_id: int) -> Wish | None:
    """None if there is no such video."""
    row = await connection.fetchrow(SQL.wish, video_id)
    return Wish(row["edition"], PictureSource(row["source"]), row["place"]) if row else None


async def choose(connection: Connection, video_id: int, source: PictureSource, place: float | None = None) -> None:
    """Wish for another picture, and queue the work. Needs a transaction, and the lock on the video: a worker that is
    at an earlier wish sees this one before it ends, or has ended."""
    await connection.execute(SQL.choose, video_id, source, place)
    await connection.execute(SQL.redraw, video_id)


async def forget(connection: Connection, video_id: int) -> None:
    """What was wished for cannot be had. Needs the lock on the video."""
    await connection.execute(SQL.forget, video_id)


async def made(connection: Connection, encode_id: int, edition: int) -> None:
    await connection.execute(SQL.made, encode_id, edition)
