"""Handlers for the second factor of the own account."""

from datetime import datetime

from aiohttp import web
from msgspec import Struct

from videoflix.accounts import one_time_codes, second_factor
from videoflix.accounts.handlers.codes import code_limit, use_code
from videoflix.accounts.handlers.me import verified_user
from videoflix.accounts.models import SecondFactor
from videoflix.accounts.queries import second_factors
from videoflix.accounts.resources import GUARD, LIMITS, SESSION
from videoflix.errors import (
    ClocksDiffer,
    HasSecondFactor,
    NotFound,
    SetupExpired,
    TooManyRequests,
    WrongCode,
    WrongPassword,
)
from videoflix.http import bodies
from videoflix.http.access import adult
from videoflix.http.operations import Detail, operation
from videoflix.http.resources import DATABASE


class SecondFactorStart(Struct, frozen=True):
    password: str


class Confirmation(Struct, frozen=True):
    code: str


class Proof(Struct, frozen=True):
    """Both factors, which a change needs."""

    password: str
    code: str


class Setup(Struct, frozen=True):
    """What an authenticator app needs: the address is for its QR code."""

    secret: str
    address: str


class SecondFactorState(Struct, frozen=True):
    """Whether there is one, and the number of recovery codes that are left."""

    enabled: bool
    confirmed_at: datetime | None
    recovery_codes: int


class RecoveryCodes(Struct, frozen=True):
    """The codes, which are shown this once."""

    recovery_codes: list[str]


@operation("Show the second factor", SecondFactorState)
@adult
async def show(request: web.Request) -> web.Response:
    found = await find(request)
    return bodies.answer(
        SecondFactorState(
            enabled=found is not None,
            confirmed_at=found.confirmed_at if found else None,
            recovery_codes=found.recovery_codes if found else 0,
        )
    )


@operation(
    "Begin to set a second factor up",
    Setup,
    status=201,
    body=SecondFactorStart,
    errors=(WrongPassword, HasSecondFactor, TooManyRequests),
)
@adult
async def start(request: web.Request) -> web.Response:
    return bodies.answer(await begin(request, (await bodies.read(request, SecondFactorStart)).password), status=201)


@operation(
    "Turn the second factor on",
    RecoveryCodes,
    body=Confirmation,
    errors=(WrongCode, ClocksDiffer, SetupExpired, TooManyRequests),
)
@adult
async def confirm(request: web.Request) -> web.Response:
    created = await switch_on(request, (await bodies.read(request, Confirmation)).code)
    return bodies.answer(RecoveryCodes(created))


@operation(
    "Replace the recovery codes",
    RecoveryCodes,
    body=Proof,
    errors=(NotFound, WrongPassword, WrongCode, TooManyRequests),
)
@adult
async def renew_recovery_codes(request: web.Request) -> web.Response:
    created = await new_recovery_codes(request, await bodies.read(request, Proof))
    return bodies.answer(RecoveryCodes(created))


@operation(
    "Turn the second factor off", Detail, body=Proof, errors=(NotFound, WrongPassword, WrongCode, TooManyRequests)
)
@adult
async def remove(request: web.Request) -> web.Response:
    await switch_off(request, await bodies.read(request, Proof))
    return bodies.answer(Detail("The second factor has been turned off."))


async def find(request: web.Request) -> SecondFactor | None:
    async with request.app[DATABASE].connection() as connection:
        return await second_factors.find(connection, request[SESSION].user_id)


async def begin(request: web.Request, password: str) -> Setup:
    """Show a new secret. Raises TooManyRequests, WrongPassword or HasSecondFactor."""
    user = await verified_user(request, password)
    return _setup(await second_factor.start(request.app[DATABASE], user.id), user.email)


async def pending(request: web.Request, email: str) -> Setup | None:
    """What was shown, until it is confirmed."""
    async with request.app[DATABASE].transaction() as connection:
        secret = await second_factors.pending(connection, request[SESSION].user_id, second_factor.SETUP_LIFETIME)
    return _setup(secret, email) if secret else None


async def switch_on(request: web.Request, code: str) -> list[str]:
    """The recovery codes. Raises TooManyRequests, SetupExpired, WrongCode or ClocksDiffer."""
    user_id = request[SESSION].user_id
    async with request.app[LIMITS].count_failures(WrongCode, code_limit(request, user_id)):
        created = await second_factor.confirm(request.app[DATABASE], user_id, code)
    request.app[GUARD].forget(request[SESSION].id)
    return created


async def new_recovery_codes(request: web.Request, proof: Proof) -> list[str]:
    """Replace the recovery codes. Raises as `switch_off` does."""
    user_id = await _prove(request, proof)
    async with request.app[DATABASE].transaction() as connection:
        return await second_factor.new_recovery_codes(connection, user_id)


async def switch_off(request: web.Request, proof: Proof) -> None:
    """Raises TooManyRequests, NotFound, WrongPassword or WrongCode."""
    user_id = await _prove(request, proof)
    async with request.app[DATABASE].connection() as connection:
        await second_factors.remove(connection, user_id)
    request.app[GUARD].forget(request[SESSION].id)


async def _prove(request: web.Request, proof: Proof) -> int:
    """The id of the account whose two factors these are."""
    user = await verified_user(request, proof.password)
    if await find(request) is None:
        raise NotFound
    await use_code(request, user.id, proof.code, WrongCode)
    return user.id


def _setup(secret: str, email: str) -> Setup:
    return Setup(secret, one_time_codes.setup_address(secret, email))
