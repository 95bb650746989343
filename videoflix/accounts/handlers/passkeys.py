"""Handlers for passkeys: those of the own account, and the login with one."""

from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from msgspec import Struct

from videoflix.accounts import passkeys as rules
from videoflix.accounts.devices import device
from videoflix.accounts.handlers import login
from videoflix.accounts.handlers.me import verified_user
from videoflix.accounts.limits import Limit
from videoflix.accounts.models import Passkey
from videoflix.accounts.names import display_name
from videoflix.accounts.queries import passkeys, users
from videoflix.accounts.resources import LIMITS, SESSION
from videoflix.errors import (
    InvalidFields,
    NotFound,
    PasskeysUnavailable,
    TooManyPasskeys,
    TooManyRequests,
    WrongCredentials,
    WrongPasskey,
    WrongPassword,
)
from videoflix.errors import InvalidPasskey as Invalid
from videoflix.http import bodies, forwarded
from videoflix.http.access import adult, public
from videoflix.http.operations import operation
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE, SETTINGS


class PasskeyStart(Struct, frozen=True):
    password: str


class NewPasskey(Struct, frozen=True):
    credential: dict[str, Any]
    name: str = ""


class PasskeyLogin(Struct, frozen=True):
    credential: dict[str, Any]
    remember: bool = False


def site(request: web.Request) -> rules.Site | None:
    """For which site passkeys are: browsers have them for host names with HTTPS, and for localhost, but not for IP
    addresses."""
    origin = forwarded.base_url(request)
    host = urlsplit(origin).hostname or ""
    is_name = "." in host and ":" not in host and not host.rpartition(".")[2].isdigit()
    if host == "localhost" or (is_name and forwarded.scheme(request) == "https"):
        return rules.Site(host, origin)
    return None


@operation("List the own passkeys", list[Passkey])
@adult
async def listing(request: web.Request) -> web.Response:
    return bodies.answer(await of_account(request))


@operation(
    "Begin to add a passkey",
    dict[str, Any],
    body=PasskeyStart,
    errors=(WrongPassword, PasskeysUnavailable, TooManyRequests),
)
@adult
async def start(request: web.Request) -> web.Response:
    """What `navigator.credentials.create` needs. Requires the password."""
    here = _site(request)
    user = await verified_user(request, (await bodies.read(request, PasskeyStart)).password)
    return bodies.answer(await rules.creation_options(request.app[DATABASE], here, user))


@operation(
    "Add a passkey",
    Passkey,
    status=201,
    body=NewPasskey,
    errors=(Invalid, PasskeysUnavailable, TooManyPasskeys, InvalidFields),
)
@adult
async def add(request: web.Request) -> web.Response:
    """Keep a passkey that a device has made. Without a name it has that of the device."""
    body, here, user_id = await bodies.read(request, NewPasskey), _site(request), request[SESSION].user_id
    name = display_name(body.name) or device(login.user_agent(request)).name
    key = await rules.verify_creation(request.app[DATABASE], here, user_id, body.credential)
    async with request.app[DATABASE].connection() as connection:
        added = await passkeys.insert(
            connection, user_id, key.credential_id, key.public_key, key.sign_count, name, rules.MAX
        )
    if added is None:
        raise TooManyPasskeys
    return bodies.answer(added, status=201)


@operation("Remove a passkey")
@adult
async def remove(request: web.Request) -> web.Response:
    async with request.app[DATABASE].connection() as connection:
        if not await passkeys.remove(connection, path_id(request), request[SESSION].user_id):
            raise NotFound
    return web.Response(status=204)


@operation("Begin to log in with a passkey", dict[str, Any], errors=(PasskeysUnavailable, TooManyRequests))
@public
async def start_login(request: web.Request) -> web.Response:
    """What `navigator.credentials.get` needs."""
    here, client = _site(request), forwarded.network(forwarded.address(request))
    rate = request.app[SETTINGS].limit_failed_logins_address
    await request.app[LIMITS].take(Limit("passkey_challenges", rate, (client,)))
    return bodies.answer(await rules.request_options(request.app[DATABASE], here))


@operation(
    "Log in with a passkey",
    login.LoggedIn,
    body=PasskeyLogin,
    sets_cookies=True,
    errors=(WrongPasskey, WrongCredentials, PasskeysUnavailable),
)
@public
async def log_in(request: web.Request) -> web.Response:
    """Log in with a passkey, which counts as both factors. Raises WrongPasskey or WrongCredentials."""
    body, here = await bodies.read(request, PasskeyLogin), _site(request)
    try:
        user_id = await rules.verify_login(request.app[DATABASE], here, body.credential)
    except Invalid:
        raise WrongPasskey from None
    async with request.app[DATABASE].connection() as connection:
        user = await users.find(connection, user_id)
    if user is None:
        raise WrongPasskey
    opened = await login.open_session(
        request, user, is_remembered=body.remember, chooses_profile=True, is_by_passkey=True
    )
    return login.logged_in(request, opened)


async def of_account(request: web.Request) -> list[Passkey]:
    async with request.app[DATABASE].connection() as connection:
        return await passkeys.of_user(connection, request[SESSION].user_id)


def _site(request: web.Request) -> rules.Site:
    """Raises PasskeysUnavailable."""
    found = site(request)
    if found is None:
        raise PasskeysUnavailable
    return found
