"""Queries of accounts."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from hashlib import sha256

import asyncpg
from msgspec.structs import astuple

from videoflix.accounts.emails import email_key
from videoflix.accounts.models import Account, AccountState, ImportedUser, User
from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.errors import AccountExists, Forbidden, LastAdmin

SQL = Queries("users")


async def find_by_email(connection: Connection, email: str) -> User | None:
    row = await connection.fetchrow(SQL.find_by_email, email_key(email))
    return User(**row) if row else None


async def stand_in(connection: Connection, email: str) -> str | None:
    """The hash of some account for an e-mail that has none: always the same one, so that repeating a login with it
    reveals nothing. None if there are no accounts."""
    share = int.from_bytes(sha256(email_key(email).encode("utf-8", "replace")).digest()[:6]) / 256**6
    password_hash: str | None = await connection.fetchval(SQL.stand_in, share)
    return password_hash


async def find(connection: Connection, user_id: int) -> User | None:
    row = await connection.fetchrow(SQL.find, user_id)
    return User(**row) if row else None


async def insert(connection: Connection, email: str, password_hash: str) -> User:
    """A new account that is not active yet. Raises AccountExists."""
    return await _insert(connection, SQL.insert, email, email_key(email), password_hash)


async def insert_active(connection: Connection, email: str, password_hash: str, *, is_staff: bool) -> User:
    """Raises AccountExists."""
    return await _insert(connection, SQL.insert_active, email, email_key(email), password_hash, is_staff)


async def insert_admin(connection: Connection, email: str, password_hash: str) -> User:
    """Raises AccountExists."""
    return await insert_active(connection, email, password_hash, is_staff=True)


async def with_key_or_id(
    connection: Connection, keys: Iterable[str], user_ids: Iterable[int]
) -> list[tuple[int, str | None]]:
    """The ids and keys of the accounts that have one of these."""
    rows = await connection.fetch(SQL.with_key_or_id, list(keys), list(user_ids))
    return [(row["id"], row["email_key"]) for row in rows]


async def insert_imported(connection: Connection, accounts: Sequence[ImportedUser]) -> dict[str, int]:
    """Insert accounts of another backend, and return their ids by their keys. Their own ids must be free; those that
    are assigned later are greater. One whose key is taken is left out."""
    greatest = max((one.id for one in accounts if one.id is not None), default=None)
    if greatest is not None:
        await connection.execute(SQL.advance_ids, greatest)
    columns = zip(*map(astuple, accounts), strict=True) if accounts else [()] * len(ImportedUser.__struct_fields__)
    rows = await connection.fetch(SQL.insert_imported, *map(list, columns))
    return {row["email_key"]: row["id"] for row in rows}


async def set_password(connection: Connection, user_id: int, password_hash: str) -> None:
    """Set the password by the link of a mail, which proves the address: also activates the account."""
    await connection.execute(SQL.set_password, user_id, password_hash)


async def replace_password(connection: Connection, user: User, password_hash: str) -> bool:
    """False if the password has changed since `user` was read."""
    return bool(await connection.fetchval(SQL.replace_password, user.id, user.password_hash, password_hash))


async def rename(connection: Connection, user_id: int, name: str) -> User | None:
    row = await connection.fetchrow(SQL.rename, user_id, name)
    return User(**row) if row else None


async def activate(connection: Connection, user_id: int) -> None:
    await connection.execute(SQL.activate, user_id)


async def accounts(
    connection: Connection,
    *,
    text: str | None,
    state: str | None,
    is_staff: bool | None,
    order: str,
    count: int,
    skip: int,
) -> tuple[list[Account], int]:
    """`count` accounts after the first `skip`, and the total. A filter of None matches all accounts."""
    rows = await connection.fetch(SQL.accounts, None, text, state, is_staff, order, count, skip)
    return [_account(row) for row in rows], rows[0]["total"] if rows else 0


async def account(connection: Connection, user_id: int) -> Account | None:
    row = await connection.fetchrow(SQL.accounts, user_id, None, None, None, None, 1, 0)
    return _account(row) if row else None


async def lock_account(connection: Connection, user_id: int, by: int) -> Account | None:
    """Lock an account until the transaction ends; None if there is none.

    The transaction must not have locked an account that others can see: accounts are locked in the order of their
    ids. Raises Forbidden if `by` is no longer an administrator.
    """
    if by not in await _lock_admins(connection, user_id):
        raise Forbidden
    return await account(connection, user_id)


async def change(connection: Connection, user_id: int, is_active: bool | None, is_staff: bool | None) -> Account:
    """Change an existing account, in a transaction; None leaves a value unchanged. Raises LastAdmin."""
    if is_active is False or is_staff is False:
        await _check_last_admin(connection, user_id)
    await connection.execute(SQL.change, user_id, is_active, is_staff)
    changed = await account(connection, user_id)
    assert changed is not None
    return changed


async def remove(connection: Connection, user_id: int) -> None:
    """Delete an account, in a transaction. Raises LastAdmin."""
    await _check_last_admin(connection, user_id)
    await connection.execute(SQL.remove, user_id)


async def remove_never_activated(connection: Connection, after: timedelta) -> None:
    await connection.execute(SQL.remove_never_activated, after)


async def _check_last_admin(connection: Connection, user_id: int) -> None:
    """Raises LastAdmin if no administrator would be left."""
    if await _lock_admins(connection, user_id) == [user_id]:
        raise LastAdmin


async def _lock_admins(connection: Connection, user_id: int) -> list[int]:
    return [row["id"] for row in await connection.fetch(SQL.lock_account, user_id) if row["is_admin"]]


async def _insert(connection: Connection, query: str, *values: object) -> User:
    try:
        row = await connection.fetchrow(query, *values)
    except asyncpg.UniqueViolationError as taken:
        raise AccountExists from taken
    assert row is not None
    return User(**row)


def _account(row: asyncpg.Record) -> Account:
    return Account(
        id=row["id"],
        email=row["email"],
        name=row["name"],
        is_staff=row["is_staff"],
        state=AccountState(row["state"]),
        created_at=row["created_at"],
        last_seen_at=row["last_seen_at"],
        sessions=row["sessions"],
        has_second_factor=row["has_second_factor"],
    )
