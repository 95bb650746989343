"""Handlers for the user's own account: its data, name, sessions, password and deletion."""

from typing import Any
from uuid import UUID

from aiohttp import web
from msgspec import Struct, structs

from videoflix.accounts.devices import device
from videoflix.accounts.emails import email_key
from videoflix.accounts.limits import Limit
from videoflix.accounts.models import Login, User
from videoflix.accounts.names import display_name
from videoflix.accounts.queries import mails, sessions, users
from videoflix.accounts.resources import GUARD, HASHING, LIMITS, SESSION
from videoflix.accounts.validation import check_new_password
from videoflix.errors import NotFound, Unauthenticated, WrongPassword
from videoflix.http import bodies, cookies
from videoflix.http.access import adult, without_profile
from videoflix.http.forwarded import address as address_of
from videoflix.http.forwarded import network
from videoflix.http.resources import DATABASE, SETTINGS


class AccountUpdate(Struct, frozen=True):
    name: str


class PasswordChange(Struct, frozen=True):
    old_password: str
    new_password: str


class AccountDelete(Struct, frozen=True):
    password: str


@without_profile
async def show(request: web.Request) -> web.Response:
    return _account(request, await current_user(request))


@adult
async def change(request: web.Request) -> web.Response:
    return _account(request, await rename(request, (await bodies.read(request, AccountUpdate)).name))


@adult
async def list_sessions(request: web.Request) -> web.Response:
    own = request[SESSION]
    async with request.app[DATABASE].connection() as connection:
        logins = await sessions.of_user(connection, own.user_id)
    return bodies.answer([_shown(login, is_current=login.id == own.id) for login in logins])


@adult
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


@adult
async def end_other_sessions(request: web.Request) -> web.Response:
    """End every session of the user except the one of the request."""
    own = request[SESSION]
    async with request.app[DATABASE].connection() as connection:
        ended = await sessions.revoke_all(connection, own.user_id, but=own.id)
    for session_id in ended:
        request.app[GUARD].forget(session_id)
    return bodies.answer({"detail": "All other sessions have ended."})


@adult
async def change_password(request: web.Request) -> web.Response:
    """Change the password, which requires the old one, and end every other session."""
    body = await bodies.read(request, PasswordChange)
    user = await verified_user(request, body.old_password)
    check_new_password(body.new_password, user.email)
    password_hash = await request.app[HASHING].hash(body.new_password)
    async with request.app[DATABASE].transaction() as connection:
        if not await users.replace_password(connection, user, password_hash):
            raise WrongPassword
        await mails.void_resets(connection, user.id)
        ended = await sessions.revoke_all(connection, user.id, but=request[SESSION].id)
    for session_id in ended:
        request.app[GUARD].forget(session_id)
    return bodies.answer({"detail": "The password has been changed; all other sessions have ended."})


@adult
async def remove(request: web.Request) -> web.Response:
    """Delete the account and everything that belongs to it. Requires the password."""
    body = await bodies.read(request, AccountDelete)
    user = await verified_user(request, body.password)
    async with request.app[DATABASE].transaction() as connection:
        logins = await sessions.of_user(connection, user.id)
        await users.remove(connection, user.id)
    for login in logins:
        request.app[GUARD].forget(login.id)
    response = bodies.answer({"detail": "The account has been deleted."})
    cookies.delete_all(response, request.app[SETTINGS])
    return response


async def rename(request: web.Request, text: str) -> User:
    """Give the account of the session a name; an empty text removes it. Raises InvalidFields or Unauthenticated."""
    own, name = request[SESSION], display_name(text)
    async with request.app[DATABASE].connection() as connection:
        user = await users.rename(connection, own.user_id, name)
    if user is None:
        raise Unauthenticated
    request.app[GUARD].forget(own.id)
    return user


def _account(request: web.Request, user: User) -> web.Response:
    """The account, and what the profile of the session makes of it: a child is never an administrator."""
    names = ("id", "email", "name", "created_at")
    session = request[SESSION]
    return bodies.answer(
        {
            **{name: getattr(user, name) for name in names},
            "is_staff": session.is_staff,
            "profile": session.profile,
        }
    )


def _shown(login: Login, *, is_current: bool) -> dict[str, Any]:
    found = device(login.user_agent)
    return {
        **structs.asdict(login),
        "current": is_current,
        "device": found.name,
        "browser": found.browser,
        "system": found.system,
    }


async def current_user(request: web.Request) -> User:
    """The user of the session. Raises Unauthenticated if it was deleted while the session was cached."""
    async with request.app[DATABASE].connection() as connection:
        user = await users.find(connection, request[SESSION].user_id)
    if user is None:
        raise Unauthenticated
    return user


async def verified_user(request: web.Request, password: str) -> User:
    """The user, if the password matches. Failures count as failed logins. Raises TooManyRequests or WrongPassword."""
    user = await current_user(request)
    rate, client = request.app[SETTINGS].limit_failed_logins, network(address_of(request))
    async with request.app[LIMITS].count_failures(
        WrongPassword, Limit("failed_logins", rate, (client, email_key(user.email)))
    ):
        if not await request.app[HASHING].verify(user.password_hash, password):
            raise WrongPassword
    return user
