"""Logging a television in: the page that it shows, and that on which a phone confirms it."""

from contextlib import suppress
from typing import Any

from aiohttp import web
from msgspec import Struct

from videoflix.accounts import auth
from videoflix.accounts import pairing as rules
from videoflix.accounts.devices import device
from videoflix.accounts.handlers import login, pairing
from videoflix.errors import (
    AccessDenied,
    ExpiredToken,
    InvalidInput,
    TooManyRequests,
    Unauthenticated,
    UnknownDevice,
    VideoflixError,
)
from videoflix.http import bodies
from videoflix.http.access import adult, form, public
from videoflix.http.error_middleware import status_of
from videoflix.pages.handlers.forms import rejected
from videoflix.pages.handlers.rendering import page, see_other
from videoflix.pages.qr_codes import qr_code

PAIR, CONNECT = "pair.html", "connect.html"
ANSWERS = ("allow", "refuse")
HOME = "/"


class DeviceForm(Struct, frozen=True):
    device_code: str = ""


class AnswerForm(Struct, frozen=True):
    code: str = ""
    answer: str = ""


@public
async def show_code(request: web.Request) -> web.Response:
    """A new code, or what it leads to for devices that are logged in. Guests can log in with an account."""
    with suppress(Unauthenticated):
        session, _ = await auth.authenticate(request)
        if not session.is_guest:
            return see_other(HOME)
    try:
        return _waiting(request, await pairing.create(request))
    except TooManyRequests as error:
        return rejected(request, PAIR, error, **_nothing("limited"))


@public
async def check(request: web.Request) -> web.Response:
    """What a browser without scripts asks when its button is pressed."""
    device_code = (await bodies.read(request, DeviceForm)).device_code
    try:
        found = await pairing.ask(request, device_code)
        if not found.is_confirmed:
            shown = pairing.describe(request, device_code, found.user_code, found.seconds_left)
            return _waiting(request, shown, has_asked=True)
        opened = await pairing.redeem(request, device_code)
    except (ExpiredToken, AccessDenied) as error:
        state = "expired" if isinstance(error, ExpiredToken) else "refused"
        return page(request, PAIR, status=status_of(type(error)), error=None, fields={}, **_nothing(state))
    response = see_other(HOME)
    login.set_cookies(request, response, opened)
    return response


@adult
async def show_question(request: web.Request) -> web.Response:
    """The field for the code, or the device whose code is in the address."""
    code, done = request.query.get("code", ""), request.query.get("done", "")
    if not code:
        return _question(request, done=done if done in ANSWERS else "")
    try:
        found = await pairing.find_waiting(request, code)
    except (UnknownDevice, TooManyRequests) as error:
        return _unknown(request, code, error)
    return _question(request, code=rules.shown(found.user_code), device=device(found.user_agent), waiting=found)


@form
@adult
async def answer(request: web.Request) -> web.Response:
    typed = await bodies.read(request, AnswerForm)
    if typed.answer not in ANSWERS:
        raise InvalidInput
    try:
        await pairing.decide(request, typed.code, is_confirmed=typed.answer == "allow")
    except (UnknownDevice, TooManyRequests) as error:
        return _unknown(request, typed.code, error)
    return see_other(f"{pairing.CONNECT}?done={typed.answer}")


def _waiting(request: web.Request, shown: pairing.DeviceCode, *, has_asked: bool = False) -> web.Response:
    context: dict[str, Any] = {
        "state": "waiting",
        "shown": shown,
        "address": shown.verification_uri.partition("://")[2].rstrip("/"),
        "code": qr_code(shown.verification_uri_complete),
        "has_asked": has_asked,
    }
    return page(request, PAIR, error=None, fields={}, **context)


def _nothing(state: str) -> dict[str, Any]:
    return {"state": state, "shown": None, "address": "", "code": None, "has_asked": False}


def _question(request: web.Request, **context: Any) -> web.Response:
    return page(request, CONNECT, **{**_empty(), "error": None, "fields": {}, **context})


def _unknown(request: web.Request, code: str, error: VideoflixError) -> web.Response:
    return rejected(request, CONNECT, error, **{**_empty(), "code": code})


def _empty() -> dict[str, Any]:
    return {"code": "", "device": None, "waiting": None, "done": ""}
