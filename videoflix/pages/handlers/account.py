"""The page of the own account: name, preferences, password, devices, deletion."""

from typing import Any

from aiohttp import web
from msgspec import Struct

from videoflix.accounts.devices import device
from videoflix.accounts.handlers import me, profiles
from videoflix.accounts.models import Login
from videoflix.accounts.profiles import MAX_PROFILES
from videoflix.accounts.queries import sessions
from videoflix.accounts.resources import SESSION
from videoflix.errors import InvalidInput, LastAdmin, TooManyRequests, VideoflixError
from videoflix.http import bodies, cookies, languages
from videoflix.http.access import adult, form
from videoflix.http.resources import DATABASE, SETTINGS
from videoflix.pages import formats
from videoflix.pages.handlers.forms import rejected
from videoflix.pages.handlers.rendering import LOGIN, page, see_other

ACCOUNT, TEMPLATE = "/account/", "account.html"
SECTIONS = ("profile", "profiles", "preferences", "password", "devices")
REJECTED = (InvalidInput, TooManyRequests, LastAdmin)


class ProfileForm(Struct, frozen=True):
    name: str = ""


class PreferencesForm(Struct, frozen=True):
    """`language` is empty for that of the browser. Browsers do not send boxes that are not checked."""

    language: str = ""
    size: str = "medium"
    background: str = "dark"
    autoplay: str = ""


class Device(Struct, frozen=True):
    """A login as the page shows it."""

    id: str
    browser: str | None
    system: str | None
    last_seen: str
    is_current: bool


async def show(request: web.Request) -> web.Response:
    done = request.query.get("done", "")
    return page(request, TEMPLATE, **await _context(request), done=done if done in SECTIONS else "", failed="")


@form
@adult
async def save_profile(request: web.Request) -> web.Response:
    typed = (await bodies.read(request, ProfileForm)).name
    try:
        await me.rename(request, typed)
    except InvalidInput as error:
        return await _rejected(request, "profile", error, name=typed)
    return _done("profile")


@form
async def save_preferences(request: web.Request) -> web.Response:
    chosen = await bodies.read(request, PreferencesForm)
    await profiles.change_preferences(
        request,
        profiles.Preferences(
            language=chosen.language or None,
            caption_size=chosen.size,
            caption_background=chosen.background,
            plays_on=chosen.autoplay == "on",
        ),
    )
    response = _done("preferences")
    languages.remember(request, response, chosen.language)
    return response


@form
@adult
async def change_password(request: web.Request) -> web.Response:
    try:
        await me.change_password(request)
    except REJECTED as error:
        return await _rejected(request, "password", error)
    return _done("password")


@form
@adult
async def end_session(request: web.Request) -> web.Response:
    await me.end_session(request)
    return _done("devices")


@form
@adult
async def end_others(request: web.Request) -> web.Response:
    await me.end_other_sessions(request)
    return _done("devices")


@form
@adult
async def remove(request: web.Request) -> web.Response:
    try:
        await me.remove(request)
    except REJECTED as error:
        return await _rejected(request, "delete", error)
    response = see_other(LOGIN)
    cookies.delete_all(response, request.app[SETTINGS])
    return response


def _done(section: str) -> web.Response:
    return see_other(f"{ACCOUNT}?done={section}#{section}")


async def _rejected(request: web.Request, section: str, error: VideoflixError, **typed: str) -> web.Response:
    context = await _context(request) | typed
    del context["error"], context["fields"]
    return rejected(request, TEMPLATE, error, **context, done="", failed=section)


async def _context(request: web.Request) -> dict[str, Any]:
    own = request[SESSION]
    user = await me.current_user(request)
    async with request.app[DATABASE].connection() as connection:
        logins = await sessions.of_user(connection, own.user_id)
    return {
        "is_adult": own.profile is not None and not own.profile.is_child,
        "profiles": await profiles.of_account(request),
        "max_profiles": MAX_PROFILES,
        "has_statistics": request.app[SETTINGS].watch_statistics,
        "email": user.email,
        "name": user.name,
        "logins": [_device(request, login, is_current=login.id == own.id) for login in logins],
        "error": None,
        "fields": {},
    }


def _device(request: web.Request, login: Login, *, is_current: bool) -> Device:
    last_seen = formats.moment(login.last_seen_at.astimezone(request.app[SETTINGS].time_zone))
    found = device(login.user_agent)
    return Device(str(login.id), found.browser, found.system, last_seen, is_current)
