"""What a viewer prefers on a device, in cookies: the language, how captions look, and whether series play on."""

from typing import Literal

import msgspec
from aiohttp import web
from msgspec import Struct

from videoflix.http import languages
from videoflix.http.resources import SETTINGS

CAPTIONS, AUTOPLAY = "captions", "autoplay"
ON, OFF = "on", "off"
YEAR_SECONDS = 365 * 86_400


class Captions(Struct, frozen=True):
    size: Literal["small", "medium", "large"] = "medium"
    background: Literal["dark", "none"] = "dark"


def captions(request: web.Request) -> Captions:
    size, _, background = request.cookies.get(CAPTIONS, "").partition(".")
    try:
        return msgspec.convert({"size": size, "background": background}, Captions)
    except msgspec.ValidationError:
        return Captions()


def plays_on(request: web.Request) -> bool:
    """Whether the next part of a series starts by itself."""
    return request.cookies.get(AUTOPLAY) != OFF


def remember(
    request: web.Request, response: web.Response, language: str, captions: Captions, *, plays_on: bool
) -> None:
    chosen = {
        languages.COOKIE: language,
        CAPTIONS: f"{captions.size}.{captions.background}",
        AUTOPLAY: ON if plays_on else OFF,
    }
    for name, value in chosen.items():
        response.set_cookie(
            name,
            value,
            max_age=YEAR_SECONDS,
            path="/",
            secure=request.app[SETTINGS].cookie_secure,
            httponly=True,
            samesite="Lax",
        )
