"""Thumbnails: which one is chosen, and which revision has been made."""

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.library.models import ThumbnailChoice, ThumbnailSource

SQL = Queries("thumbnails")


async def chosen(connection: Connection, video_id: int) -> ThumbnailChoice | None:
    """None if the video is unknown."""
    row = await connection.fetchrow(SQL.chosen, video_id)
    return ThumbnailChoice(row["revision"], ThumbnailSource(row["source"]), row["selector"]) if row else None


async def choose(
    connection: Connection, video_id: int, source: ThumbnailSource, selector: float | None = None
) -> None:
    """Choose another thumbnail, and queue the work. Needs a transaction, and the lock on the video: a worker that
    makes an earlier choice sees this one before it ends, or has ended."""
    await connection.execute(SQL.choose, video_id, source, selector)
    await connection.execute(SQL.redraw, video_id)


async def forget(connection: Connection, video_id: int) -> None:
    """Fall back to the best candidate: the choice is not available. Needs the lock on the video."""
    await connection.execute(SQL.forget, video_id)


async def made(connection: Connection, encode_id: int, revision: int, width: int, colour: str) -> None:
    """`width` is that of the largest file in pixels, `colour` is written `#rrggbb`."""
    await connection.execute(SQL.made, encode_id, revision, width, colour)


async def revision(connection: Connection, encode_id: int) -> int:
    """The one that a version has, 0 if none."""
    return await connection.fetchval(SQL.revision, encode_id) or 0
