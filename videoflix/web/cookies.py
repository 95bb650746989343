"""The cookies: how they are set, and that they are deleted with the attributes that they were set with."""

import secrets

from aiohttp import web
from aiohttp.hdrs import COOKIE

from videoflix.settings import Settings

ACCESS, REFRESH, CSRF = "access_token", "refresh_token", "csrftoken"
# A player shows the same cookies with each of its many requests: reading them once is enough.
MOST_REMEMBERED, MOST_LETTERS = 2_000, 2_000
_remembered: dict[str, tuple[str, str]] = {}


def tokens(request: web.Request) -> tuple[str, str]:
    """The access and the refresh token that a request shows; empty texts for none."""
    header = request.headers.get(COOKIE, "")
    found = _remembered.get(header)
    if found is None:
        found = request.cookies.get(ACCESS, ""), request.cookies.get(REFRESH, "")
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        if len(header) <= MOST_LETTERS:
            _remembered[header] = found
    return found


def set_access(response: web.StreamResponse, settings: Settings, token: str) -> None:
    _set(response, settings, ACCESS, token, settings.access_token_lifetime)


def set_refresh(response: web.StreamResponse, settings: Settings, token: str) -> None:
    """The refresh token, and the readable cookie without which frontends do not dare to log out."""
    _set(response, settings, REFRESH, token, settings.refresh_token_lifetime)
    _set(response, settings, CSRF, secrets.token_urlsafe(24), settings.refresh_token_lifetime, readable=True)


def delete_all(response: web.StreamResponse, settings: Settings) -> None:
    for name in (ACCESS, REFRESH, CSRF):
        response.del_cookie(
            name,
            path="/",
            secure=settings.cookie_secure,
            httponly=name != CSRF,
            samesite=settings.cookie_samesite,
        )


def _set(
    response: web.StreamResponse,
    settings: Settings,
    name: str,
    value: str,
    seconds: int,
    *,
    readable: bool = False,
) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=settings.cookie_secure,
        httponly=not readable,
        samesite=settings.cookie_samesite,
    )
