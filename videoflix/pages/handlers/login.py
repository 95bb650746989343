"""Login and logout."""

from aiohttp import web
from msgspec import Struct

from videoflix.accounts import auth
from videoflix.accounts.handlers import login
from videoflix.errors import TooManyRequests, Unauthenticated
from videoflix.http import bodies, cookies
from videoflix.http.access import public
from videoflix.http.resources import SETTINGS
from videoflix.pages.handlers.forms import local_address, rejected
from videoflix.pages.handlers.rendering import LOGIN, page, see_other


class LoginForm(Struct, frozen=True):
    email: str = ""
    password: str = ""
    remember: str = ""


@public
async def show(request: web.Request) -> web.Response:
    """The login, or what it leads to for those who are logged in."""
    wanted = local_address(request.query.get("next", "/"))
    try:
        await auth.authenticate(request)
    except Unauthenticated:
        return page(request, "login.html", email="", is_open=_is_open(request), error=None, fields={})
    return see_other(wanted)


@public
async def log_in(request: web.Request) -> web.Response:
    form = await bodies.read(request, LoginForm)
    wanted = local_address(request.query.get("next", "/"))
    try:
        opened = await login.open_session(request, login.Credentials(form.email, form.password, form.remember))
    except (Unauthenticated, TooManyRequests) as error:
        return rejected(request, "login.html", error, email=form.email, is_open=_is_open(request))
    response = see_other(wanted)
    login.set_cookies(request, response, opened)
    return response


@public
async def log_out(request: web.Request) -> web.Response:
    """End the session of the cookies, if there is one."""
    _, refresh_tokens = cookies.tokens(request)
    await login.end_sessions(request, refresh_tokens)
    response = see_other(LOGIN)
    cookies.delete_all(response, request.app[SETTINGS])
    return response


def _is_open(request: web.Request) -> bool:
    """Whether anybody may register."""
    return request.app[SETTINGS].registration == "open"
