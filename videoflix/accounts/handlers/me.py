"""The own account: what it is, where it is logged in, its password, its end."""

from uuid import UUID

from aiohttp import web
from msgspec import Struct, structs

from videoflix.accounts.emails import email_key
from videoflix.accounts.limits import Limit
from videoflix.accounts.models import User
from videoflix.accounts.passwords import check_rule
from videoflix.accounts.queries import mails, sessions, users
from videoflix.accounts.resources import GUARD, HASHING, LIMITS, SESSION
from videoflix.errors import InvalidFields, InvalidInput, NotFound, Unauthenticated, WrongPassword
from videoflix.http import bodies, cookies
from videoflix.http.forwarded import address as address_of
from videoflix.http.forwarded import network
from videoflix.http.resources import DATABASE, SETTINGS


class PasswordChange(Struct, frozen=True):
    old_password: str
    new_password: str


class AccountDelete(Struct, frozen=True):
    password: str


async def show(request: web.Request) -> web.Response:
    user = await _myself(request)
    return bodies.answer(
        {"id": user.id, "email": user.email, "is_staff": user.is_staff, "created_at": user.created_at}
    )


async def list_sessions(request: web.Request) -> web.Response:
    own = request[SESSION]
    async with request.app[DATABASE].connection() as connection:
        logins = await sessions.of_user(connection, own.user_id)
    return bodies.answer([{**structs.asdict(login), "current": login.id == own.id} for login in logins])


async def end_session(request: web.Request) -> web.Response:
    try:
        session_id = UUID(request.match_info["id"])
    except ValueError:
        raise NotFound from None
    async with request.app[DATABASE].connection() as connection:
        if not await sessions.revoke_own(connection, session_id, request[SESSION].user_id):
            raise NotFound
    request.app[GUARD].forget(session_id)
    return bodies.answer({"detail": "The session has ended."})


async def change_password(request: web.Request) -> web.Response:
    """The old one is asked for; every other session ends."""
    body = await bodies.read(request, PasswordChange)
    user = await _proven(request, body.old_password)
    try:
        check_rule(body.new_password, user.email)
    except InvalidInput as reason:
        raise InvalidFields({"new_password": reason.detail}) from None
    password_hash = await request.app[HASHING].hash(body.new_password)
    async with request.app[DATABASE].transaction() as connection:
        if not await users.replace_password(connection, user, password_hash):
            raise WrongPassword
        await mails.void_resets(connection, user.id)
        ended = await sessions.revoke_all(connection, user.id, but=request[SESSION].id)
    for session_id in ended:
        request.app[GUARD].forget(session_id)
    return bodies.answer({"detail": "The password has been changed; all other sessions have ended."})


async def remove(request: web.Request) -> web.Response:
    """The end of the account and of everything that belongs to it."""
    body = await bodies.read(request, AccountDelete)
    user = await _proven(request, body.password)
    async with request.app[DATABASE].transaction() as connection:
        logins = await sessions.of_user(connection, user.id)
        await users.remove(connection, user.id)
    for login in logins:
        request.app[GUARD].forget(login.id)
    response = bodies.answer({"detail": "The account has been deleted."})
    cookies.delete_all(response, request.app[SETTINGS])
    return response


async def _myself(request: web.Request) -> User:
    """Raises Unauthenticated if the account has gone within the guard's memory."""
    async with request.app[DATABASE].connection() as connection:
        user = await users.find(connection, request[SESSION].user_id)
    if user is None:
        raise Unauthenticated
    return user


async def _proven(request: web.Request, password: str) -> User:
    """The account whose password this is, within the limits of a login. Raises TooManyRequests or WrongPassword."""
    user = await _myself(request)
    rate, address = request.app[SETTINGS].limit_failed_logins, network(address_of(request))
    async with request.app[LIMITS].unless(
        WrongPassword, Limit("failed_logins", rate, (address, email_key(user.email)))
    ):
        if not await request.app[HASHING].verify(user.password_hash, password):
            raise WrongPassword
    return user
