"""Registration, and the pages that links in mails lead to: activation and a new password."""

from aiohttp import web
from msgspec import Struct

from videoflix.accounts.handlers import registration
from videoflix.errors import InvalidInput, TooManyRequests
from videoflix.http import bodies
from videoflix.http.access import public
from videoflix.http.resources import SETTINGS
from videoflix.pages.handlers.forms import rejected
from videoflix.pages.handlers.rendering import page, see_other

REJECTED = (InvalidInput, TooManyRequests)


class RegistrationForm(Struct, frozen=True):
    email: str = ""
    password: str = ""
    confirmed_password: str = ""


class AddressForm(Struct, frozen=True):
    email: str = ""


class PasswordForm(Struct, frozen=True):
    new_password: str = ""
    confirm_password: str = ""


@public
async def show_registration(request: web.Request) -> web.Response:
    return _page(request, "register.html")


@public
async def register(request: web.Request) -> web.Response:
    form = await bodies.read(request, RegistrationForm)
    account = registration.Registration(form.email, form.password, form.confirmed_password)
    try:
        await registration.create_account(request, account)
    except REJECTED as error:
        return rejected(request, "register.html", error, email=form.email, **_mail_state(request))
    return see_other("/register/?done")


@public
async def show_forgotten(request: web.Request) -> web.Response:
    return _page(request, "forgot.html")


@public
async def request_reset(request: web.Request) -> web.Response:
    form = await bodies.read(request, AddressForm)
    try:
        await registration.queue_reset(request, form.email)
    except REJECTED as error:
        return rejected(request, "forgot.html", error, email=form.email, **_mail_state(request))
    return see_other("/forgot/?done")


@public
async def show_activation(request: web.Request) -> web.Response:
    """A button that activates the account: programs that check links in mails open this page, but press no button."""
    return page(request, "activate.html", state="done" if "done" in request.query else "ready")


@public
async def activate(request: web.Request) -> web.Response:
    if await registration.use_activation(request, *_link(request)):
        return see_other(f"{request.path}?done")
    return page(request, "activate.html", status=400, state="failed")


@public
async def show_new_password(request: web.Request) -> web.Response:
    return _page(request, "confirm_password.html")


@public
async def set_password(request: web.Request) -> web.Response:
    form = await bodies.read(request, PasswordForm)
    password = registration.NewPassword(form.new_password, form.confirm_password)
    try:
        await registration.use_reset(request, *_link(request), password)
    except REJECTED as error:
        return rejected(request, "confirm_password.html", error, email="", **_mail_state(request))
    return see_other(f"{request.path}?done")


def _page(request: web.Request, template: str) -> web.Response:
    return page(request, template, email="", error=None, fields={}, **_mail_state(request))


def _mail_state(request: web.Request) -> dict[str, bool]:
    """Whether the form was accepted already, and whether this server prints its mails instead of sending them."""
    is_printed = request.app[SETTINGS].email_backend == "console"
    return {"is_done": "done" in request.query, "is_mail_printed": is_printed}


def _link(request: web.Request) -> tuple[str, str]:
    """The uid and the token of the link in a mail."""
    return request.query.get("uid", ""), request.query.get("token", "")
