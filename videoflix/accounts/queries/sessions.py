"""Queries of sessions."""

from datetime import datetime, timedelta
from uuid import UUID

from videoflix.accounts.models import Login, Session, User
from videoflix.db.loader import Queries
from videoflix.db.pool import Connection

SQL = Queries("sessions")


async def insert(
    connection: Connection,
    session_id: UUID,
    user: User,
    expires_at: datetime,
    user_agent: str,
    address: str,
    is_remembered: bool = False,
) -> bool:
    """False if the user was disabled or deleted, or the password changed, since `user` was read."""
    return bool(
        await connection.fetchval(
            SQL.insert, session_id, user.id, user.password_hash, expires_at, user_agent, address, is_remembered
        )
    )


async def find_active(connection: Connection, session_id: UUID) -> Session | None:
    row = await connection.fetchrow(SQL.find_active, session_id)
    return Session(**row) if row else None


async def of_user(connection: Connection, user_id: int) -> list[Login]:
    return [Login(**row) for row in await connection.fetch(SQL.of_user, user_id)]


async def extend(connection: Connection, session_id: UUID, lifetime: timedelta) -> None:
    """Let a remembered session end so long from now."""
    await connection.execute(SQL.extend, session_id, lifetime)


async def revoke(connection: Connection, session_id: UUID) -> None:
    await connection.execute(SQL.revoke, session_id)


async def revoke_own(connection: Connection, session_id: UUID, user_id: int) -> bool:
    """False if the user has no such session."""
    return bool(await connection.fetchval(SQL.revoke_own, session_id, user_id))


async def revoke_surplus(connection: Connection, user_id: int, most: int) -> list[UUID]:
    """End the least recently used sessions of a user beyond `most`; the ids of those that ended."""
    return [row["id"] for row in await connection.fetch(SQL.revoke_surplus, user_id, most)]


async def revoke_all(connection: Connection, user_id: int, *, but: UUID | None = None) -> list[UUID]:
    """End every session of a user except `but`; the ids of those that ended."""
    return [row["id"] for row in await connection.fetch(SQL.revoke_all, user_id, but)]


async def remove_ended(connection: Connection, after: timedelta) -> None:
    await connection.execute(SQL.remove_ended, after)
