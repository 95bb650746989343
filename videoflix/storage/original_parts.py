"""Queries for originals that are still in the parts of their uploads, because only a job can join large files."""

from uuid import UUID

from msgspec import Struct

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection

SQL = Queries("original_parts")


class OriginalParts(Struct, frozen=True):
    upload_id: UUID
    parts: tuple[str, ...]


async def insert(connection: Connection, video_id: int, upload_id: UUID, parts: tuple[str, ...]) -> None:
    await connection.execute(SQL.insert, video_id, upload_id, list(parts))


async def find(connection: Connection, video_id: int) -> OriginalParts | None:
    """None if the original is in one piece."""
    row = await connection.fetchrow(SQL.find, video_id)
    return OriginalParts(row["upload_id"], tuple(row["parts"])) if row else None


async def remove(connection: Connection, video_id: int, upload_id: UUID) -> None:
    await connection.execute(SQL.remove, video_id, upload_id)


async def video_ids(connection: Connection) -> set[int]:
    """The videos whose originals are in parts."""
    return {row["video_id"] for row in await connection.fetch(SQL.video_ids)}
