"""What a viewer prefers on a device, in cookies: the language, and how captions look."""

from typing import Literal

import msgspec
from aiohttp import web
from aiohttp.hdrs import ACCEPT_LANGUAGE
from msgspec import Struct

from videoflix.http.resources import SETTINGS
from videoflix.pages import translations

LANGUAGE, CAPTIONS = "language", "captions"
YEAR_SECONDS = 365 * 86_400


class Captions(Struct, frozen=True):
    size: Literal["small", "medium", "large"] = "medium"
    background: Literal["dark", "none"] = "dark"


def language(request: web.Request) -> str:
    """The chosen language, or the one that the browser prefers."""
    chosen = request.cookies.get(LANGUAGE, "")
    if chosen in translations.LANGUAGES:
        return chosen
    return translations.preferred(request.headers.get(ACCEPT_LANGUAGE, ""))


def captions(request: web.Request) -> Captions:
    size, _, background = request.cookies.get(CAPTIONS, "").partition(".")
    try:
        return msgspec.convert({"size": size, "background": background}, Captions)
    except msgspec.ValidationError:
        return Captions()


def remember(request: web.Request, response: web.Response, language: str, captions: Captions) -> None:
    for name, value in ((LANGUAGE, language), (CAPTIONS, f"{captions.size}.{captions.background}")):
        response.set_cookie(
            name,
            value,
            max_age=YEAR_SECONDS,
            path="/",
            secure=request.app[SETTINGS].cookie_secure,
            httponly=True,
            samesite="Lax",
        )
