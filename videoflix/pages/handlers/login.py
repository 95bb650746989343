"""Login and logout."""

from typing import Any

from aiohttp import web
from msgspec import Struct

from videoflix.accounts import auth
from videoflix.accounts.handlers import login
from videoflix.errors import TooManyRequests, Unauthenticated
from videoflix.http import bodies, cookies
from videoflix.http.access import public
from videoflix.http.resources import SETTINGS
from videoflix.pages.handlers.forms import local_address, rejected
from videoflix.pages.handlers.rendering import LOGIN, accepts_pages, page, see_other

TEST_COOKIE = ("cookies", "accepted")


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
        return _set_test_cookie(request, page(request, "login.html", **_state(request), error=None, fields={}))
    return see_other(wanted)


@public
async def log_in(request: web.Request) -> web.Response:
    form = await bodies.read(request, LoginForm)
    wanted = local_address(request.query.get("next", "/"))
    if accepts_pages(request) and not request.cookies:
        state = _state(request, form.email, has_cookies=False)
        return page(request, "login.html", status=400, **state, error=None, fields={})
    try:
        opened = await login.open_session(request, login.Credentials(form.email, form.password, form.remember))
    except (Unauthenticated, TooManyRequests) as error:
        return rejected(request, "login.html", error, **_state(request, form.email))
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


def _set_test_cookie(request: web.Request, response: web.Response) -> web.Response:
    """With a cookie like those of a session: a browser that does not return it could not stay logged in."""
    settings = request.app[SETTINGS]
    response.set_cookie(
        *TEST_COOKIE, path=LOGIN, secure=settings.cookie_secure, httponly=True, samesite=settings.cookie_samesite
    )
    return response


def _state(request: web.Request, email: str = "", *, has_cookies: bool = True) -> dict[str, Any]:
    """What was typed, whether the browser accepts cookies, and whether anybody may register."""
    is_open = request.app[SETTINGS].registration == "open"
    return {"email": email, "has_cookies": has_cookies, "is_open": is_open}
