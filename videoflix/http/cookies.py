"""Reads, sets and deletes the cookies of a session. They are deleted with the attributes they were set with."""

import secrets

from aiohttp import web
from aiohttp.hdrs import COOKIE

from videoflix.settings import Settings

ACCESS, REFRESH, CSRF = "access_token", "refresh_token", "csrftoken"
# A player sends the same cookies with every request, so parsed headers are cached: their number and length.
MAX_CACHED, MAX_CACHED_LENGTH = 2_000, 2_000
# A browser sends several cookies of one name if they were set for different paths or domains, but not this many.
MAX_PER_NAME = 8
Tokens = tuple[str, ...]
_cache: dict[str, tuple[Tokens, Tokens]] = {}


def tokens(request: web.Request) -> tuple[Tokens, Tokens]:
    """The access tokens and the refresh tokens of a request, without empty ones."""
    header = "; ".join(request.headers.getall(COOKIE, ()))
    found = _cache.get(header)
    if found is None:
        found = _values(header, ACCESS), _values(header, REFRESH)
        if len(_cache) >= MAX_CACHED:
            _cache.clear()
        if len(header) <= MAX_CACHED_LENGTH:
            _cache[header] = found
    return found


def _values(header: str, name: str) -> Tokens:
    """The values of all cookies of this name. SimpleCookie keeps only the last one."""
    pairs = (pair.partition("=") for pair in header.split(";"))
    values = (value.strip().strip('"') for key, _, value in pairs if key.strip() == name)
    return tuple(dict.fromkeys(value for value in values if value))[:MAX_PER_NAME]


def set_access(response: web.StreamResponse, settings: Settings, token: str) -> None:
    _set(response, settings, ACCESS, token, settings.access_token_lifetime)


def set_refresh(response: web.StreamResponse, settings: Settings, token: str, seconds: int) -> None:
    """Set the refresh token, and the readable cookie that frontends require before they send a logout."""
    _set(response, settings, REFRESH, token, seconds)
    _set(response, settings, CSRF, secrets.token_urlsafe(24), seconds, readable=True)


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
