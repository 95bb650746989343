"""Accounts as rows."""

import asyncpg

from videoflix.db.pool import Connection
from videoflix.db.queries import Queries
from videoflix.errors import AccountExists
from videoflix.models import User

SQL = Queries("users")


def _user(row: asyncpg.Record) -> User:
    return User(**row)


async def find_by_email(connection: Connection, email: str) -> User | None:
    row = await connection.fetchrow(SQL.find_by_email, email)
    return _user(row) if row else None


async def insert_admin(connection: Connection, email: str, password_hash: str) -> User:
    """Raises AccountExists."""
    try:
        row = await connection.fetchrow(SQL.insert_admin, email, password_hash)
    except asyncpg.UniqueViolationError as taken:
        raise AccountExists from taken
    assert row is not None
    return _user(row)


async def set_password(connection: Connection, user_id: int, password_hash: str) -> None:
    await connection.execute(SQL.set_password, user_id, password_hash)
