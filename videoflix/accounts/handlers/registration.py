"""From registration to activation, and from a forgotten password to a new one."""

import logging

from aiohttp import web
from msgspec import Struct

from videoflix.accounts import mail as mailer
from videoflix.accounts.emails import email_key, normal_email
from videoflix.accounts.limits import Limit
from videoflix.accounts.models import MailKind, User
from videoflix.accounts.passwords import check_rule
from videoflix.accounts.queries import mails, sessions, users
from videoflix.accounts.resources import GUARD, HASHING, LIMITS
from videoflix.accounts.tokens import decode_uid, encode_uid, mail_token_hash, new_mail_token
from videoflix.db.pool import Connection
from videoflix.errors import (
    AccountExists,
    InvalidFields,
    InvalidInput,
    InvalidResetLink,
    QueueUnavailable,
)
from videoflix.http import bodies
from videoflix.http.access import public
from videoflix.http.forwarded import address as address_of
from videoflix.http.forwarded import network
from videoflix.http.resources import DATABASE, QUEUES, SETTINGS

log = logging.getLogger(__name__)

DIFFER = "The two passwords differ."


class Registration(Struct, frozen=True):
    email: str
    password: str
    confirmed_password: str


class Address(Struct, frozen=True):
    email: str


class NewPassword(Struct, frozen=True):
    new_password: str
    confirm_password: str


@public
async def register(request: web.Request) -> web.Response:
    """An account that waits for its owner, and the mail to them, in one transaction."""
    body = await bodies.read(request, Registration)
    email = _check(body)
    settings, address = request.app[SETTINGS], network(address_of(request))
    await request.app[LIMITS].take(Limit("registrations", settings.limit_registrations_address, (address,)))
    password_hash = await request.app[HASHING].hash(body.password)
    try:
        async with request.app[DATABASE].transaction() as connection:
            user = await users.insert(connection, email, password_hash)
            mail_id = await mails.insert(connection, MailKind.ACTIVATION, user.id)
            shown = await _token_to_show(request, connection, user) if settings.debug else {}
    except AccountExists:
        raise InvalidInput from None
    await tell(request, mail_id)
    return bodies.answer(
        {
            "detail": "Registration successful. Please check your email.",
            "user": {"id": user.id, "email": user.email},
            **shown,
        },
        status=201,
    )


@public
async def activate(request: web.Request) -> web.Response:
    """Follow the link of the mail; the contract has `message` here where others have `detail`."""
    user_id, token = decode_uid(request.match_info["uidb64"]), request.match_info["token"]
    activated = False
    if user_id is not None:
        async with request.app[DATABASE].transaction() as connection:
            activated = await mails.use_activation(connection, mail_token_hash(token), user_id)
            if activated:
                await users.activate(connection, user_id)
    if not activated:
        return bodies.answer({"message": "Activation failed."}, status=400)
    return bodies.answer({"message": "Account successfully activated."})


@public
async def ask_reset(request: web.Request) -> web.Response:
    """The same answer, and the same work, whether somebody has this address or not."""
    email = normal_email((await bodies.read(request, Address)).email)
    settings, address = request.app[SETTINGS], network(address_of(request))
    await request.app[LIMITS].take(
        Limit("mails", settings.limit_mails, (email_key(email),)),
        Limit("mails_address", settings.limit_mails_address, (address,)),
    )
    async with request.app[DATABASE].transaction() as connection:
        mail_id = await mails.insert_reset(connection, email)
    await tell(request, mail_id)
    return bodies.answer({"detail": "An email has been sent to reset your password."})


@public
async def confirm_reset(request: web.Request) -> web.Response:
    """A new password for the link of the mail; every session of the account ends."""
    body = await bodies.read(request, NewPassword)
    user_id, token = decode_uid(request.match_info["uidb64"]), request.match_info["token"]
    if user_id is None:
        raise InvalidResetLink
    token_hash, database = mail_token_hash(token), request.app[DATABASE]
    async with database.connection() as connection:
        email = await mails.find_reset(connection, token_hash, user_id)
    if email is None:
        raise InvalidResetLink
    check_new_password(body.new_password, body.confirm_password, email)
    password_hash = await request.app[HASHING].hash(body.new_password)
    async with database.transaction() as connection:
        if not await mails.use_reset(connection, token_hash, user_id):
            raise InvalidResetLink
        await users.set_password(connection, user_id, password_hash)
        ended = await sessions.revoke_all(connection, user_id)
    for session_id in ended:
        request.app[GUARD].forget(session_id)
    return bodies.answer({"detail": "Your Password has been successfully reset."})


def check_new_password(password: str, again: str, email: str) -> None:
    """Raises InvalidFields."""
    if password != again:
        raise InvalidFields({"confirm_password": DIFFER})
    try:
        check_rule(password, email)
    except InvalidInput as reason:
        raise InvalidFields({"new_password": reason.detail}) from None


def _check(body: Registration) -> str:
    """The e-mail in its normal form. Raises InvalidFields, which tells nothing about who has an account."""
    fields = {}
    email = body.email
    try:
        email = normal_email(body.email)
    except InvalidInput as reason:
        fields["email"] = reason.detail
    try:
        check_rule(body.password, email)
    except InvalidInput as reason:
        fields["password"] = reason.detail
    if body.password != body.confirmed_password:
        fields["confirmed_password"] = DIFFER
    if fields:
        raise InvalidFields(fields)
    return email


async def _token_to_show(request: web.Request, connection: Connection, user: User) -> dict[str, str]:
    """For development: the token and the link of a mail that nobody has to wait for."""
    settings, token = request.app[SETTINGS], new_mail_token()
    await mails.insert_token(
        connection, mail_token_hash(token), user.id, MailKind.ACTIVATION, settings.activation_token_lifetime
    )
    address = mailer.link(settings, MailKind.ACTIVATION, encode_uid(user.id), token)
    return {"token": token, "activation_link": address}


async def tell(request: web.Request, mail_id: int) -> None:
    """Without Redis the mail waits for the next sweep that has one."""
    try:
        await request.app[QUEUES].enqueue("mail", mail_id, 0)
    except QueueUnavailable as away:
        log.warning("mail %d waits: %s", mail_id, away.__cause__)
