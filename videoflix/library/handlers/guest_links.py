"""Guest links in the admin pages: to a film or a series, for people without an account."""

from datetime import datetime, timedelta
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct, structs

from videoflix.accounts.audit_actions import AuditAction
from videoflix.accounts.models import GuestLink, GuestTarget, InvitationState
from videoflix.accounts.queries import audit, guest_links
from videoflix.accounts.resources import HASHING, SESSION
from videoflix.accounts.tokens import mail_token_hash, new_mail_token
from videoflix.db import clock
from videoflix.db.pool import Connection
from videoflix.errors import InvalidFields, NotFound
from videoflix.http import bodies, paging
from videoflix.http.access import admin
from videoflix.http.operations import choice, operation
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE, SETTINGS
from videoflix.ids import Id
from videoflix.library.metadata import unescape_html

PAGE = "/guest/"
USUAL_LIFETIME, LONGEST_LIFETIME = timedelta(days=7), timedelta(days=366)
MAX_USES, MAX_NOTE, MAX_PASSWORD = 1000, 200, 128


class NewGuestLink(Struct, frozen=True):
    """To a video or a series, for so many uses: each opens a session on one device."""

    video_id: Id | None = None
    series_id: Id | None = None
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None
    max_uses: int = 1
    password: str = ""
    note: str = ""


class CreatedGuestLink(GuestLink, frozen=True, kw_only=True):
    """A guest link with its address, which is shown this once."""

    link: str


@operation(
    "List guest links",
    paging.PageOf[GuestLink],
    errors=(InvalidFields,),
    parameters=(
        *paging.PARAMETERS,
        choice("state", tuple(InvitationState), "Only links in this state."),
        paging.search_parameter("Only links whose titles or notes contain this."),
    ),
)
@admin
async def listing(request: web.Request) -> web.Response:
    page, state = paging.page(request), paging.choice(request, "state", tuple(InvitationState))
    async with request.app[DATABASE].connection() as connection:
        found, total = await guest_links.page(connection, state, paging.searched(request), page.size, page.skip)
    return paging.answer([_told(one) for one in found], total, page)


@operation("Create a guest link", CreatedGuestLink, status=201, body=NewGuestLink, errors=(InvalidFields,))
@admin
async def create(request: web.Request) -> web.Response:
    """Create a link, which is shown this once."""
    new = await bodies.read(request, NewGuestLink)
    expires_at = _checked(new, clock.now())
    target, token, by = GuestTarget(new.video_id, new.series_id), new_mail_token(), request[SESSION].user_id
    password_hash = await request.app[HASHING].hash(new.password) if new.password else None
    async with request.app[DATABASE].transaction() as connection:
        if await guest_links.title(connection, target) is None:
            raise InvalidFields({"video_id" if new.video_id else "series_id": "This does not exist."})
        link = await guest_links.insert(
            connection,
            mail_token_hash(token),
            target,
            new.note.strip(),
            password_hash,
            new.max_uses,
            by,
            expires_at,
        )
        await _record(request, connection, "guest_link.create", link, uses=link.max_uses, expires_at=link.expires_at)
    address = f"{request.app[SETTINGS].public_url}{PAGE}{token}/"
    return bodies.answer(CreatedGuestLink(**structs.asdict(_told(link)), link=address), status=201)


@operation("Revoke a guest link")
@admin
async def revoke(request: web.Request) -> web.Response:
    """Revoke a link. Whoever watches with it is stopped."""
    async with request.app[DATABASE].transaction() as connection:
        link = await guest_links.find_by_id(connection, path_id(request))
        if link is None:
            raise NotFound
        await guest_links.revoke(connection, link.id)
        await _record(request, connection, "guest_link.revoke", link)
    return web.Response(status=204)


def _checked(new: NewGuestLink, now: datetime) -> datetime:
    """When the link expires. Raises InvalidFields."""
    expires_at = new.expires_at or now + USUAL_LIFETIME
    problems = {
        "video_id": (new.video_id is None) == (new.series_id is None) and "Please choose a video or a series.",
        "expires_at": not now < expires_at <= now + LONGEST_LIFETIME and "Please choose a time within a year.",
        "max_uses": not 1 <= new.max_uses <= MAX_USES and f"Please enter a number from 1 to {MAX_USES}.",
        "password": len(new.password) > MAX_PASSWORD and f"Please enter at most {MAX_PASSWORD} characters.",
        "note": len(new.note) > MAX_NOTE and f"Please enter at most {MAX_NOTE} characters.",
    }
    if fields := {name: problem for name, problem in problems.items() if problem}:
        raise InvalidFields(fields)
    return expires_at


def _told(link: GuestLink) -> GuestLink:
    return structs.replace(link, title=unescape_html(link.title))


async def _record(
    request: web.Request, connection: Connection, action: AuditAction, link: GuestLink, **detail: object
) -> None:
    by, label = request[SESSION].user_id, unescape_html(link.title)
    await audit.record(connection, by, action, f"guest_link:{link.id}", label, **detail)
