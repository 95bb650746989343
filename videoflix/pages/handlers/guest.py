"""The page of a guest link: what it leads to, and the button that opens a session without an account."""

from aiohttp import web
from msgspec import Struct

from videoflix.accounts.handlers import guests
from videoflix.accounts.models import OpenGuestLink, Session
from videoflix.errors import InvalidGuestLink, TooManyRequests, WrongPassword
from videoflix.http import bodies
from videoflix.http.access import public
from videoflix.pages.handlers.forms import rejected
from videoflix.pages.handlers.rendering import page, see_other

TEMPLATE = "guest.html"


class GuestForm(Struct, frozen=True):
    password: str = ""


@public
async def show(request: web.Request) -> web.Response:
    """The title, unless a password is needed first. Programs that look at links do not use them up."""
    try:
        link, session = await guests.find_link(request), await guests.current_session(request)
        if await guests.needs_no_link(request, link, session):
            return see_other(link.target.address)
        if link.is_used:
            raise InvalidGuestLink
    except InvalidGuestLink as error:
        return _ended(request, error)
    return page(request, TEMPLATE, link=link, has_account=_has_account(session), error=None, fields={})


@public
async def watch(request: web.Request) -> web.Response:
    form = await bodies.read(request, GuestForm)
    try:
        link, session = await guests.find_link(request), await guests.current_session(request)
        if await guests.needs_no_link(request, link, session):
            return see_other(link.target.address)
        return await _open(request, link, session, form.password)
    except InvalidGuestLink as error:
        return _ended(request, error)


async def _open(request: web.Request, link: OpenGuestLink, session: Session | None, password: str) -> web.Response:
    """Raises InvalidGuestLink."""
    try:
        return await guests.open_session(request, link, password)
    except (WrongPassword, TooManyRequests) as error:
        return rejected(request, TEMPLATE, error, link=link, has_account=_has_account(session))


def _has_account(session: Session | None) -> bool:
    """Whether somebody is logged in who would be logged out."""
    return session is not None and not session.is_guest


def _ended(request: web.Request, error: InvalidGuestLink) -> web.Response:
    return rejected(request, TEMPLATE, error, link=None, has_account=False)
