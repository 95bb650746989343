"""Subtitles as rows: those of an original go with its encode, those that people bring with their video."""

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
    """Their number. A second time for the same place in the same encode changes nothing: None."""
    number: int | None = await connection.fetchval(
        SQL.insert, video_id, encode_id, place, captions.language, captions.kind, captions.name, captions.text
    )
    return number


async def of_film(connection: Connection, video_id: int, version: int) -> list[Track]:
    """What can be chosen with a version of a video."""
    return [_track(row) for row in await connection.fetch(SQL.of_film, video_id, version)]


async def of_video(connection: Connection, video_id: int) -> list[Track]:
    """What can be chosen now, or will be when there is something to play."""
    return [_track(row) for row in await connection.fetch(SQL.of_video, video_id)]


async def text(connection: Connection, video_id: int, number: int) -> str | None:
    """As WebVTT; None if there is none of this number."""
    found: str | None = await connection.fetchval(SQL.text, video_id, number)
    return found


async def remove(connection: Connection, video_id: int, number: int) -> str | None:
    """The language of what is gone now; None if there was none of this number."""
    language: str | None = await connection.fetchval(SQL.remove, video_id, number)
    return language


def _track(row: asyncpg.Record) -> Track:
    return Track(**{**row, "kind": CaptionKind(row["kind"])})
