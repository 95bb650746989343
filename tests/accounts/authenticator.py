"""An authenticator app: sets up the second factor of a client's account, and shows codes."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

import pyotp

from tests.fixtures.app import Client
from tests.fixtures.services import PASSWORD
from videoflix.db.pool import Database

PATH = "/api/me/second-factor/"


@dataclass(frozen=True)
class Authenticator:
    """`recovery_codes` are those that the set-up has shown."""

    secret: str
    recovery_codes: list[str]

    @classmethod
    async def set_up(cls, client: Client) -> Self:
        """Turn on the second factor of who is logged in; uses the current code."""
        started = await client.post(PATH, json={"password": PASSWORD})
        assert started.status == 201, await started.text()
        secret: str = (await started.json())["secret"]
        confirmed = await client.post(f"{PATH}confirm/", json={"code": code_of(secret)})
        assert confirmed.status == 200, await confirmed.text()
        return cls(secret, (await confirmed.json())["recovery_codes"])

    def code(self, seconds: int = 30) -> str:
        """The code of so many seconds from now. That of now was used by the set-up."""
        return code_of(self.secret, seconds)


def code_of(secret: str, seconds: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(datetime.now(UTC).timestamp()) + seconds)


async def forget_steps(database: Database) -> None:
    """As if the codes that were used had been used long ago."""
    async with database.connection() as connection:
        await connection.execute("UPDATE second_factors SET last_step = 0")
