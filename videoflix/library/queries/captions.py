"""Captions: those of an original belong to its encode, uploaded ones to their video."""

import asyncpg

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.library.models import CaptionKind, Captions, Track

SQL = Queries("captions")


async def insert(
    connection: Connection,
    video_id: int,
    captions: Captions,
    *,
    encode_id: int | None = None,
    place: int | None = None,
) -> int | None:
    """Returns the id. A second row for the same position in the same encode is not inserted: None."""
    number: int | None = await connection.fetchval(
        SQL.insert, video_id, encode_id, place, captions.language, captions.kind, captions.name, captions.text
    )
    return number


async def of_film(connection: Connection, video_id: int, version: int) -> list[Track]:
    """The captions of one version of a video."""
    return [_track(row) for row in await connection.fetch(SQL.of_film, video_id, version)]


async def of_video(connection: Connection, video_id: int) -> list[Track]:
    """The captions that can be chosen now, or when the video can be played."""
    return [_track(row) for row in await connection.fetch(SQL.of_video, video_id)]


async def text(connection: Connection, video_id: int, number: int) -> str | None:
    """The WebVTT text; None if the id is unknown."""
    found: str | None = await connection.fetchval(SQL.text, video_id, number)
    return found


async def relabel(
    connection: Connection, video_id: int, number: int, language: str, kind: CaptionKind, name: str
) -> bool:
    """Returns False if the id is unknown."""
    found = await connection.fetchval(SQL.relabel, video_id, number, language, kind, name)
    return found is not None


async def remove(connection: Connection, video_id: int, number: int) -> str | None:
    """Returns the language of the removed captions; None if the id is unknown."""
    language: str | None = await connection.fetchval(SQL.remove, video_id, number)
    return language


def _track(row: asyncpg.Record) -> Track:
    return Track(**{**row, "kind": CaptionKind(row["kind"])})
