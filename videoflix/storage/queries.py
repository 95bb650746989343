"""What the rows promise of the disk, and how something that is missing there is queued to be made again."""

from collections.abc import Iterable

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.queue.models import JobKind
from videoflix.storage.models import Holding, Version

SQL = Queries("inventory")


async def last_video(connection: Connection) -> int:
    """The highest number that a video was ever given in this database."""
    number: int = await connection.fetchval(SQL.last_video)
    return number


async def videos(connection: Connection) -> list[Holding]:
    return [Holding(*row) for row in await connection.fetch(SQL.videos)]


async def versions(connection: Connection, encode_id: int | None = None) -> list[Version]:
    rows = await connection.fetch(SQL.versions, encode_id)
    return [Version(**{**row, "labels": tuple(row["labels"]), "tracks": tuple(row["tracks"])}) for row in rows]


async def segments(connection: Connection, encode_id: int) -> list[tuple[int, int, int]]:
    """Rung, number and size of every segment that must lie there."""
    return [tuple(row) for row in await connection.fetch(SQL.segments, encode_id)]


async def pieces(connection: Connection, encode_id: int) -> dict[int, int]:
    """How many pieces of each sound track must lie there; the one that goes with the picture is not kept."""
    return {row["number"]: row["segments"] for row in await connection.fetch(SQL.pieces, encode_id)}


async def remake_units(connection: Connection, encode_id: int, lost: Iterable[int]) -> bool:
    """Have the units made again that these segments belong to; False if a newer version is in the making.

    Needs a transaction, which has to be given up then.
    """
    await connection.execute(SQL.lock, encode_id)
    await connection.execute(SQL.requeue_units, encode_id, list(lost))
    return bool(await connection.fetchval(SQL.reopen, encode_id))


async def remake(connection: Connection, encode_id: int, kind: JobKind, number: int = 0) -> None:
    """Have a picture, a storyboard or a sound track made again. Needs a transaction."""
    await connection.execute(SQL.forget, encode_id, kind, number)
    await connection.execute(SQL.requeue, encode_id, kind, number)
