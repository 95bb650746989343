"""Who is watching: choosing a profile, and the forms that add, edit and delete one."""

from typing import Any

from aiohttp import web
from msgspec import UNSET, Struct

from videoflix.accounts import profiles as rules
from videoflix.accounts.handlers import profiles as api
from videoflix.accounts.models import ADULT, Profile
from videoflix.accounts.resources import SESSION
from videoflix.errors import InvalidInput, NotFound, PinRequired, TooManyRequests, VideoflixError
from videoflix.http import bodies
from videoflix.http.access import adult, form, without_profile
from videoflix.http.paths import path_id
from videoflix.pages.handlers.forms import local_address, rejected
from videoflix.pages.handlers.rendering import page, see_other
from videoflix.translations import gettext

ACCOUNT = "/account/?done=profiles#profiles"
REJECTED = (InvalidInput, PinRequired, TooManyRequests)


class ChoiceForm(Struct, frozen=True):
    id: str
    pin: str = ""
    password: str = ""


class ProfileForm(Struct, frozen=True):
    name: str = ""
    picture: str = rules.COLOURS[0]
    max_age: str = str(ADULT)
    language: str = ""
    pin: str = ""
    remove_pin: str = ""
    password: str = ""


class Offered(Struct, frozen=True):
    """A profile to choose from."""

    profile: Profile
    needs_proof: bool
    is_current: bool


@without_profile
async def show(request: web.Request) -> web.Response:
    return page(request, "profiles.html", **await _choices(request), error=None, fields={}, asked=None)


@form
@without_profile
async def choose(request: web.Request) -> web.Response:
    """Choose a profile, or ask for its PIN."""
    chosen = await bodies.read(request, ChoiceForm)
    choice = api.ProfileChoice(id=_number(chosen.id), pin=chosen.pin, password=chosen.password)
    try:
        await api.choose_profile(request, choice)
    except REJECTED as error:
        asked = next(each for each in await api.of_account(request) if each.id == choice.id)
        context = {**await _choices(request), "asked": asked}
        if isinstance(error, PinRequired):
            return page(request, "profiles.html", **context, error=None, fields={})
        return rejected(request, "profiles.html", error, **context)
    return see_other(local_address(request.query.get("next", "/")))


@adult
async def show_new(request: web.Request) -> web.Response:
    return _edit(request, Profile(id=0, name="", picture=_unused(await api.of_account(request)), max_age=ADULT))


@form
@adult
async def create(request: web.Request) -> web.Response:
    typed = await bodies.read(request, ProfileForm)
    new = api.NewProfile(
        name=typed.name,
        picture=typed.picture,
        language=typed.language or None,
        max_age=_number(typed.max_age),
        pin=typed.pin or None,
    )
    try:
        await api.create_profile(request, new)
    except REJECTED as error:
        return _rejected(request, _typed(typed), error)
    return see_other(ACCOUNT)


@adult
async def show_edit(request: web.Request) -> web.Response:
    profile, is_first = await _profile(request)
    return _edit(request, profile, is_first=is_first)


@form
@adult
async def change(request: web.Request) -> web.Response:
    profile, is_first = await _profile(request)
    typed = await bodies.read(request, ProfileForm)
    update = api.ProfileUpdate(
        name=typed.name if typed.name != profile.name else UNSET,
        picture=typed.picture,
        max_age=UNSET if is_first else _number(typed.max_age),
        language=typed.language or None,
        pin=typed.pin or (None if typed.remove_pin else UNSET),
        password=typed.password,
    )
    try:
        await api.change_profile(request, profile.id, update)
    except REJECTED as error:
        return _rejected(request, _typed(typed, profile), error, is_first=is_first)
    return see_other(ACCOUNT)


@form
@adult
async def remove(request: web.Request) -> web.Response:
    profile, is_first = await _profile(request)
    try:
        await api.remove_profile(request, profile.id, await bodies.read(request, api.ProfileProof))
    except REJECTED as error:
        return _rejected(request, profile, error, is_first=is_first)
    return see_other(ACCOUNT)


async def _choices(request: web.Request) -> dict[str, Any]:
    session = request[SESSION]
    current = session.profile.id if session.profile else None
    offered = [
        Offered(each, rules.needs_proof(session, each), each.id == current) for each in await api.of_account(request)
    ]
    is_adult = session.profile is not None and not session.profile.is_child
    return {"profiles": offered, "is_adult": is_adult, "path_qs": request.path_qs}


async def _profile(request: web.Request) -> tuple[Profile, bool]:
    """The profile in the path, and whether it is the first one. Raises NotFound."""
    found = await api.of_account(request)
    for profile in found:
        if profile.id == path_id(request):
            return profile, profile is found[0]
    raise NotFound


def _edit(request: web.Request, profile: Profile, *, is_first: bool = False) -> web.Response:
    return page(request, "edit_profile.html", **_context(request, profile), is_first=is_first, error=None, fields={})


def _rejected(
    request: web.Request, profile: Profile, error: VideoflixError, *, is_first: bool = False
) -> web.Response:
    return rejected(request, "edit_profile.html", error, **_context(request, profile), is_first=is_first)


def _context(request: web.Request, profile: Profile) -> dict[str, Any]:
    return {
        "profile": profile,
        "pictures": rules.PICTURES,
        "picture_names": _picture_names(),
        "ages": rules.AGES,
        "needs_password": profile.has_pin and profile.id != request[SESSION].profile_id,
    }


def _picture_names() -> dict[str, str]:
    """What screen readers call the pictures."""
    return {
        "amber": gettext("Amber"),
        "coral": gettext("Coral"),
        "rose": gettext("Rose"),
        "violet": gettext("Violet"),
        "blue": gettext("Blue"),
        "teal": gettext("Teal"),
        "green": gettext("Green"),
        "slate": gettext("Slate"),
        "cat": gettext("Cat"),
        "fox": gettext("Fox"),
        "owl": gettext("Owl"),
        "whale": gettext("Whale"),
        "rocket": gettext("Rocket"),
        "robot": gettext("Robot"),
        "star": gettext("Star"),
        "flower": gettext("Flower"),
    }


def _unused(found: list[Profile]) -> str:
    """A picture that no profile has."""
    used = {each.picture for each in found}
    return next(picture for picture in rules.PICTURES if picture not in used)


def _typed(typed: ProfileForm, profile: Profile | None = None) -> Profile:
    """The profile as it was typed, for the form again."""
    return Profile(
        id=profile.id if profile else 0,
        name=typed.name,
        picture=typed.picture,
        language=typed.language or None,
        max_age=_number(typed.max_age),
        has_pin=profile.has_pin if profile else False,
    )


def _number(text: str) -> int:
    """Raises InvalidInput."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InvalidInput
    return int(text)
