"""Authenticates requests: finds the session of a token, and refuses requests without one."""

import hmac
from collections.abc import Awaitable
from contextlib import suppress
from datetime import datetime

from aiohttp import web
from aiohttp.hdrs import AUTHORIZATION
from aiohttp.typedefs import Handler

from videoflix import translations
from videoflix.accounts import session_cookies
from videoflix.accounts.models import Session
from videoflix.accounts.resources import GUARD, KEYRING, SESSION
from videoflix.accounts.tokens import Token
from videoflix.db import clock
from videoflix.errors import (
    AdultRequired,
    DatabaseUnavailable,
    Forbidden,
    ProfileRequired,
    SecondFactorRequired,
    Unauthenticated,
    VideoflixError,
)
from videoflix.http import access, cookies
from videoflix.http.resources import SETTINGS


@web.middleware
def auth_middleware(request: web.Request, handler: Handler) -> Awaitable[web.StreamResponse]:
    """Require a login unless the decorators of a handler say otherwise (`http/access.py`).

    Raises Unauthenticated or Forbidden.
    """
    return handler(request) if is_open(request) else _with_session(request, handler)


async def _with_session(request: web.Request, handler: Handler) -> web.StreamResponse:
    session, renew = await authenticate(request)
    request[SESSION] = session
    if session.profile and session.profile.language:
        translations.CURRENT.set(session.profile.language)
    check_role(request, session)
    response = await handler(request)
    if renew and not response.prepared:
        with suppress(DatabaseUnavailable):  # what plays goes on; the next request renews the cookie
            await session_cookies.renew(request, response, session)
    return response


def is_open(request: web.Request) -> bool:
    """Whether a request needs no login: public handlers, preflights, and paths without a handler."""
    match = request.match_info
    handler = match.handler
    if access.is_public(handler) or match.http_exception is not None:
        return True
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        return True
    return access.takes_metrics_token(handler) and _has_metrics_token(request)


def check_role(request: web.Request, session: Session) -> None:
    """Raises Forbidden."""
    handler = request.match_info.handler
    if session.profile is None:
        if session.is_guest and not access.allows_guests(handler):
            raise Forbidden
        if not session.is_guest and not access.needs_no_profile(handler):
            raise ProfileRequired
    elif session.profile.is_child and access.needs_adult(handler):
        raise AdultRequired
    if access.needs_admin(handler):
        check_admin(request, session)


def check_admin(request: web.Request, session: Session) -> None:
    """Raises Forbidden or SecondFactorRequired."""
    if not session.is_staff:
        raise Forbidden
    if request.app[SETTINGS].require_second_factor and not session.has_second_factor:
        raise SecondFactorRequired


async def has_metrics_access(request: web.Request) -> bool:
    """Whether a request to a public handler may also see details of the server."""
    if _has_metrics_token(request):
        return True
    try:
        session, _ = await authenticate(request)
        check_admin(request, session)
    except VideoflixError:
        return False
    return True


async def authenticate(request: web.Request) -> tuple[Session, bool]:
    """The session of a request, and whether its access cookie should be renewed.

    Of several cookies of one name, any valid one counts. For GET and HEAD, and for forms, the refresh cookie is
    accepted when the access token has expired or the browser has dropped it: players never retry after a 401.

    Raises Unauthenticated.
    """
    now, bearer = clock.now(), _bearer(request)
    access_texts, refresh_texts = cookies.tokens(request)
    if bearer is not None:
        access_texts = (bearer,) if bearer else ()
    tokens = request.app[KEYRING].read_all("access", access_texts)
    session = await _admit(request, tokens, now)
    if session is not None:
        return session, False
    has_expired = not access_texts or any(token.expires_at <= now for token in tokens)
    takes_refresh = request.method in ("GET", "HEAD") or access.is_form(request.match_info.handler)
    if has_expired and takes_refresh:
        session = await _admit(request, request.app[KEYRING].read_all("refresh", refresh_texts), now)
    if session is None:
        raise Unauthenticated
    return session, True


def _bearer(request: web.Request) -> str | None:
    scheme, _, bearer = request.headers.get(AUTHORIZATION, "").partition(" ")
    return bearer.strip() if scheme.lower() == "bearer" else None


def _has_metrics_token(request: web.Request) -> bool:
    """Compare in constant time."""
    token, bearer = request.app[SETTINGS].metrics_token, _bearer(request)
    if not token or bearer is None:
        return False
    return hmac.compare_digest(bearer.encode("utf-8", "surrogateescape"), token.encode())


async def _admit(request: web.Request, tokens: list[Token], now: datetime) -> Session | None:
    """The session of the first token that has not expired and whose session is active."""
    for token in tokens:
        if token.expires_at > now:
            session = await request.app[GUARD].admit(token, now)
            if session is not None:
                return session
    return None
