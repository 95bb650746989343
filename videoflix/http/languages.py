"""Decides which language a client gets."""

from aiohttp import web
from aiohttp.hdrs import ACCEPT_LANGUAGE

from videoflix import translations
from videoflix.http.resources import SETTINGS

# The language of the pages for those who are not logged in. Profiles have one of their own.
COOKIE = "language"
YEAR_SECONDS = 365 * 86_400


def language(request: web.Request) -> str:
    """The language that was chosen, or the one that the browser prefers."""
    chosen = request.cookies.get(COOKIE, "")
    if chosen in translations.LANGUAGES:
        return chosen
    return translations.preferred(request.headers.get(ACCEPT_LANGUAGE, ""))


def remember(request: web.Request, response: web.StreamResponse, chosen: str) -> None:
    """Keep a language on this device; an empty one is that of the browser."""
    response.set_cookie(
        COOKIE,
        chosen,
        max_age=YEAR_SECONDS if chosen else 0,
        path="/",
        secure=request.app[SETTINGS].cookie_secure,
        httponly=True,
        samesite="Lax",
    )
