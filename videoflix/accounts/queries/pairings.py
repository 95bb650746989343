"""Queries of devices that are logged in by a code."""

from datetime import timedelta
from uuid import UUID

from videoflix.accounts.models import Pairing, WaitingDevice
from videoflix.db.loader import Queries
from videoflix.db.pool import Connection

SQL = Queries("pairings")


async def insert(
    connection: Connection,
    device_hash: bytes,
    user_code: str,
    user_agent: str,
    address: str,
    lifetime: timedelta,
    interval: timedelta,
) -> None:
    seconds = int(interval.total_seconds())
    await connection.execute(SQL.insert, device_hash, user_code, user_agent, address, lifetime, seconds)


async def waiting(connection: Connection, user_code: str) -> WaitingDevice | None:
    """The device with this code for people, if it still waits for an answer."""
    row = await connection.fetchrow(SQL.waiting, user_code)
    return WaitingDevice(**row) if row else None


async def confirm(connection: Connection, user_code: str, session_id: UUID) -> bool:
    """False if the device does not wait any more."""
    return bool(await connection.fetchval(SQL.confirm, user_code, session_id))


async def refuse(connection: Connection, user_code: str) -> bool:
    """False if the device does not wait any more."""
    return bool(await connection.fetchval(SQL.refuse, user_code))


async def ask(connection: Connection, device_hash: bytes, longer: timedelta) -> Pairing | None:
    """What a device learns when it asks, which is counted: asking too early makes its interval longer."""
    row = await connection.fetchrow(SQL.ask, device_hash, int(longer.total_seconds()))
    return Pairing(**row) if row else None


async def take(connection: Connection, device_hash: bytes) -> int | None:
    """Use up the code of a confirmed device; the id of the account."""
    user_id: int | None = await connection.fetchval(SQL.take, device_hash)
    return user_id


async def remove_old(connection: Connection) -> None:
    await connection.execute(SQL.remove_old)
