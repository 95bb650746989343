"""Sets the cookies of sessions, and renews them. A session that is remembered lasts longer whenever it is renewed."""

from datetime import timedelta
from uuid import UUID

from aiohttp import web

from videoflix.accounts.models import Session
from videoflix.accounts.queries import sessions
from videoflix.accounts.resources import GUARD, KEYRING
from videoflix.db import clock
from videoflix.http import cookies
from videoflix.http.resources import DATABASE, SETTINGS


def lifetime(request: web.Request, *, is_remembered: bool) -> int:
    """Of a session, in seconds."""
    settings = request.app[SETTINGS]
    return settings.remembered_session_lifetime if is_remembered else settings.refresh_token_lifetime


def set_access(request: web.Request, response: web.StreamResponse, user_id: int, session_id: UUID) -> str:
    """Set the access cookie, and return its token."""
    settings = request.app[SETTINGS]
    token = request.app[KEYRING].issue("access", user_id, session_id, clock.now(), settings.access_token_lifetime)
    cookies.set_access(response, settings, token)
    return token


def set_refresh(
    request: web.Request, response: web.StreamResponse, user_id: int, session_id: UUID, *, is_remembered: bool
) -> None:
    seconds = lifetime(request, is_remembered=is_remembered)
    token = request.app[KEYRING].issue("refresh", user_id, session_id, clock.now(), seconds)
    cookies.set_refresh(response, request.app[SETTINGS], token, seconds)


async def renew(request: web.Request, response: web.StreamResponse, session: Session) -> str:
    """Set the access cookie again, and return its token. The refresh cookie is only set again for a session that is
    remembered, which then ends later."""
    if session.is_remembered:
        seconds = timedelta(seconds=lifetime(request, is_remembered=True))
        async with request.app[DATABASE].connection() as connection:
            await sessions.extend(connection, session.id, seconds)
        request.app[GUARD].forget(session.id)
        set_refresh(request, response, session.user_id, session.id, is_remembered=True)
    return set_access(request, response, session.user_id, session.id)
