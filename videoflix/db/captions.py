"""Subtitles as rows: those of an original go with its encode, those that people bring with their video."""

from videoflix.db.pool import Connection
from videoflix.db.queries import Queries
from videoflix.models import Captions, Track

SQL = Queries("captions")


async def insert(
    connection: Connection,
    video_id: int,
    captions: Captions,
    *,
    encode_id: int | None = None,
    place: int | None = None,
) -> None:
    """A second time for the same place in the same encode changes nothing."""
    await connection.execute(SQL.insert, video_id, encode_id, place, captions.language, captions.name, captions.text)


async def of_film(connection: Connection, video_id: int, version: int) -> list[Track]:
    """What can be chosen with a version of a video."""
    return [Track(**row) for row in await connection.fetch(SQL.of_film, video_id, version)]


async def text(connection: Connection, video_id: int, number: int) -> str | None:
    """As WebVTT; None if there is none of this number."""
    found: str | None = await connection.fetchval(SQL.text, video_id, number)
    return found
