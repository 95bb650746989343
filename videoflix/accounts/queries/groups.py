"""Queries of groups and their members."""

from collections.abc import Collection, Sequence

import asyncpg

from videoflix.accounts.models import Group, GroupAccount
from videoflix.db.loader import Queries
from videoflix.db.pool import Connection

SQL = Queries("groups")


async def insert(connection: Connection, name: str) -> int | None:
    """The id of a new group; None if there is one with this name."""
    group_id: int | None = await connection.fetchval(SQL.insert, name)
    return group_id


async def page(
    connection: Connection, text: str | None, sort: str, count: int, skip: int, *, backwards: bool
) -> tuple[list[Group], int]:
    """`count` groups after the first `skip`, and how many there are. A text of None matches all."""
    rows = await connection.fetch(SQL.page, text, None, sort, backwards, count, skip)
    found = [Group(row["id"], row["name"], row["members"], row["created_at"]) for row in rows]
    return found, rows[0]["total"] if rows else 0


async def find(connection: Connection, group_id: int) -> Group | None:
    row = await connection.fetchrow(SQL.page, None, group_id, "name", False, 1, 0)
    return Group(row["id"], row["name"], row["members"], row["created_at"]) if row else None


async def names(connection: Connection, group_ids: Collection[int] | None = None) -> dict[int, str]:
    """Those of these groups that exist, or all, ordered by name."""
    return _texts(await connection.fetch(SQL.names, group_ids))


async def keep(connection: Connection, group_ids: Collection[int]) -> dict[int, str]:
    """The names of those of these groups that exist. They cannot be deleted until the transaction ends."""
    return _texts(await connection.fetch(SQL.keep, group_ids))


async def lock(connection: Connection, group_id: int) -> str | None:
    """Lock a group until the transaction ends. Returns its name; None if it is unknown."""
    name: str | None = await connection.fetchval(SQL.lock, group_id)
    return name


async def rename(connection: Connection, group_id: int, name: str) -> bool:
    """False if another group has this name."""
    return bool(await connection.fetchval(SQL.rename, group_id, name))


async def remove(connection: Connection, group_id: int) -> None:
    await connection.execute(SQL.remove, group_id)


async def accounts(
    connection: Connection, group_id: int, text: str | None, count: int, skip: int, *, members: bool | None
) -> tuple[list[GroupAccount], int]:
    """The accounts that are members of a group or are not, or both (None), and how many there are."""
    rows = await connection.fetch(SQL.accounts, group_id, members, text, count, skip)
    found = [GroupAccount(row["id"], row["email"], row["name"], row["is_member"]) for row in rows]
    return found, rows[0]["total"] if rows else 0


async def emails(connection: Connection, user_ids: Collection[int]) -> dict[int, str]:
    """The addresses of those of these accounts that exist."""
    return _texts(await connection.fetch(SQL.emails, user_ids))


async def add(connection: Connection, group_id: int, user_ids: Collection[int]) -> list[int]:
    """Make accounts members; those that were none."""
    return [row["user_id"] for row in await connection.fetch(SQL.add, group_id, user_ids)]


async def take_out(connection: Connection, group_id: int, user_ids: Collection[int]) -> list[int]:
    """End the membership of accounts; those that were members."""
    return [row["user_id"] for row in await connection.fetch(SQL.take_out, group_id, user_ids)]


async def join_all(connection: Connection, user_id: int, group_ids: Collection[int]) -> None:
    """Make an account a member of those of these groups that still exist."""
    await connection.execute(SQL.join_all, user_id, group_ids)


def _texts(rows: Sequence[asyncpg.Record]) -> dict[int, str]:
    return {row[0]: row[1] for row in rows}
