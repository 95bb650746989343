"""Queries of invitations."""

from collections.abc import Collection
from datetime import timedelta

from videoflix.accounts.emails import email_key
from videoflix.accounts.models import Invitation, InvitationLink, InvitationState
from videoflix.db.loader import Queries
from videoflix.db.pool import Connection

SQL = Queries("invitations")


async def insert(
    connection: Connection,
    token_hash: bytes,
    email: str | None,
    people: int,
    by: int,
    lifetime: timedelta,
    group_ids: Collection[int] = (),
) -> Invitation:
    """A new invitation: for one address, or for so many people, who become members of these groups."""
    key = email_key(email) if email else None
    invitation_id = await connection.fetchval(SQL.insert, token_hash, email, key, people, by, lifetime, group_ids)
    created = await find(connection, invitation_id)
    assert created is not None
    return created


async def find(connection: Connection, invitation_id: int) -> Invitation | None:
    found, _ = await _page(connection, invitation_id, None, 1, 0)
    return found[0] if found else None


async def listing(connection: Connection, state: str | None, count: int, skip: int) -> tuple[list[Invitation], int]:
    """`count` invitations after the first `skip`, newest first, and the total. A state of None matches all."""
    return await _page(connection, None, state, count, skip)


async def lock(connection: Connection, token_hash: bytes) -> InvitationLink | None:
    """The invitation of a link, locked until the transaction ends; None if the link is unknown."""
    row = await connection.fetchrow(SQL.lock, token_hash)
    return InvitationLink(**{**row, "group_ids": tuple(row["group_ids"])}) if row else None


async def use(connection: Connection, invitation_id: int) -> None:
    """Count a person who has registered. The invitation must be locked."""
    await connection.execute(SQL.use, invitation_id)


async def revoke(connection: Connection, invitation_id: int) -> None:
    await connection.execute(SQL.revoke, invitation_id)


async def remove_old(connection: Connection, after: timedelta) -> None:
    await connection.execute(SQL.remove_old, after)


async def _page(
    connection: Connection, invitation_id: int | None, state: str | None, count: int, skip: int
) -> tuple[list[Invitation], int]:
    rows = await connection.fetch(SQL.page, invitation_id, state, count, skip)
    found = [
        Invitation(
            id=row["id"],
            email=row["email"],
            people=row["people"],
            registered=row["registered"],
            state=InvitationState(row["state"]),
            created_at=row["created_at"],
            expires_at=row["expires_at"],
            groups=tuple(row["groups"]),
        )
        for row in rows
    ]
    return found, rows[0]["total"] if rows else 0
