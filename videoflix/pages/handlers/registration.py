"""Registration, and the pages that links in mails lead to: activation and a new password."""

from typing import Any

from aiohttp import web
from msgspec import Struct

from videoflix.accounts import invitations
from videoflix.accounts.handlers import login, registration
from videoflix.errors import Forbidden, InvalidInput, InvalidInvitation, TooManyRequests, Unauthenticated
from videoflix.http import bodies
from videoflix.http.access import public
from videoflix.http.error_middleware import status_of
from videoflix.http.resources import DATABASE, SETTINGS
from videoflix.pages.handlers.forms import rejected
from videoflix.pages.handlers.rendering import LOGIN, page, see_other

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
    """The form, filled in with the address that the invitation of the link is for; or why it is not for everyone."""
    if "done" in request.query:
        return _page(request, "register.html", refusal=None)
    try:
        email = await _invited(request)
    except (Forbidden, InvalidInvitation) as refusal:
        return _page(request, "register.html", status=status_of(type(refusal)), refusal=refusal.detail)
    return _page(request, "register.html", email=email, refusal=None)


@public
async def register(request: web.Request) -> web.Response:
    """Create an account. Who was invited is logged in at once."""
    form, invitation = await bodies.read(request, RegistrationForm), request.query.get("invitation")
    account = registration.Registration(form.email, form.password, form.confirmed_password, invitation)
    try:
        user, _ = await registration.create_account(request, account)
    except (*REJECTED, Forbidden) as error:
        return rejected(request, "register.html", error, email=form.email, refusal=None, **_state(request))
    if not user.is_active:
        return see_other("/register/?done")
    try:
        opened = await login.open_session(request, user, is_remembered=False)
    except Unauthenticated:
        return see_other(LOGIN)
    response = see_other("/")
    login.set_cookies(request, response, opened)
    return response


@public
async def show_forgotten(request: web.Request) -> web.Response:
    return _page(request, "forgot.html")


@public
async def request_reset(request: web.Request) -> web.Response:
    form = await bodies.read(request, AddressForm)
    try:
        await registration.queue_reset(request, form.email)
    except REJECTED as error:
        return rejected(request, "forgot.html", error, email=form.email, **_state(request))
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
        return rejected(request, "confirm_password.html", error, email="", **_state(request))
    return see_other(f"{request.path}?done")


async def _invited(request: web.Request) -> str:
    """The address that the invitation of the link is for, if there is one. Raises Forbidden or InvalidInvitation."""
    token = request.query.get("invitation")
    invitations.check_policy(request.app[SETTINGS].registration, token)
    if not token:
        return ""
    async with request.app[DATABASE].transaction() as connection:
        return (await invitations.find_valid(connection, token)).email or ""


def _page(request: web.Request, template: str, *, status: int = 200, email: str = "", **context: Any) -> web.Response:
    state = _state(request)
    return page(request, template, status=status, email=email, error=None, fields={}, **state, **context)


def _state(request: web.Request) -> dict[str, bool]:
    """Whether the link is an invitation, whether the form was accepted already, and whether this server prints its
    mails instead of sending them."""
    is_printed = request.app[SETTINGS].email_backend == "console"
    return {
        "is_invited": "invitation" in request.query,
        "is_done": "done" in request.query,
        "is_mail_printed": is_printed,
    }


def _link(request: web.Request) -> tuple[str, str]:
    """The uid and the token of the link in a mail."""
    return request.query.get("uid", ""), request.query.get("token", "")
