"""Handlers for the profiles of an account: who watches, what they prefer, and the PIN that keeps others out."""

from aiohttp import web
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict, replace

from videoflix.accounts import profiles as rules
from videoflix.accounts.handlers.me import verified_user
from videoflix.accounts.limits import Limit
from videoflix.accounts.models import ADULT, Profile
from videoflix.accounts.queries import profiles
from videoflix.accounts.resources import GUARD, HASHING, LIMITS, SESSION
from videoflix.db.pool import Connection
from videoflix.errors import (
    FirstProfile,
    InvalidFields,
    NotFound,
    PinRequired,
    TooManyProfiles,
    TooManyRequests,
    Unauthenticated,
    WrongPassword,
    WrongPin,
)
from videoflix.http import bodies
from videoflix.http.access import adult, without_profile
from videoflix.http.operations import operation
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE


class ProfileProof(Struct, frozen=True, kw_only=True):
    """What shows that somebody may use a profile: its PIN, or the password of the account."""

    pin: str = ""
    password: str = ""


class ProfileChoice(ProfileProof, frozen=True, kw_only=True):
    id: int


class NewProfile(Struct, frozen=True, kw_only=True):
    name: str
    picture: str = rules.COLOURS[0]
    language: str | None = None
    max_age: int = ADULT
    pin: str | None = None


class Preferences(Struct, frozen=True, kw_only=True):
    """What somebody may change of the own profile, also a child. What is not sent stays."""

    language: str | UnsetType | None = UNSET
    caption_size: str | UnsetType = UNSET
    caption_background: str | UnsetType = UNSET
    plays_on: bool | UnsetType = UNSET


class ProfileUpdate(Preferences, frozen=True, kw_only=True):
    """`pin` is the new PIN; null removes it. `password` is that of the account, which another profile with a PIN
    requires."""

    name: str | UnsetType = UNSET
    picture: str | UnsetType = UNSET
    max_age: int | UnsetType = UNSET
    pin: str | UnsetType | None = UNSET
    password: str = ""


class ShownProfile(Profile, frozen=True, kw_only=True):
    """A profile of the account. `needs_pin`: choosing it requires its PIN, or the password of the account."""

    is_child: bool
    needs_pin: bool
    current: bool


class Profiles(Struct, frozen=True, kw_only=True):
    """The profiles of an account, the pictures that exist, and how many profiles there may be."""

    profiles: list[ShownProfile]
    pictures: tuple[str, ...]
    max: int


class NewId(Struct, frozen=True):
    id: int


@operation("List the profiles of the account", Profiles)
@without_profile
async def listing(request: web.Request) -> web.Response:
    session = request[SESSION]
    found = await of_account(request)
    current = session.profile.id if session.profile else None
    shown = [
        ShownProfile(
            **asdict(each),
            is_child=each.is_child,
            needs_pin=rules.needs_proof(session, each),
            current=each.id == current,
        )
        for each in found
    ]
    return bodies.answer(Profiles(profiles=shown, pictures=rules.PICTURES, max=rules.MAX_PROFILES))


@operation(
    "Choose the profile of this session",
    body=ProfileChoice,
    errors=(NotFound, PinRequired, WrongPin, WrongPassword, TooManyRequests),
)
@without_profile
async def choose(request: web.Request) -> web.Response:
    await choose_profile(request, await bodies.read(request, ProfileChoice))
    return web.Response(status=204)


@operation("Add a profile", NewId, status=201, body=NewProfile, errors=(InvalidFields, TooManyProfiles))
@adult
async def create(request: web.Request) -> web.Response:
    profile_id = await create_profile(request, await bodies.read(request, NewProfile))
    return bodies.answer(NewId(profile_id), status=201)


@operation(
    "Change a profile", body=ProfileUpdate, errors=(InvalidFields, PinRequired, WrongPassword, TooManyRequests)
)
@adult
async def change(request: web.Request) -> web.Response:
    await change_profile(request, path_id(request), await bodies.read(request, ProfileUpdate))
    return web.Response(status=204)


@operation("Change what the own profile prefers", body=Preferences, errors=(InvalidFields,))
async def change_own(request: web.Request) -> web.Response:
    await change_preferences(request, await bodies.read(request, Preferences))
    return web.Response(status=204)


@operation(
    "Delete a profile",
    body=ProfileProof,
    errors=(FirstProfile, PinRequired, WrongPin, WrongPassword, TooManyRequests),
)
@adult
async def remove(request: web.Request) -> web.Response:
    await remove_profile(request, path_id(request), await bodies.read(request, ProfileProof))
    return web.Response(status=204)


async def of_account(request: web.Request) -> list[Profile]:
    """The profiles of the account of the session, the first one first."""
    async with request.app[DATABASE].connection() as connection:
        return await profiles.of_account(connection, request[SESSION].user_id)


async def choose_profile(request: web.Request, choice: ProfileChoice) -> None:
    """Raises NotFound, PinRequired, WrongPin, WrongPassword or TooManyRequests."""
    session = request[SESSION]
    profile = _find(await of_account(request), choice.id)
    if rules.needs_proof(session, profile):
        await _check_proof(request, profile, choice)
    async with request.app[DATABASE].connection() as connection:
        if not await profiles.choose(connection, session.id, profile.id):
            raise Unauthenticated
    request.app[GUARD].forget(session.id)


async def create_profile(request: web.Request, new: NewProfile) -> int:
    """The id of the new profile. Raises InvalidFields or TooManyProfiles."""
    wanted = Profile(
        id=0,
        name=rules.profile_name(new.name, is_first=False),
        picture=new.picture,
        language=new.language,
        max_age=new.max_age,
        has_pin=bool(new.pin),
    )
    rules.check(wanted, is_first=False)
    pin_hash = await _pin_hash(request, new.pin) if new.pin else None
    async with request.app[DATABASE].transaction() as connection:
        await profiles.lock(connection, request[SESSION].user_id)
        profile_id = await profiles.insert(connection, request[SESSION].user_id, wanted, pin_hash, rules.MAX_PROFILES)
    if profile_id is None:
        raise TooManyProfiles
    return profile_id


async def change_profile(request: web.Request, profile_id: int, update: ProfileUpdate) -> None:
    """Raises NotFound, InvalidFields, PinRequired or WrongPassword."""
    session = request[SESSION]
    profile = _find(await of_account(request), profile_id)
    if profile.has_pin and profile.id != session.profile_id:
        await _check_proof(request, profile, ProfileProof(password=update.password))
    pin_hash = await _pin_hash(request, update.pin) if update.pin else None
    async with request.app[DATABASE].transaction() as connection:
        await _change(request, connection, profile_id, update)
        if update.pin is not UNSET:
            await profiles.set_pin(connection, profile_id, pin_hash)


async def change_preferences(request: web.Request, update: Preferences) -> None:
    """Change the profile of the session. Raises NotFound if it was deleted, or InvalidFields."""
    async with request.app[DATABASE].transaction() as connection:
        await _change(request, connection, request[SESSION].profile_id, update)
    request.app[GUARD].forget(request[SESSION].id)


async def remove_profile(request: web.Request, profile_id: int, proof: ProfileProof) -> None:
    """Raises NotFound, FirstProfile, PinRequired, WrongPin or WrongPassword."""
    session = request[SESSION]
    found = await of_account(request)
    profile = _find(found, profile_id)
    if profile.id == found[0].id:
        raise FirstProfile
    if rules.needs_proof(session, profile):
        await _check_proof(request, profile, proof)
    async with request.app[DATABASE].transaction() as connection:
        ended = await profiles.remove(connection, profile_id, but=session.id)
    for each in (session.id, *ended):
        request.app[GUARD].forget(each)


async def _change(request: web.Request, connection: Connection, profile_id: int, update: Preferences) -> None:
    """In a transaction. Raises NotFound or InvalidFields."""
    values = {name: value for name, value in asdict(update).items() if name in Profile.__struct_fields__}
    chosen = {name: value for name, value in values.items() if value is not UNSET}
    found = await profiles.lock(connection, request[SESSION].user_id)
    is_first = profile_id == found[0].id
    name = rules.profile_name(chosen["name"], is_first=is_first) if "name" in chosen else None
    profile = replace(_find(found, profile_id), **chosen)
    rules.check(profile, is_first=is_first)
    await profiles.change(connection, profile, name)


async def _check_proof(request: web.Request, profile: Profile, proof: ProfileProof) -> None:
    """Raises PinRequired, WrongPin, WrongPassword or TooManyRequests."""
    if proof.password:
        await verified_user(request, proof.password)
        return
    if not (proof.pin and profile.has_pin):
        raise PinRequired
    async with request.app[LIMITS].count_failures(
        WrongPin, Limit("wrong_pins", rules.WRONG_PINS, (str(profile.id),))
    ):
        async with request.app[DATABASE].connection() as connection:
            pin_hash = await profiles.pin_hash(connection, profile.id)
        if pin_hash is None or not await request.app[HASHING].verify(pin_hash, proof.pin):
            raise WrongPin


async def _pin_hash(request: web.Request, pin: str) -> str:
    """Raises InvalidFields."""
    rules.check_pin(pin)
    return await request.app[HASHING].hash(pin)


def _find(found: list[Profile], profile_id: int) -> Profile:
    """Raises NotFound."""
    for profile in found:
        if profile.id == profile_id:
            return profile
    raise NotFound
