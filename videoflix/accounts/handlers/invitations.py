"""Handlers for invitations: administrators create, list and revoke them; whoever has a link can check it."""

from typing import Annotated
from urllib.parse import urlencode

from aiohttp import web
from msgspec import Meta, Struct, structs

from videoflix.accounts import invitations as rules
from videoflix.accounts.audit_actions import AuditAction
from videoflix.accounts.emails import normal_email
from videoflix.accounts.models import Invitation, InvitationState
from videoflix.accounts.queries import audit, groups, invitations
from videoflix.accounts.resources import SESSION
from videoflix.accounts.tokens import mail_token_hash, new_mail_token
from videoflix.db.pool import Connection
from videoflix.errors import InvalidFields, InvalidInput, InvalidInvitation, NotFound, RegistrationClosed
from videoflix.http import bodies, paging
from videoflix.http.access import admin, public
from videoflix.http.operations import choice, operation
from videoflix.http.paging import PageOf
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE, SETTINGS
from videoflix.ids import Id

PAGE = "/register/"
MAX_GROUPS = 1000


class InvitationCreate(Struct, frozen=True):
    """For one e-mail address, or for so many people, who become members of groups."""

    email: str | None = None
    people: int = 1
    group_ids: Annotated[list[Id], Meta(max_length=MAX_GROUPS)] = []


class NewInvitation(Invitation, frozen=True, kw_only=True):
    """An invitation with its link, which is shown this once."""

    link: str


class InvitationPage(PageOf[Invitation], frozen=True):
    """Invitations, with the settings that decide what they are good for."""

    registration: str
    email_backend: str


class InvitedAddress(Struct, frozen=True):
    """The address that a valid invitation is for; null for any."""

    email: str | None


@operation(
    "Create an invitation",
    NewInvitation,
    status=201,
    body=InvitationCreate,
    errors=(InvalidFields, RegistrationClosed),
)
@admin
async def create(request: web.Request) -> web.Response:
    """Create an invitation. Its link is shown this once."""
    if request.app[SETTINGS].registration == "closed":
        raise RegistrationClosed("Registration is closed. Invitations work with REGISTRATION=invite or open.")
    body = await bodies.read(request, InvitationCreate)
    email, people = _checked(body)
    token, by = new_mail_token(), request[SESSION].user_id
    async with request.app[DATABASE].transaction() as connection:
        names = await groups.keep(connection, body.group_ids)
        if unknown := sorted(set(body.group_ids) - names.keys()):
            raise InvalidFields({"group_ids": f"There is no such group: {', '.join(map(str, unknown))}."})
        invitation = await invitations.insert(
            connection, mail_token_hash(token), email, people, by, rules.LIFETIME, list(names)
        )
        detail = {"people": people} | ({"groups": invitation.groups} if names else {})
        await _record(request, connection, "invitation.create", invitation.id, email, **detail)
    link = f"{request.app[SETTINGS].public_url}{PAGE}?{urlencode({'invitation': token})}"
    return bodies.answer(NewInvitation(**structs.asdict(invitation), link=link), status=201)


@operation(
    "List invitations",
    InvitationPage,
    errors=(InvalidFields,),
    parameters=(*paging.PARAMETERS, choice("state", tuple(InvitationState), "Only invitations in this state.")),
)
@admin
async def listing(request: web.Request) -> web.Response:
    """The invitations, with the settings that decide what they are good for."""
    page, state = paging.page(request), paging.choice(request, "state", tuple(InvitationState))
    async with request.app[DATABASE].connection() as connection:
        found, total = await invitations.listing(connection, state, page.size, page.skip)
    settings = request.app[SETTINGS]
    return paging.answer(found, total, page, registration=settings.registration, email_backend=settings.email_backend)


@operation("Revoke an invitation")
@admin
async def revoke(request: web.Request) -> web.Response:
    """Revoke an invitation; those who have registered with it keep their accounts."""
    async with request.app[DATABASE].transaction() as connection:
        invitation = await invitations.find(connection, path_id(request))
        if invitation is None:
            raise NotFound
        await invitations.revoke(connection, invitation.id)
        await _record(request, connection, "invitation.revoke", invitation.id, invitation.email)
    return web.Response(status=204)


@operation("Check an invitation", InvitedAddress, errors=(InvalidInvitation, RegistrationClosed))
@public
async def show(request: web.Request) -> web.Response:
    """Whether the invitation of a link is valid, and for which address. Raises InvalidInvitation."""
    rules.check_policy(request.app[SETTINGS].registration, request.match_info["token"])
    async with request.app[DATABASE].transaction() as connection:
        found = await rules.find_valid(connection, request.match_info["token"])
    return bodies.answer(InvitedAddress(found.email))


async def _record(
    request: web.Request,
    connection: Connection,
    action: AuditAction,
    invitation_id: int,
    email: str | None,
    **detail: object,
) -> None:
    by, label = request[SESSION].user_id, email or "anyone"
    await audit.record(connection, by, action, f"invitation:{invitation_id}", label, **detail)


def _checked(body: InvitationCreate) -> tuple[str | None, int]:
    """The address in normal form, and the number of people. Raises InvalidFields."""
    if not 1 <= body.people <= rules.MAX_PEOPLE:
        raise InvalidFields({"people": f"Please enter a number from 1 to {rules.MAX_PEOPLE}."})
    if not body.email:
        return None, body.people
    if body.people != 1:
        raise InvalidFields({"people": "An invitation for one e-mail address is for one person."})
    try:
        return normal_email(body.email), 1
    except InvalidInput as reason:
        raise InvalidFields({"email": reason.detail}) from None
