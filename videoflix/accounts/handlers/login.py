"""Handlers for login, logout, and token refresh."""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from aiohttp import web
from msgspec import Struct

from videoflix.accounts import session_cookies
from videoflix.accounts.credentials import verify_credentials
from videoflix.accounts.emails import email_key
from videoflix.accounts.handlers.codes import use_code
from videoflix.accounts.limits import Limit
from videoflix.accounts.models import Session, User
from videoflix.accounts.queries import second_factors, sessions
from videoflix.accounts.resources import GUARD, HASHING, KEYRING, LIMITS, ON_LOGOUT
from videoflix.db import clock
from videoflix.errors import (
    CodeRequired,
    InvalidInput,
    InvalidRefreshToken,
    TooManyRequests,
    WrongCredentials,
    WrongLoginCode,
)
from videoflix.http import bodies, cookies
from videoflix.http.access import public
from videoflix.http.forwarded import address as address_of
from videoflix.http.forwarded import network
from videoflix.http.operations import Detail, operation
from videoflix.http.resources import DATABASE, SETTINGS

log = logging.getLogger(__name__)

MAX_USER_AGENT = 300
# More devices than a user has; limits the sessions of scripts that log in and never log out.
MAX_SESSIONS = 25


class Credentials(Struct, frozen=True):
    email: str
    password: str
    remember: Any = False
    code: str | None = None

    @property
    def is_remembered(self) -> bool:
        """Whether the session lasts as long as it is used. Forms send `on`; anything else was always ignored."""
        return self.remember in (True, "true", "on", "1")


class OpenedSession(Struct, frozen=True):
    user: User
    id: UUID
    is_remembered: bool


class LoggedInUser(Struct, frozen=True):
    """`username` is the e-mail address."""

    id: int
    username: str


class LoggedIn(Struct, frozen=True):
    detail: str
    user: LoggedInUser


class TokenRefreshed(Struct, frozen=True):
    """`access` is the access token, which is in the cookie as well."""

    detail: str
    access: str


@operation(
    "Log in",
    LoggedIn,
    body=Credentials,
    sets_cookies=True,
    errors=(WrongCredentials, CodeRequired, WrongLoginCode, TooManyRequests),
)
@public
async def login(request: web.Request) -> web.Response:
    body = await bodies.read(request, Credentials)
    user = await verify_password(request, body)
    await check_code(request, user, body.code)
    opened = await open_session(request, user, is_remembered=body.is_remembered)
    return logged_in(request, opened)


@operation("Log out", Detail, errors=(InvalidInput,), takes_refresh_cookie=True, sets_cookies=True)
@public
async def logout(request: web.Request) -> web.Response:
    await end_sessions(request, _refresh_tokens(request))
    response = bodies.answer(Detail("Logout successful! All tokens will be deleted. Refresh token is now invalid."))
    cookies.delete_all(response, request.app[SETTINGS])
    return response


@operation(
    "Get a new access token",
    TokenRefreshed,
    errors=(InvalidInput, InvalidRefreshToken),
    takes_refresh_cookie=True,
    sets_cookies=True,
)
@public
async def refresh(request: web.Request) -> web.Response:
    session = await _refreshed_session(request, _refresh_tokens(request))
    response = web.Response(content_type="application/json")
    access = await session_cookies.renew(request, response, session)
    response.body = bodies.encode(TokenRefreshed("Token refreshed", access))
    return response


def logged_in(request: web.Request, opened: OpenedSession) -> web.Response:
    """The answer to a login, with its cookies."""
    user = opened.user
    response = bodies.answer(LoggedIn("Login successful", LoggedInUser(user.id, user.email)))
    set_cookies(request, response, opened)
    return response


async def verify_password(request: web.Request, body: Credentials) -> User:
    """The first step of a login. Raises TooManyRequests or WrongCredentials."""
    settings, client = request.app[SETTINGS], network(address_of(request))
    async with request.app[LIMITS].count_failures(
        WrongCredentials,
        Limit("failed_logins", settings.limit_failed_logins, (client, email_key(body.email))),
        Limit("failed_logins_address", settings.limit_failed_logins_address, (client,)),
    ):
        return await verify_credentials(request.app[DATABASE], request.app[HASHING], body.email, body.password)


async def check_code(request: web.Request, user: User, code: str | None) -> None:
    """The second step: nothing if the account has no second factor. Raises CodeRequired, TooManyRequests or
    WrongLoginCode."""
    async with request.app[DATABASE].connection() as connection:
        if await second_factors.find(connection, user.id) is None:
            return
    if not code:
        raise CodeRequired
    await use_code(request, user.id, code, WrongLoginCode)


async def open_session(
    request: web.Request,
    user: User,
    *,
    is_remembered: bool,
    chooses_profile: bool = False,
    is_by_passkey: bool = False,
) -> OpenedSession:
    """Open a session, which replaces that of the cookies, for somebody who has proved to be this user. Raises
    WrongCredentials if the user has changed meanwhile.

    It has the first profile of the account, unless the person can choose one (`chooses_profile`) and has several.
    """
    session_id = uuid4()
    expires_at = clock.now() + timedelta(seconds=session_cookies.lifetime(request, is_remembered=is_remembered))
    async with request.app[DATABASE].transaction() as connection:
        if not await sessions.insert(
            connection,
            session_id,
            user,
            expires_at,
            user_agent(request),
            address_of(request),
            is_remembered,
            chooses_profile=chooses_profile,
            is_by_passkey=is_by_passkey,
        ):
            raise WrongCredentials
        ended = await sessions.revoke_surplus(connection, user.id, MAX_SESSIONS)
    for each in ended:
        request.app[GUARD].forget(each)
    _, replaced = cookies.tokens(request)
    await end_sessions(request, replaced)
    return OpenedSession(user, session_id, is_remembered)


def user_agent(request: web.Request) -> str:
    """What the browser says that it is, for the list of devices."""
    return request.headers.get("User-Agent", "").encode("utf-8", "replace").decode()[:MAX_USER_AGENT]


def set_cookies(request: web.Request, response: web.Response, opened: OpenedSession) -> str:
    """Set the cookies of a session, and return its access token."""
    session_cookies.set_refresh(request, response, opened.user.id, opened.id, is_remembered=opened.is_remembered)
    return session_cookies.set_access(request, response, opened.user.id, opened.id)


def _refresh_tokens(request: web.Request) -> cookies.Tokens:
    """The refresh cookies of the request. Raises InvalidInput if there are none."""
    _, texts = cookies.tokens(request)
    if not texts:
        raise InvalidInput("Refresh token cookie is missing.")
    return texts


async def _refreshed_session(request: web.Request, texts: cookies.Tokens) -> Session:
    """The session of the first valid refresh token. Raises InvalidRefreshToken."""
    now = clock.now()
    for token in request.app[KEYRING].read_all("refresh", texts):
        async with request.app[DATABASE].connection() as connection:
            session = await sessions.find_active(connection, token.session_id)
        if session is not None and session.user_id == token.user_id and token.expires_at > now:
            return session
    raise InvalidRefreshToken


async def end_sessions(request: web.Request, texts: cookies.Tokens) -> None:
    """End the sessions of these refresh tokens; invalid tokens are ignored."""
    for token in request.app[KEYRING].read_all("refresh", texts):
        async with request.app[DATABASE].connection() as connection:
            profile_id = await sessions.revoke(connection, token.session_id)
        request.app[GUARD].forget(token.session_id)
        if profile_id is not None:
            await _call_on_logout(request.app, profile_id)


async def _call_on_logout(app: web.Application, profile_id: int) -> None:
    """The session has ended, whatever fails here."""
    for call in app[ON_LOGOUT]:
        try:
            await call(profile_id)
        except Exception:
            log.exception("what follows a logout has failed")
