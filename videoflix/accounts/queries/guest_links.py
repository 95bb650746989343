"""Queries of guest links and of the sessions that they open."""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec.structs import astuple

from videoflix.accounts.models import GuestLink, GuestTarget, InvitationState, OpenGuestLink, Viewer
from videoflix.db.loader import Queries
from videoflix.db.pool import Connection

SQL = Queries("guest_links")


async def title(connection: Connection, target: GuestTarget) -> str | None:
    """The title of what a link leads to, HTML-escaped; None if it does not exist. It stays until the transaction
    ends."""
    query, key = (SQL.title, target.video_id) if target.video_id else (SQL.title_of_series, target.series_id)
    found: str | None = await connection.fetchval(query, key)
    return found


async def insert(
    connection: Connection,
    token_hash: bytes,
    target: GuestTarget,
    note: str,
    password_hash: str | None,
    max_uses: int,
    by: int,
    expires_at: datetime,
) -> GuestLink:
    values = (token_hash, *astuple(target), note, password_hash, max_uses, by, expires_at)
    created = await find_by_id(connection, await connection.fetchval(SQL.insert, *values))
    assert created is not None
    return created


async def find_by_id(connection: Connection, link_id: int) -> GuestLink | None:
    row = await connection.fetchrow(SQL.page, link_id, None, None, 1, 0)
    return _link(row) if row else None


async def page(
    connection: Connection, state: str | None, text: str | None, count: int, skip: int
) -> tuple[list[GuestLink], int]:
    """`count` links after the first `skip`, newest first, and how many there are. None matches all."""
    rows = await connection.fetch(SQL.page, None, state, text, count, skip)
    return [_link(row) for row in rows], rows[0]["total"] if rows else 0


async def find(connection: Connection, token_hash: bytes) -> OpenGuestLink | None:
    row = await connection.fetchrow(SQL.find, token_hash)
    if row is None:
        return None
    target = GuestTarget(row["video_id"], row["series_id"])
    names = ("id", "title", "password_hash", "is_used", "is_over")
    return OpenGuestLink(target=target, **{name: row[name] for name in names})


async def use(
    connection: Connection, link_id: int, session_id: UUID, lifetime: timedelta, user_agent: str, address: str
) -> bool:
    """Open a session, which ends with the link or after its lifetime. False if the link cannot be used any more."""
    return bool(await connection.fetchval(SQL.use, link_id, session_id, lifetime, user_agent, address))


async def is_visible(connection: Connection, viewer: Viewer, target: GuestTarget) -> bool:
    """Whether a viewer may see the video, or any of the series."""
    return bool(await connection.fetchval(SQL.is_visible, astuple(viewer), *astuple(target)))


async def revoke(connection: Connection, link_id: int) -> None:
    await connection.execute(SQL.revoke, link_id)


async def remove_old(connection: Connection, after: timedelta) -> None:
    await connection.execute(SQL.remove_old, after)


def _link(row: asyncpg.Record) -> GuestLink:
    values = {name: row[name] for name in GuestLink.__struct_fields__}
    return GuestLink(**{**values, "state": InvitationState(row["state"])})
