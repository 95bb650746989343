"""Sets up the second factor of an account, and uses its codes: each works once."""

from datetime import timedelta

from videoflix.accounts import one_time_codes as codes
from videoflix.accounts.queries import second_factors
from videoflix.db import clock
from videoflix.db.pool import Connection, Database
from videoflix.errors import ClocksDiffer, HasSecondFactor, SetupExpired, WrongCode

# How long a secret that was shown can be confirmed.
SETUP_LIFETIME = timedelta(minutes=15)


async def start(database: Database, user_id: int) -> str:
    """A new secret, which has to be confirmed by a code. Raises HasSecondFactor."""
    secret = codes.new_secret()
    async with database.connection() as connection:
        if not await second_factors.start(connection, user_id, secret):
            raise HasSecondFactor
    return secret


async def confirm(database: Database, user_id: int, text: str) -> list[str]:
    """Switch the second factor on with a code of the app; the recovery codes.

    Raises SetupExpired, WrongCode or ClocksDiffer.
    """
    now, code = clock.now(), codes.normal(text)
    async with database.transaction() as connection:
        secret = await second_factors.pending(connection, user_id, SETUP_LIFETIME)
        if secret is None:
            raise SetupExpired
        step = codes.step_of(secret, code, now)
        if step is None:
            raise ClocksDiffer if codes.has_other_clock(secret, code, now) else WrongCode
        await second_factors.confirm(connection, user_id, step)
        return await new_recovery_codes(connection, user_id)


async def new_recovery_codes(connection: Connection, user_id: int) -> list[str]:
    """Replace the recovery codes, in a transaction."""
    created = codes.new_recovery_codes()
    hashes = [codes.recovery_hash(user_id, codes.normal(code)) for code in created]
    await second_factors.replace_recovery_codes(connection, user_id, hashes)
    return created


async def use_code(database: Database, user_id: int, text: str) -> bool:
    """Use a code of the app, or a recovery code; False if it is wrong, has expired or was used before."""
    code = codes.normal(text)
    async with database.connection() as connection:
        if not codes.is_of_app(code):
            return await second_factors.use_recovery_code(connection, user_id, codes.recovery_hash(user_id, code))
        found = await second_factors.find(connection, user_id)
        step = codes.step_of(found.secret, code, clock.now()) if found else None
        return step is not None and await second_factors.use_step(connection, user_id, step)
