"""Queries of who may see videos and series."""

from collections.abc import Collection, Mapping

import asyncpg
from msgspec import Struct
from msgspec.structs import astuple

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.library.metadata import unescape_html
from videoflix.library.models import Audience

SQL = Queries("audience")


class Seen(Struct, frozen=True):
    """The title of a video or series as plain text, and its audience."""

    title: str
    audience: Audience


async def lock_videos(connection: Connection, ids: Collection[int]) -> dict[int, Seen]:
    """Those of these videos that exist, locked until the transaction ends."""
    return _seen(await connection.fetch(SQL.lock_videos, ids))


async def lock_series(connection: Connection, ids: Collection[int]) -> dict[int, Seen]:
    """The same for series."""
    return _seen(await connection.fetch(SQL.lock_series, ids))


async def videos(connection: Connection, ids: Collection[int]) -> dict[int, Seen]:
    """Those of these videos that exist, without a lock."""
    return _seen(await connection.fetch(SQL.videos, ids))


async def series(connection: Connection, ids: Collection[int]) -> dict[int, Seen]:
    """Those of these series that exist, without a lock."""
    return _seen(await connection.fetch(SQL.series, ids))


async def edit_videos(connection: Connection, changed: Mapping[int, Audience]) -> None:
    await connection.executemany(SQL.edit_video, [(key, *astuple(audience)) for key, audience in changed.items()])


async def edit_series(connection: Connection, changed: Mapping[int, Audience]) -> None:
    await connection.executemany(SQL.edit_series, [(key, *astuple(audience)) for key, audience in changed.items()])


def audience_of(row: asyncpg.Record) -> Audience:
    group_ids = None if row["group_ids"] is None else tuple(row["group_ids"])
    return Audience(group_ids, row["min_age"], row["is_draft"], row["visible_from"])


def _seen(rows: list[asyncpg.Record]) -> dict[int, Seen]:
    return {row["id"]: Seen(unescape_html(row["title"]), audience_of(row)) for row in rows}
