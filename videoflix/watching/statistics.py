"""Who has watched what: for administrators, from the parts of films that players have reported."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import asyncpg
from msgspec import Struct

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.library.metadata import escape_html, unescape_html
from videoflix.library.tables import escape_formula
from videoflix.watching.progress import part_of_stretches

SQL = Queries("statistics")

# More films than a table can show, and more members than a file needs.
MAX_COLUMNS, ALL = 500, 100_000


class Watched(Struct, frozen=True, kw_only=True):
    """What one person has seen of a film: a part from 0 to 1. Of `user_id` and `email`, and `video_id` and `title`,
    those are missing that were asked for. `name` is that of the profile or the account, and may be empty."""

    user_id: int | None = None
    email: str | None = None
    video_id: int | None = None
    title: str | None = None
    name: str
    seen: float
    played_at: datetime | None
    watched_at: datetime | None


class Column(Struct, frozen=True, kw_only=True):
    """A film in a table of members; with a season and a number, an episode."""

    video_id: int
    title: str
    season: int | None
    number: int | None


class Member(Struct, frozen=True, kw_only=True):
    """A member of a group, with the part that was seen of each film of the table; None if it was never played."""

    user_id: int
    email: str
    name: str
    seen: list[float | None]


async def of_video(connection: Connection, video_id: int, count: int, skip: int = 0) -> tuple[list[Watched], int]:
    """`count` of those who have watched a video after the first `skip`, and how many there are."""
    rows = await connection.fetch(SQL.of_video, video_id, count, skip)
    found = [_watched(row, user_id=row["user_id"], email=row["email"]) for row in rows]
    return found, rows[0]["total"] if rows else 0


async def of_user(connection: Connection, user_id: int, count: int, skip: int = 0) -> tuple[list[Watched], int]:
    """`count` of the films that an account has watched after the first `skip`, and how many there are."""
    rows = await connection.fetch(SQL.of_user, user_id, count, skip)
    found = [_watched(row, video_id=row["video_id"], title=unescape_html(row["title"])) for row in rows]
    return found, rows[0]["total"] if rows else 0


async def columns_of_series(connection: Connection, series_id: int) -> list[Column]:
    return _columns(await connection.fetch(SQL.columns_of_series, series_id))


async def columns_of_category(connection: Connection, category: str) -> list[Column]:
    return _columns(
        await connection.fetch(SQL.columns_of_category, escape_html(category, len(category)), MAX_COLUMNS)
    )


async def of_members(
    connection: Connection, group_id: int, columns: Sequence[Column], count: int, skip: int = 0
) -> tuple[list[Member], int]:
    """`count` members of a group after the first `skip`, and how many there are."""
    places = {column.video_id: place for place, column in enumerate(columns)}
    rows = await connection.fetch(SQL.of_members, group_id, list(places), count, skip)
    members: dict[int, Member] = {}
    for row in rows:
        empty = Member(user_id=row["user_id"], email=row["email"], name=row["name"], seen=[None] * len(columns))
        member = members.setdefault(row["user_id"], empty)
        if row["video_id"] is not None:
            member.seen[places[row["video_id"]]] = _part(row)
    return list(members.values()), rows[0]["total"] if rows else 0


async def forget_seen(connection: Connection) -> None:
    """Remove which parts of films were seen."""
    await connection.execute(SQL.forget_seen)


def csv_text(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """A CSV file with a byte order mark, which Excel needs for UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([escape_formula(cell) for cell in head])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return ("\ufeff" + text.getvalue()).encode()


def percent(part: float | None) -> str:
    return "" if part is None else f"{part:.0%}"


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return "" if value is None else escape_formula(str(value))


def _watched(row: asyncpg.Record, **about: Any) -> Watched:
    times = {"played_at": row["played_at"], "watched_at": row["watched_at"]}
    return Watched(name=row["name"], seen=_part(row), **times, **about)


def _part(row: asyncpg.Record) -> float:
    return round(part_of_stretches(row["stretches"], row["duration"]), 3)


def _columns(rows: Iterable[asyncpg.Record]) -> list[Column]:
    return [Column(**{**row, "title": unescape_html(row["title"])}) for row in rows]
