"""Accounts as rows."""

from datetime import timedelta

import asyncpg

from videoflix.db.pool import Connection
from videoflix.db.queries import Queries
from videoflix.errors import AccountExists, LastAdmin
from videoflix.models import User

SQL = Queries("users")


async def find_by_email(connection: Connection, email: str) -> User | None:
    row = await connection.fetchrow(SQL.find_by_email, email)
    return User(**row) if row else None


async def find(connection: Connection, user_id: int) -> User | None:
    row = await connection.fetchrow(SQL.find, user_id)
    return User(**row) if row else None


async def insert(connection: Connection, email: str, password_hash: str) -> User:
    """A new account that is not active yet. Raises AccountExists."""
    return await _insert(connection, SQL.insert, email, password_hash)


async def insert_admin(connection: Connection, email: str, password_hash: str) -> User:
    """Raises AccountExists."""
    return await _insert(connection, SQL.insert_admin, email, password_hash)


async def set_password(connection: Connection, user_id: int, password_hash: str) -> None:
    await connection.execute(SQL.set_password, user_id, password_hash)


async def replace_password(connection: Connection, user: User, password_hash: str) -> bool:
    """False if somebody else has changed it since `user` was read."""
    return bool(await connection.fetchval(SQL.replace_password, user.id, user.password_hash, password_hash))


async def activate(connection: Connection, user_id: int) -> None:
    await connection.execute(SQL.activate, user_id)


async def remove(connection: Connection, user_id: int) -> None:
    """Needs a transaction. Raises LastAdmin rather than leaving the house without one."""
    admins = [row["id"] for row in await connection.fetch(SQL.lock_admins)]
    if admins == [user_id]:
        raise LastAdmin
    await connection.execute(SQL.remove, user_id)


async def remove_never_activated(connection: Connection, after: timedelta) -> None:
    await connection.execute(SQL.remove_never_activated, after)


async def _insert(connection: Connection, query: str, email: str, password_hash: str) -> User:
    try:
        row = await connection.fetchrow(query, email, password_hash)
    except asyncpg.UniqueViolationError as taken:
        raise AccountExists from taken
    assert row is not None
    return User(**row)
