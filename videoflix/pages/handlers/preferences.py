"""What a viewer prefers on a device, in cookies: the language, and how captions look."""

from typing import Literal

import msgspec
from aiohttp import web
from msgspec import Struct

from videoflix.http import languages
from videoflix.http.resources import SETTINGS

CAPTIONS = "captions"
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


def remember(request: web.Request, response: web.Response, language: str, captions: Captions) -> None:
    for name, value in ((languages.COOKIE, language), (CAPTIONS, f"{captions.size}.{captions.background}")):
        response.set_cookie(
            name,
            value,
            max_age=YEAR_SECONDS,
            path="/",
            secure=request.app[SETTINGS].cookie_secure,
            httponly=True,
            samesite="Lax",
        )
