"""Handlers for registration, activation and password reset."""

from aiohttp import web
from msgspec import UNSET, Struct, UnsetType

from videoflix.accounts import invitations
from videoflix.accounts import mail as mailer
from videoflix.accounts.emails import email_key, normal_email
from videoflix.accounts.limits import Limit
from videoflix.accounts.mail_queue import enqueue_mail
from videoflix.accounts.models import MailKind, User
from videoflix.accounts.queries import groups, mails, sessions, users
from videoflix.accounts.resources import GUARD, HASHING, LIMITS
from videoflix.accounts.tokens import decode_uid, encode_uid, mail_token_hash, new_mail_token
from videoflix.accounts.validation import check_new_password, check_registration
from videoflix.db.pool import Connection
from videoflix.errors import (
    AccountExists,
    InvalidFields,
    InvalidInput,
    InvalidInvitation,
    InvalidResetLink,
    InvitationRequired,
    RegistrationClosed,
    TooManyRequests,
)
from videoflix.http import bodies
from videoflix.http.access import public
from videoflix.http.forwarded import address as address_of
from videoflix.http.forwarded import network
from videoflix.http.languages import language
from videoflix.http.operations import Detail, operation
from videoflix.http.resources import DATABASE, QUEUES, SETTINGS


class Registration(Struct, frozen=True):
    email: str
    password: str
    confirmed_password: str
    invitation: str | None = None


class Address(Struct, frozen=True):
    email: str


class NewPassword(Struct, frozen=True):
    new_password: str
    confirm_password: str


class RegisteredUser(Struct, frozen=True):
    id: int
    email: str


class Registered(Struct, frozen=True):
    """With DEBUG the answer also has the token and the link of the activation."""

    detail: str
    user: RegisteredUser
    token: str | UnsetType = UNSET
    activation_link: str | UnsetType = UNSET


class Activation(Struct, frozen=True):
    """What happened, as `message` instead of `detail`."""

    message: str


@operation(
    "Register",
    Registered,
    status=201,
    body=Registration,
    errors=(InvalidFields, InvalidInvitation, InvitationRequired, RegistrationClosed, TooManyRequests),
)
@public
async def register(request: web.Request) -> web.Response:
    body = await bodies.read(request, Registration)
    user, debug = await create_account(request, body)
    detail = "Registration successful. " + ("You can log in now." if user.is_active else "Please check your email.")
    return bodies.answer(Registered(detail, RegisteredUser(user.id, user.email), **debug), status=201)


@operation("Activate an account", Activation, more_answers={400: Activation})
@public
async def activate(request: web.Request) -> web.Response:
    """Activate the account of a link. Clients read `message` here instead of `detail`."""
    if not await use_activation(request, request.match_info["uidb64"], request.match_info["token"]):
        return bodies.answer(Activation("Activation failed."), status=400)
    return bodies.answer(Activation("Account successfully activated."))


@operation("Ask for a link that resets the password", Detail, body=Address, errors=(InvalidInput, TooManyRequests))
@public
async def request_reset(request: web.Request) -> web.Response:
    await queue_reset(request, (await bodies.read(request, Address)).email)
    return bodies.answer(Detail("An email has been sent to reset your password."))


@operation(
    "Set a new password by the link of a mail", Detail, body=NewPassword, errors=(InvalidResetLink, InvalidFields)
)
@public
async def confirm_reset(request: web.Request) -> web.Response:
    body = await bodies.read(request, NewPassword)
    await use_reset(request, request.match_info["uidb64"], request.match_info["token"], body)
    return bodies.answer(Detail("Your Password has been successfully reset."))


async def create_account(request: web.Request, body: Registration) -> tuple[User, dict[str, str]]:
    """Create an account. With an invitation it is active, as an administrator vouches for it. Otherwise the
    activation mail is queued; with DEBUG the token and link of the activation are returned beside the user.

    Raises InvalidInput, Forbidden or TooManyRequests.
    """
    invitations.check_policy(request.app[SETTINGS].registration, body.invitation)
    email = check_registration(body.email, body.password, body.confirmed_password)
    await _limit_registrations(request)
    password_hash = await request.app[HASHING].hash(body.password)
    try:
        async with request.app[DATABASE].transaction() as connection:
            if body.invitation:
                group_ids = await invitations.use(connection, body.invitation, email)
                user = await users.insert_active(connection, email, password_hash, is_staff=False)
                await groups.join_all(connection, user.id, group_ids)
                return user, {}
            user = await users.insert(connection, email, password_hash)
            mail_id = await mails.insert(connection, MailKind.ACTIVATION, user.id, language(request))
            debug = await _debug_token(request, connection, user) if request.app[SETTINGS].debug else {}
    except AccountExists:
        raise InvalidInput from None
    await enqueue_mail(request.app[QUEUES], mail_id)
    return user, debug


async def use_activation(request: web.Request, uid: str, token: str) -> bool:
    """Activate the account of a link; False if the link is not valid any more."""
    user_id = decode_uid(uid)
    if user_id is None:
        return False
    async with request.app[DATABASE].transaction() as connection:
        activated = await mails.use_activation(connection, mail_token_hash(token), user_id)
        if activated:
            await users.activate(connection, user_id)
    return activated


async def queue_reset(request: web.Request, address: str) -> None:
    """Queue a reset mail. Response and duration are the same for unknown addresses. Raises InvalidInput or
    TooManyRequests."""
    email = normal_email(address)
    await _limit_mails(request, email)
    async with request.app[DATABASE].transaction() as connection:
        mail_id = await mails.insert_reset(connection, email, language(request))
    await enqueue_mail(request.app[QUEUES], mail_id)


async def use_reset(request: web.Request, uid: str, token: str, body: NewPassword) -> None:
    """Set a new password by the link of a mail, and end every session of the user. Raises InvalidInput."""
    user_id = decode_uid(uid)
    if user_id is None:
        raise InvalidResetLink
    token_hash, database = mail_token_hash(token), request.app[DATABASE]
    async with database.connection() as connection:
        email = await mails.find_reset(connection, token_hash, user_id)
    if email is None:
        raise InvalidResetLink
    check_new_password(body.new_password, email, body.confirm_password)
    password_hash = await request.app[HASHING].hash(body.new_password)
    async with database.transaction() as connection:
        if not await mails.use_reset(connection, token_hash, user_id):
            raise InvalidResetLink
        await users.set_password(connection, user_id, password_hash)
        ended = await sessions.revoke_all(connection, user_id)
    for session_id in ended:
        request.app[GUARD].forget(session_id)


async def _limit_registrations(request: web.Request) -> None:
    rate, client = request.app[SETTINGS].limit_registrations_address, network(address_of(request))
    await request.app[LIMITS].take(Limit("registrations", rate, (client,)))


async def _limit_mails(request: web.Request, email: str) -> None:
    settings, client = request.app[SETTINGS], network(address_of(request))
    await request.app[LIMITS].take(
        Limit("mails", settings.limit_mails, (email_key(email),)),
        Limit("mails_address", settings.limit_mails_address, (client,)),
    )


async def _debug_token(request: web.Request, connection: Connection, user: User) -> dict[str, str]:
    """The token and link of the activation, which a response contains with DEBUG."""
    settings, token = request.app[SETTINGS], new_mail_token()
    await mails.insert_token(
        connection, mail_token_hash(token), user.id, MailKind.ACTIVATION, settings.activation_token_lifetime
    )
    address = mailer.link(settings, MailKind.ACTIVATION, encode_uid(user.id), token)
    return {"token": token, "activation_link": address}
