"""Handlers for the user's own account: its data, name, sessions, password and deletion."""

from datetime import datetime
from uuid import UUID

from aiohttp import web
from msgspec import Struct, structs

from videoflix.accounts.devices import device
from videoflix.accounts.emails import email_key
from videoflix.accounts.limits import Limit
from videoflix.accounts.models import Login, Profile, User
from videoflix.accounts.names import display_name
from videoflix.accounts.queries import mails, sessions, users
from videoflix.accounts.resources import GUARD, HASHING, LIMITS, SESSION
from videoflix.accounts.validation import check_new_password
from videoflix.errors import InvalidFields, LastAdmin, NotFound, TooManyRequests, Unauthenticated, WrongPassword
from videoflix.http import bodies, cookies
from videoflix.http.access import adult, without_profile
from videoflix.http.forwarded import address as address_of
from videoflix.http.forwarded import network
from videoflix.http.operations import Detail, Parameter, operation
from videoflix.http.resources import DATABASE, SETTINGS


class AccountUpdate(Struct, frozen=True):
    name: str


class PasswordChange(Struct, frozen=True):
    old_password: str
    new_password: str


class AccountDelete(Struct, frozen=True):
    password: str


class OwnAccount(Struct, frozen=True, kw_only=True):
    """The account, and the profile of the session: a child is never an administrator."""

    id: int
    email: str
    name: str
    created_at: datetime
    is_staff: bool
    profile: Profile | None


class OwnSession(Login, frozen=True, kw_only=True):
    """A session with the device that its `user_agent` names."""

    current: bool
    device: str
    browser: str | None
    system: str | None


SESSION_ID = Parameter(
    name="id",
    description="The id of a session.",
    schema={"type": "string", "format": "uuid"},
    example="0b8f6f0e-6d0a-4c9e-8a59-2f7f3f1c5a11",
    place="path",
)


@operation("Show the own account", OwnAccount)
@without_profile
async def show(request: web.Request) -> web.Response:
    return _account(request, await current_user(request))


@operation("Name the own account", OwnAccount, body=AccountUpdate, errors=(InvalidFields,))
@adult
async def change(request: web.Request) -> web.Response:
    return _account(request, await rename(request, (await bodies.read(request, AccountUpdate)).name))


@operation("List the own sessions", list[OwnSession])
@adult
async def list_sessions(request: web.Request) -> web.Response:
    own = request[SESSION]
    async with request.app[DATABASE].connection() as connection:
        logins = await sessions.of_user(connection, own.user_id)
    return bodies.answer([_shown(login, is_current=login.id == own.id) for login in logins])


@operation("End one of the own sessions", Detail, parameters=(SESSION_ID,))
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
    return bodies.answer(Detail("The session has ended."))


@operation("End all other sessions", Detail)
@adult
async def end_other_sessions(request: web.Request) -> web.Response:
    """End every session of the user except the one of the request."""
    own = request[SESSION]
    async with request.app[DATABASE].connection() as connection:
        ended = await sessions.revoke_all(connection, own.user_id, but=own.id)
    for session_id in ended:
        request.app[GUARD].forget(session_id)
    return bodies.answer(Detail("All other sessions have ended."))


@operation("Change the password", Detail, body=PasswordChange, errors=(WrongPassword, InvalidFields, TooManyRequests))
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
    return bodies.answer(Detail("The password has been changed; all other sessions have ended."))


@operation(
    "Delete the own account",
    Detail,
    body=AccountDelete,
    errors=(WrongPassword, LastAdmin, TooManyRequests),
    sets_cookies=True,
)
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
    response = bodies.answer(Detail("The account has been deleted."))
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
    session = request[SESSION]
    return bodies.answer(
        OwnAccount(
            id=user.id,
            email=user.email,
            name=user.name,
            created_at=user.created_at,
            is_staff=session.is_staff,
            profile=session.profile,
        )
    )


def _shown(login: Login, *, is_current: bool) -> OwnSession:
    found = device(login.user_agent)
    return OwnSession(
        **structs.asdict(login),
        current=is_current,
        device=found.name,
        browser=found.browser,
        system=found.system,
    )


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
