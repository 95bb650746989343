"""Handlers for administrators: list, create, change and delete accounts, send mails, end sessions."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from aiohttp import web
from msgspec import Struct

from videoflix.accounts import mail as mailer
from videoflix.accounts.audit_actions import AuditAction
from videoflix.accounts.mail_queue import enqueue_mail
from videoflix.accounts.models import Account, AccountState, Login, MailKind
from videoflix.accounts.passwords import NO_PASSWORD
from videoflix.accounts.queries import audit, mails, second_factors, sessions, users
from videoflix.accounts.resources import GUARD, HASHING, SESSION
from videoflix.accounts.tokens import encode_uid, mail_token_hash, new_mail_token
from videoflix.accounts.validation import check_new_password, check_new_user
from videoflix.db import clock
from videoflix.db.pool import Connection
from videoflix.errors import AccountDisabled, AccountExists, AlreadyActive, InvalidFields, LastAdmin, NotFound
from videoflix.http import bodies, paging
from videoflix.http.access import admin
from videoflix.http.languages import language
from videoflix.http.operations import Detail, choice, operation
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE, QUEUES, SETTINGS

ROLES = ("admin", "user")
COLUMNS = ("email", "state", "created_at", "last_seen_at", "sessions")
SORTS = (*COLUMNS, *(f"-{column}" for column in COLUMNS))


class UserCreate(Struct, frozen=True):
    """Without a password, the user gets a mail to choose one, unless that is not wanted."""

    email: str
    is_staff: bool = False
    password: str | None = None
    send_mail: bool = True


class PasswordSet(Struct, frozen=True):
    new_password: str


class UserUpdate(Struct, frozen=True):
    """None leaves a value unchanged."""

    is_active: bool | None = None
    is_staff: bool | None = None


class AccountPage(paging.PageOf[Account], frozen=True):
    """Accounts, and how mails are sent."""

    email_backend: str


class PasswordLink(Struct, frozen=True):
    link: str
    expires_at: datetime


@operation(
    "List accounts",
    AccountPage,
    errors=(InvalidFields,),
    parameters=(
        *paging.PARAMETERS,
        paging.search_parameter("Only accounts whose addresses or names contain this."),
        choice("state", tuple(AccountState), "Only accounts in this state."),
        choice("role", ROLES, "Only accounts with this role."),
        choice("sort", SORTS, "The order, with `-` backwards."),
    ),
)
@admin
async def listing(request: web.Request) -> web.Response:
    page, role = paging.page(request), paging.choice(request, "role", ROLES)
    async with request.app[DATABASE].connection() as connection:
        found, total = await users.accounts(
            connection,
            text=paging.searched(request),
            state=paging.choice(request, "state", tuple(AccountState)),
            is_staff=None if role is None else role == "admin",
            order=paging.choice(request, "sort", SORTS) or "-created_at",
            count=page.size,
            skip=page.skip,
        )
    return paging.answer(found, total, page, email_backend=request.app[SETTINGS].email_backend)


@operation("Create an account", Account, status=201, body=UserCreate, errors=(InvalidFields,))
@admin
async def create(request: web.Request) -> web.Response:
    """Create an active account."""
    body = await bodies.read(request, UserCreate)
    email, invited = check_new_user(body.email, body.password), body.password is None and body.send_mail
    password_hash = NO_PASSWORD if body.password is None else await request.app[HASHING].hash(body.password)
    try:
        async with request.app[DATABASE].transaction() as connection:
            user = await users.insert_active(connection, email, password_hash, is_staff=body.is_staff)
            mail_id = await mails.insert(connection, MailKind.RESET, user.id, language(request)) if invited else None
            account = await _lock_account(request, connection, user.id)
            await _record(request, connection, "user.create", account, is_staff=body.is_staff, invited=invited)
    except AccountExists as taken:
        raise InvalidFields({"email": taken.detail}) from None
    if mail_id is not None:
        await enqueue_mail(request.app[QUEUES], mail_id)
    return bodies.answer(account, status=201)


@operation("Change an account", Account, body=UserUpdate, errors=(LastAdmin,))
@admin
async def change(request: web.Request) -> web.Response:
    """Enable or disable an account, which ends its sessions, and grant or revoke the role of an administrator."""
    body, user_id = await bodies.read(request, UserUpdate), path_id(request)
    async with request.app[DATABASE].transaction() as connection:
        before = await _lock_account(request, connection, user_id)
        logins = await sessions.of_user(connection, user_id)
        if body.is_active is False:
            await sessions.revoke_all(connection, user_id)
        after = await users.change(connection, user_id, body.is_active, body.is_staff)
        for action in _audit_actions(before, after):
            await _record(request, connection, action, after)
    _forget(request, logins)
    return bodies.answer(after)


@operation("Delete an account", errors=(LastAdmin,))
@admin
async def remove(request: web.Request) -> web.Response:
    """Delete an account and everything that belongs to it."""
    async with request.app[DATABASE].transaction() as connection:
        account = await _lock_account(request, connection, path_id(request))
        logins = await sessions.of_user(connection, account.id)
        await _record(request, connection, "user.delete", account)  # before: administrators may delete themselves
        await users.remove(connection, account.id)
    _forget(request, logins)
    return web.Response(status=204)


@operation("End all sessions of an account", Detail)
@admin
async def end_sessions(request: web.Request) -> web.Response:
    async with request.app[DATABASE].transaction() as connection:
        account = await _lock_account(request, connection, path_id(request))
        logins = await sessions.of_user(connection, account.id)
        await sessions.revoke_all(connection, account.id)
        await _record(request, connection, "user.end_sessions", account, sessions=len(logins))
    _forget(request, logins)
    return bodies.answer(Detail(f"All sessions of {account.email} have ended."))


@operation("Remove the second factor of an account")
@admin
async def remove_second_factor(request: web.Request) -> web.Response:
    """For those who have lost their authenticator app and their recovery codes. Raises NotFound if there is none."""
    async with request.app[DATABASE].transaction() as connection:
        account = await _lock_account(request, connection, path_id(request))
        if not await second_factors.remove(connection, account.id):
            raise NotFound
        await _record(request, connection, "user.remove_second_factor", account)
    return web.Response(status=204)


@operation("Make a link to choose a password", PasswordLink, status=201, errors=(AccountDisabled,))
@admin
async def make_link(request: web.Request) -> web.Response:
    """Create a link to choose a password, for the administrator to pass on. It is shown this once, and valid as long
    as that of a mail for a new account. It also activates the account. Earlier links end. Raises AccountDisabled."""
    settings, token = request.app[SETTINGS], new_mail_token()
    lifetime = mailer.lifetime(settings, MailKind.INVITATION)
    async with request.app[DATABASE].transaction() as connection:
        account = await _lock_account(request, connection, path_id(request))
        if account.state is AccountState.DISABLED:
            raise AccountDisabled
        await mails.void_resets(connection, account.id)
        await mails.insert_token(connection, mail_token_hash(token), account.id, MailKind.RESET, lifetime)
        await _record(request, connection, "user.make_link", account)
    link = mailer.link(settings, MailKind.RESET, encode_uid(account.id), token)
    return bodies.answer(PasswordLink(link, clock.now() + timedelta(seconds=lifetime)), status=201)


@operation("Set the password of an account", body=PasswordSet, errors=(InvalidFields,))
@admin
async def set_password(request: web.Request) -> web.Response:
    """Set the password of an account, which activates it and ends its sessions, but not the one that asks."""
    body, user_id = await bodies.read(request, PasswordSet), path_id(request)
    async with request.app[DATABASE].connection() as connection:
        account = await users.account(connection, user_id)
    if account is None:
        raise NotFound
    check_new_password(body.new_password, account.email)
    password_hash = await request.app[HASHING].hash(body.new_password)
    async with request.app[DATABASE].transaction() as connection:
        account = await _lock_account(request, connection, user_id)
        logins = await sessions.of_user(connection, user_id)
        await users.set_password(connection, user_id, password_hash)
        await mails.void_resets(connection, user_id)
        await sessions.revoke_all(connection, user_id, but=request[SESSION].id)
        await _record(request, connection, "user.set_password", account)
    _forget(request, logins)
    return web.Response(status=204)


@operation("Send an activation mail", Detail, errors=(AccountDisabled, AlreadyActive))
@admin
async def send_activation(request: web.Request) -> web.Response:
    return await _send(request, MailKind.ACTIVATION)


@operation("Send a reset mail", Detail, errors=(AccountDisabled,))
@admin
async def send_reset(request: web.Request) -> web.Response:
    """Send a reset mail. Its link also activates an account that was never activated."""
    return await _send(request, MailKind.RESET)


async def _send(request: web.Request, kind: MailKind) -> web.Response:
    """Raises AccountDisabled or AlreadyActive."""
    async with request.app[DATABASE].transaction() as connection:
        account = await _lock_account(request, connection, path_id(request))
        if account.state is AccountState.DISABLED:
            raise AccountDisabled
        if account.state is AccountState.ACTIVE and kind is MailKind.ACTIVATION:
            raise AlreadyActive
        if kind is MailKind.RESET:
            mail_id = await mails.insert_reset(connection, account.email, language(request))
        else:
            mail_id = await mails.insert(connection, kind, account.id, language(request))
        action: AuditAction = "user.send_reset" if kind is MailKind.RESET else "user.send_activation"
        await _record(request, connection, action, account)
    await enqueue_mail(request.app[QUEUES], mail_id)
    return bodies.answer(Detail(f"The {kind} mail to {account.email} is being sent."))


def _audit_actions(before: Account, after: Account) -> list[AuditAction]:
    """The audit actions that lead from one state of an account to the other."""
    actions: list[AuditAction] = []
    if before.state is not after.state:
        revived: AuditAction = "user.activate" if before.state is AccountState.WAITING else "user.enable"
        actions.append("user.disable" if after.state is AccountState.DISABLED else revived)
    if before.is_staff is not after.is_staff:
        actions.append("user.promote" if after.is_staff else "user.demote")
    return actions


async def _lock_account(request: web.Request, connection: Connection, user_id: int) -> Account:
    """Lock an account to change it. Raises NotFound, or Forbidden if the user is no longer an administrator."""
    account = await users.lock_account(connection, user_id, request[SESSION].user_id)
    if account is None:
        raise NotFound
    return account


async def _record(
    request: web.Request, connection: Connection, action: AuditAction, account: Account, **detail: object
) -> None:
    by = request[SESSION].user_id
    await audit.record(connection, by, action, f"user:{account.id}", account.email, **detail)


def _forget(request: web.Request, logins: Iterable[Login]) -> None:
    """Drop ended sessions from the cache of this process; other processes cache them for five seconds."""
    for login in logins:
        request.app[GUARD].forget(login.id)
