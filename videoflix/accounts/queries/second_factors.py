"""Queries of second factors and their recovery codes."""

from collections.abc import Iterable
from datetime import timedelta

from videoflix.accounts.models import SecondFactor
from videoflix.db.loader import Queries
from videoflix.db.pool import Connection

SQL = Queries("second_factors")


async def start(connection: Connection, user_id: int, secret: str) -> bool:
    """Keep the secret of a second factor that is being set up; False if the account has one already."""
    return bool(await connection.fetchval(SQL.start, user_id, secret))


async def pending(connection: Connection, user_id: int, lifetime: timedelta) -> str | None:
    """The secret that is being set up, locked until the transaction ends."""
    secret: str | None = await connection.fetchval(SQL.pending, user_id, lifetime)
    return secret


async def confirm(connection: Connection, user_id: int, step: int) -> None:
    """Require the second factor from now on. The code of this step has been used."""
    await connection.execute(SQL.confirm, user_id, step)


async def find(connection: Connection, user_id: int) -> SecondFactor | None:
    """The second factor of an account; None if it has none, or none that was confirmed."""
    row = await connection.fetchrow(SQL.find, user_id)
    return SecondFactor(**row) if row else None


async def use_step(connection: Connection, user_id: int, step: int) -> bool:
    """Use the code of a time step; False if it, or a later one, was used before."""
    return bool(await connection.fetchval(SQL.use_step, user_id, step))


async def use_recovery_code(connection: Connection, user_id: int, code_hash: bytes) -> bool:
    """Use a recovery code; False if there is no such code, or not any more."""
    return bool(await connection.fetchval(SQL.use_recovery_code, user_id, code_hash))


async def replace_recovery_codes(connection: Connection, user_id: int, hashes: Iterable[bytes]) -> None:
    """Replace the recovery codes, in a transaction."""
    await connection.execute(SQL.forget_recovery_codes, user_id)
    await connection.execute(SQL.insert_recovery_codes, user_id, list(hashes))


async def remove(connection: Connection, user_id: int) -> bool:
    """Whether the account had a second factor."""
    return bool(await connection.fetchval(SQL.remove, user_id))
