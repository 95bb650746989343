"""Queries of profiles."""

from uuid import UUID

from videoflix.accounts.models import Profile
from videoflix.db.loader import Queries
from videoflix.db.pool import Connection

SQL = Queries("profiles")


async def of_account(connection: Connection, user_id: int) -> list[Profile]:
    """The profiles of an account, the first one first."""
    return [Profile(**row) for row in await connection.fetch(SQL.of_account, user_id)]


async def pin_hash(connection: Connection, profile_id: int) -> str | None:
    found: str | None = await connection.fetchval(SQL.pin_hash, profile_id)
    return found


async def lock(connection: Connection, user_id: int) -> list[Profile]:
    """The profiles of an account, which do not change until the transaction ends."""
    await connection.execute(SQL.lock_account, user_id)
    return await of_account(connection, user_id)


async def insert(
    connection: Connection, user_id: int, profile: Profile, pin_hash: str | None, most: int
) -> int | None:
    """The id of a new profile, whatever id `profile` has; None if the account has `most` already. The account must
    be locked."""
    values = (profile.name, profile.picture, profile.language, profile.max_age)
    profile_id: int | None = await connection.fetchval(SQL.insert, user_id, *values, pin_hash, most)
    return profile_id


async def change(connection: Connection, profile: Profile, name: str | None) -> None:
    """Set every value of a profile but its PIN; its name unless that is None, whatever name `profile` has."""
    await connection.execute(
        SQL.change,
        profile.id,
        name,
        profile.picture,
        profile.language,
        profile.max_age,
        profile.caption_size,
        profile.caption_background,
        profile.plays_on,
    )


async def set_pin(connection: Connection, profile_id: int, pin_hash: str | None) -> None:
    await connection.execute(SQL.set_pin, profile_id, pin_hash)


async def remove(connection: Connection, profile_id: int, *, but: UUID) -> list[UUID]:
    """Delete a profile with everything it has watched, and end its sessions except `but`; the ids of those that
    ended."""
    ended = [row["id"] for row in await connection.fetch(SQL.end_sessions, profile_id, but)]
    await connection.execute(SQL.remove, profile_id)
    return ended


async def choose(connection: Connection, session_id: UUID, profile_id: int) -> bool:
    """Give a session a profile of its account; False if the session has ended."""
    return bool(await connection.fetchval(SQL.choose, session_id, profile_id))
