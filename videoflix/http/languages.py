"""Decides which language a client gets."""

from aiohttp import web
from aiohttp.hdrs import ACCEPT_LANGUAGE

from videoflix import translations

# Set by the page of the account.
COOKIE = "language"


def language(request: web.Request) -> str:
    """The language that was chosen, or the one that the browser prefers."""
    chosen = request.cookies.get(COOKIE, "")
    if chosen in translations.LANGUAGES:
        return chosen
    return translations.preferred(request.headers.get(ACCEPT_LANGUAGE, ""))
