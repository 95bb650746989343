"""Login and logout."""

from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from msgspec import Struct

from videoflix.accounts import auth
from videoflix.accounts.handlers import login, passkeys
from videoflix.accounts.models import User
from videoflix.accounts.queries import users
from videoflix.accounts.resources import KEYRING
from videoflix.accounts.tokens import InvalidToken, LoginStep, password_mark
from videoflix.db import clock
from videoflix.errors import CodeRequired, LoginExpired, TooManyRequests, Unauthenticated
from videoflix.http import bodies, cookies
from videoflix.http.access import public
from videoflix.http.resources import DATABASE, SETTINGS
from videoflix.pages.handlers.forms import local_address, rejected
from videoflix.pages.handlers.rendering import LOGIN, accepts_pages, page, see_other

CODE, CODE_TEMPLATE = "/login/code/", "login_code.html"
TEST_COOKIE = ("cookies", "accepted")


class LoginForm(Struct, frozen=True):
    email: str = ""
    password: str = ""
    remember: str = ""


class CodeForm(Struct, frozen=True):
    step: str = ""
    code: str = ""


@public
async def show(request: web.Request) -> web.Response:
    """The login, also for guests, or what it leads to for those who are logged in."""
    wanted = local_address(request.query.get("next", "/"))
    try:
        session, _ = await auth.authenticate(request)
        if not session.is_guest:
            return see_other(wanted)
    except Unauthenticated:
        pass
    return _set_test_cookie(request, page(request, "login.html", **_state(request), error=None, fields={}))


@public
async def log_in(request: web.Request) -> web.Response:
    form = await bodies.read(request, LoginForm)
    wanted = local_address(request.query.get("next", "/"))
    if accepts_pages(request) and not request.cookies:
        state = _state(request, form.email, has_cookies=False)
        return page(request, "login.html", status=400, **state, error=None, fields={})
    credentials = login.Credentials(form.email, form.password, form.remember)
    remembered = credentials.is_remembered
    try:
        user = await login.verify_password(request, credentials)
        await login.check_code(request, user, None)
        opened = await login.open_session(request, user, is_remembered=remembered, chooses_profile=True)
    except CodeRequired:
        step = LoginStep(
            user_id=user.id,
            password_mark=password_mark(user.password_hash),
            is_remembered=remembered,
        )
        token = request.app[KEYRING].issue_step(step, clock.now())
        return page(request, CODE_TEMPLATE, **_code_form(request, token), error=None, fields={})
    except (Unauthenticated, TooManyRequests) as error:
        return rejected(request, "login.html", error, **_state(request, form.email))
    return _opened(request, opened, wanted)


@public
async def show_again(request: web.Request) -> web.Response:
    """The second step cannot be loaded again without the first."""
    return see_other(LOGIN)


@public
async def log_in_with_code(request: web.Request) -> web.Response:
    """The second step of a login, which a token connects with the first."""
    form, wanted = await bodies.read(request, CodeForm), local_address(request.query.get("next", "/"))
    try:
        step = request.app[KEYRING].read_step(form.step, clock.now())
        user = await _user_of(request, step)
    except (InvalidToken, LoginExpired):
        return rejected(request, "login.html", LoginExpired(), **_state(request))
    try:
        await login.check_code(request, user, form.code)
        opened = await login.open_session(request, user, is_remembered=step.is_remembered, chooses_profile=True)
    except (Unauthenticated, TooManyRequests) as error:
        return rejected(request, CODE_TEMPLATE, error, **_code_form(request, form.step))
    return _opened(request, opened, wanted)


@public
async def log_out(request: web.Request) -> web.Response:
    """End the session of the cookies, if there is one."""
    _, refresh_tokens = cookies.tokens(request)
    await login.end_sessions(request, refresh_tokens)
    response = see_other(LOGIN)
    cookies.delete_all(response, request.app[SETTINGS])
    return response


def _opened(request: web.Request, opened: login.OpenedSession, wanted: str) -> web.Response:
    response = see_other(wanted)
    login.set_cookies(request, response, opened)
    return response


async def _user_of(request: web.Request, step: LoginStep) -> User:
    """Raises LoginExpired if the password has been changed since the first step."""
    async with request.app[DATABASE].connection() as connection:
        user = await users.find(connection, step.user_id)
    if user is None or password_mark(user.password_hash) != step.password_mark:
        raise LoginExpired
    return user


def _code_form(request: web.Request, token: str) -> dict[str, Any]:
    return {"action": _action(request, CODE), "step": token}


def _action(request: web.Request, path: str) -> str:
    """The address of a form that leads to what was wanted."""
    return f"{path}?{urlencode({'next': local_address(request.query.get('next', '/'))})}"


def _set_test_cookie(request: web.Request, response: web.Response) -> web.Response:
    """With a cookie like those of a session: a browser that does not return it could not stay logged in."""
    settings = request.app[SETTINGS]
    response.set_cookie(
        *TEST_COOKIE, path=LOGIN, secure=settings.cookie_secure, httponly=True, samesite=settings.cookie_samesite
    )
    return response


def _state(request: web.Request, email: str = "", *, has_cookies: bool = True) -> dict[str, Any]:
    """What was typed and wanted, what the browser can do, and whether anybody may register."""
    return {
        "action": _action(request, LOGIN),
        "wanted": local_address(request.query.get("next", "/")),
        "email": email,
        "has_cookies": has_cookies,
        "has_passkeys": passkeys.site(request) is not None,
        "is_open": request.app[SETTINGS].registration == "open",
    }
