"""The page of the second factor and of passkeys: set them up, see recovery codes once, remove them."""

from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Struct

from videoflix.accounts.handlers import me, passkeys, second_factor
from videoflix.accounts.models import Passkey
from videoflix.accounts.resources import SESSION
from videoflix.errors import HasSecondFactor, InvalidInput, TooManyRequests, VideoflixError
from videoflix.http import bodies
from videoflix.http.access import adult, form
from videoflix.http.resources import SETTINGS
from videoflix.pages import formats
from videoflix.pages.handlers.forms import rejected
from videoflix.pages.handlers.rendering import SECURITY, page, see_other
from videoflix.pages.qr_codes import qr_code

TEMPLATE = "security.html"
REJECTED = (InvalidInput, TooManyRequests, HasSecondFactor)


class PasswordForm(Struct, frozen=True):
    password: str = ""


class CodeForm(Struct, frozen=True):
    code: str = ""


class ShownPasskey(Struct, frozen=True):
    """A passkey as the page shows it."""

    id: int
    name: str
    last_used: str


class ProofForm(Struct, frozen=True):
    password: str = ""
    code: str = ""


@adult
async def show(request: web.Request) -> web.Response:
    return page(request, TEMPLATE, **await _context(request))


@form
@adult
async def start(request: web.Request) -> web.Response:
    """The secret, as a QR code and to type."""
    try:
        setup = await second_factor.begin(request, (await bodies.read(request, PasswordForm)).password)
    except REJECTED as error:
        return await _rejected(request, "start", error)
    return page(request, TEMPLATE, **await _context(request, setup))


@form
@adult
async def confirm(request: web.Request) -> web.Response:
    """The recovery codes, which are shown this once."""
    try:
        created = await second_factor.switch_on(request, (await bodies.read(request, CodeForm)).code)
    except REJECTED as error:
        user = await me.current_user(request)
        return await _rejected(request, "confirm", error, await second_factor.pending(request, user.email))
    return page(request, "recovery_codes.html", codes=created)


@form
@adult
async def renew_recovery_codes(request: web.Request) -> web.Response:
    try:
        created = await second_factor.new_recovery_codes(request, await _proof(request))
    except REJECTED as error:
        return await _rejected(request, "codes", error)
    return page(request, "recovery_codes.html", codes=created)


@form
@adult
async def switch_off(request: web.Request) -> web.Response:
    try:
        await second_factor.switch_off(request, await _proof(request))
    except REJECTED as error:
        return await _rejected(request, "off", error)
    return see_other(SECURITY)


@form
@adult
async def remove_passkey(request: web.Request) -> web.Response:
    """The last one too: the password stays."""
    await passkeys.remove(request)
    return see_other(f"{SECURITY}#passkeys")


async def _proof(request: web.Request) -> second_factor.Proof:
    typed = await bodies.read(request, ProofForm)
    return second_factor.Proof(typed.password, typed.code)


async def _rejected(
    request: web.Request, section: str, error: VideoflixError, setup: second_factor.Setup | None = None
) -> web.Response:
    context = await _context(request, setup) | {"failed": section}
    del context["error"], context["fields"]
    return rejected(request, TEMPLATE, error, **context)


async def _context(request: web.Request, setup: second_factor.Setup | None = None) -> dict[str, Any]:
    session, found = request[SESSION], await second_factor.find(request)
    zone = request.app[SETTINGS].time_zone
    return {
        "factor": found,
        "since": formats.moment(found.confirmed_at.astimezone(zone)) if found else "",
        "is_required": request.app[SETTINGS].require_second_factor and session.is_staff,
        "setup": setup,
        "has_passkeys": passkeys.site(request) is not None,
        "passkeys": [_shown(each, zone) for each in await passkeys.of_account(request)],
        "code": qr_code(setup.address) if setup else None,
        "error": None,
        "fields": {},
        "failed": "",
    }


def _shown(passkey: Passkey, zone: ZoneInfo) -> ShownPasskey:
    used = passkey.last_used_at
    return ShownPasskey(passkey.id, passkey.name, formats.moment(used.astimezone(zone)) if used else "")
