"""The cookies: how they are set, and that they are deleted with the attributes that they were set with."""

import secrets

from aiohttp import web
from aiohttp.hdrs import COOKIE

from videoflix.settings import Settings

ACCESS, REFRESH, CSRF = "access_token", "refresh_token", "csrftoken"
# A player shows the same cookies with each of its many requests: reading them once is enough.
MAX_REMEMBERED, MAX_LETTERS = 2_000, 2_000
# A browser shows several cookies of one name if they were set for other paths or domains; more than these are no
# browser's.
MAX_OF_A_NAME = 8
Tokens = tuple[str, ...]
_remembered: dict[str, tuple[Tokens, Tokens]] = {}


def tokens(request: web.Request) -> tuple[Tokens, Tokens]:
    """The access and the refresh tokens that a request shows, without empty ones."""
    header = "; ".join(request.headers.getall(COOKIE, ()))
    found = _remembered.get(header)
    if found is None:
        found = _values(header, ACCESS), _values(header, REFRESH)
        if len(_remembered) >= MAX_REMEMBERED:
            _remembered.clear()
        if len(header) <= MAX_LETTERS:
            _remembered[header] = found
    return found


def _values(header: str, name: str) -> Tokens:
    """The values of all cookies of this name. Python's SimpleCookie knows only the last."""
    pairs = (pair.partition("=") for pair in header.split(";"))
    values = (value.strip().strip('"') for key, _, value in pairs if key.strip() == name)
    return tuple(dict.fromkeys(value for value in values if value))[:MAX_OF_A_NAME]


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
