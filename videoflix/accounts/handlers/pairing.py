"""Handlers for devices that are logged in by a code, as in RFC 8628, and what the pages need to confirm them."""

from urllib.parse import urlencode, urlsplit

from aiohttp import web
from msgspec import Struct

from videoflix.accounts import pairing as rules
from videoflix.accounts.handlers import login
from videoflix.accounts.limits import Limit
from videoflix.accounts.models import Pairing, WaitingDevice
from videoflix.accounts.queries import pairings, users
from videoflix.accounts.resources import LIMITS, SESSION
from videoflix.accounts.tokens import mail_token_hash, new_mail_token
from videoflix.errors import (
    AccessDenied,
    AuthorizationPending,
    ExpiredToken,
    SlowDown,
    TooManyRequests,
    UnknownDevice,
    UnsupportedGrantType,
    WrongCredentials,
)
from videoflix.http import bodies, forwarded
from videoflix.http.access import public
from videoflix.http.operations import operation
from videoflix.http.resources import DATABASE, SETTINGS
from videoflix.loopback import is_loopback

CONNECT = "/connect/"


class DeviceCode(Struct, frozen=True):
    """The answer of RFC 8628, 3.2. Times are in seconds."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int


class TokenRequest(Struct, frozen=True):
    device_code: str
    grant_type: str = rules.GRANT_TYPE


class DeviceToken(Struct, frozen=True):
    """The answer of RFC 8628, 3.5. The cookies of a login are set as well."""

    access_token: str
    token_type: str
    expires_in: int


@operation("Get the codes for a television", DeviceCode, errors=(TooManyRequests,))
@public
async def request_code(request: web.Request) -> web.Response:
    return bodies.answer(await create(request))


@operation(
    "Ask whether the code of a television was confirmed",
    DeviceToken,
    body=TokenRequest,
    sets_cookies=True,
    errors=(AuthorizationPending, SlowDown, AccessDenied, ExpiredToken, UnsupportedGrantType),
)
@public
async def request_token(request: web.Request) -> web.Response:
    body = await bodies.read(request, TokenRequest)
    if body.grant_type != rules.GRANT_TYPE:
        raise UnsupportedGrantType
    found = await ask(request, body.device_code)
    if not found.is_confirmed:
        raise SlowDown if found.is_early else AuthorizationPending
    opened = await redeem(request, body.device_code)
    response = web.Response(content_type="application/json")
    token = login.set_cookies(request, response, opened)
    expires_in = request.app[SETTINGS].access_token_lifetime
    response.body = bodies.encode(DeviceToken(token, "Bearer", expires_in))
    return response


async def create(request: web.Request) -> DeviceCode:
    """The codes for a new device. Raises TooManyRequests."""
    settings, client = request.app[SETTINGS], forwarded.address(request)
    limit = Limit("pairings_address", settings.limit_pairings_address, (forwarded.network(client),))
    await request.app[LIMITS].take(limit)
    device_code, user_code = new_mail_token(), rules.new_user_code()
    async with request.app[DATABASE].connection() as connection:
        await pairings.insert(
            connection,
            mail_token_hash(device_code),
            user_code,
            login.user_agent(request),
            client,
            rules.LIFETIME,
            rules.INTERVAL,
        )
    return describe(request, device_code, user_code, int(rules.LIFETIME.total_seconds()))


def describe(request: web.Request, device_code: str, user_code: str, seconds: int) -> DeviceCode:
    """What a device shows. The address is that under which it has found this server, if others can use it."""
    address, settings = forwarded.base_url(request), request.app[SETTINGS]
    if is_loopback(urlsplit(address).hostname or ""):
        address = settings.public_url
    code, page = rules.shown(user_code), f"{address}{CONNECT}"
    complete = f"{page}?{urlencode({'code': code})}"
    return DeviceCode(device_code, code, page, complete, seconds, int(rules.INTERVAL.total_seconds()))


async def ask(request: web.Request, device_code: str) -> Pairing:
    """Raises ExpiredToken or AccessDenied."""
    async with request.app[DATABASE].transaction() as connection:
        found = await pairings.ask(connection, mail_token_hash(device_code), rules.INTERVAL)
    if found is None or found.seconds_left <= 0:
        raise ExpiredToken
    if found.is_refused:
        raise AccessDenied
    return found


async def redeem(request: web.Request, device_code: str) -> login.OpenedSession:
    """Log a confirmed device in: a television stays so, and whoever watches chooses the profile. Raises
    AccessDenied if the account was disabled, or the session that has confirmed it was ended meanwhile."""
    async with request.app[DATABASE].connection() as connection:
        user_id = await pairings.take(connection, mail_token_hash(device_code))
        user = await users.find(connection, user_id) if user_id else None
    if user is None:
        raise AccessDenied
    try:
        return await login.open_session(request, user, is_remembered=True, chooses_profile=True)
    except WrongCredentials:
        raise AccessDenied from None


async def find_waiting(request: web.Request, text: str) -> WaitingDevice:
    """The device with this code, as somebody types it. Raises TooManyRequests or UnknownDevice."""
    async with request.app[LIMITS].count_failures(UnknownDevice, *_guesses(request)):
        async with request.app[DATABASE].connection() as connection:
            found = await pairings.waiting(connection, rules.normal(text))
        if found is None:
            raise UnknownDevice
        return found


async def decide(request: web.Request, text: str, *, is_confirmed: bool) -> None:
    """Confirm or refuse the device with this code. Raises TooManyRequests or UnknownDevice."""
    code = rules.normal(text)
    async with request.app[LIMITS].count_failures(UnknownDevice, *_guesses(request)):
        async with request.app[DATABASE].connection() as connection:
            if is_confirmed:
                is_decided = await pairings.confirm(connection, code, request[SESSION].id)
            else:
                is_decided = await pairings.refuse(connection, code)
        if not is_decided:
            raise UnknownDevice


def _guesses(request: web.Request) -> tuple[Limit, Limit]:
    """Wrong codes are limited as wrong passwords are: by account, and by address."""
    settings, client = request.app[SETTINGS], forwarded.network(forwarded.address(request))
    return (
        Limit("device_codes", settings.limit_failed_logins, (str(request[SESSION].user_id),)),
        Limit("device_codes_address", settings.limit_failed_logins_address, (client,)),
    )
