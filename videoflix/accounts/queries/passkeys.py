"""Queries of passkeys, and of the challenges that they have to sign."""

from datetime import timedelta

from videoflix.accounts.models import Passkey, PasskeyKey
from videoflix.db.loader import Queries
from videoflix.db.pool import Connection

SQL = Queries("passkeys")


async def insert_challenge(
    connection: Connection, challenge: bytes, user_id: int | None, lifetime: timedelta
) -> None:
    """Keep a challenge for an account that adds a passkey, or (None) for a login."""
    await connection.execute(SQL.insert_challenge, challenge, user_id, lifetime)


async def take_challenge(connection: Connection, challenge: bytes, user_id: int | None) -> bool:
    """Use up a challenge; False if it is unknown, has expired, was used, or is for something else."""
    return await connection.fetchval(SQL.take_challenge, challenge, user_id) is not None


async def insert(
    connection: Connection,
    user_id: int,
    credential_id: bytes,
    public_key: bytes,
    sign_count: int,
    name: str,
    most: int,
) -> Passkey | None:
    """None if the account has `most` already, or another account has this one."""
    row = await connection.fetchrow(SQL.insert, user_id, credential_id, public_key, sign_count, name, most)
    return Passkey(**row) if row else None


async def of_user(connection: Connection, user_id: int) -> list[Passkey]:
    return [Passkey(**row) for row in await connection.fetch(SQL.of_user, user_id)]


async def credential_ids(connection: Connection, user_id: int) -> list[bytes]:
    return [row["credential_id"] for row in await connection.fetch(SQL.credential_ids, user_id)]


async def find(connection: Connection, credential_id: bytes) -> PasskeyKey | None:
    row = await connection.fetchrow(SQL.find, credential_id)
    return PasskeyKey(**row) if row else None


async def use(connection: Connection, passkey_id: int, sign_count: int) -> bool:
    """Note a login; False if the device has counted as far before, so that it may have been copied."""
    return bool(await connection.fetchval(SQL.use, passkey_id, sign_count))


async def remove(connection: Connection, passkey_id: int, user_id: int) -> bool:
    """False if the account has no such passkey."""
    return bool(await connection.fetchval(SQL.remove, passkey_id, user_id))


async def remove_old_challenges(connection: Connection) -> None:
    await connection.execute(SQL.remove_old_challenges)
