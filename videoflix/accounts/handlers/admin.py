"""Handlers for administrators: list, create, change and delete accounts, send mails, end sessions."""

from collections.abc import Iterable

from aiohttp import web
from msgspec import Struct

from videoflix.accounts.mail_queue import enqueue_mail
from videoflix.accounts.models import Account, AccountState, Login, MailKind
from videoflix.accounts.passwords import NO_PASSWORD
from videoflix.accounts.queries import audit, mails, second_factors, sessions, users
from videoflix.accounts.resources import GUARD, HASHING, SESSION
from videoflix.accounts.validation import check_new_user
from videoflix.db.pool import Connection
from videoflix.errors import AccountDisabled, AccountExists, AlreadyActive, InvalidFields, NotFound
from videoflix.http import bodies, paging
from videoflix.http.access import admin
from videoflix.http.languages import language
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE, QUEUES

ROLES = ("admin", "user")
COLUMNS = ("email", "state", "created_at", "last_seen_at", "sessions")
SORTS = (*COLUMNS, *(f"-{column}" for column in COLUMNS))


class UserCreate(Struct, frozen=True):
    email: str
    is_staff: bool = False
    password: str | None = None


class UserUpdate(Struct, frozen=True):
    """None leaves a value unchanged."""

    is_active: bool | None = None
    is_staff: bool | None = None


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
    return paging.answer(found, total, page)


@admin
async def create(request: web.Request) -> web.Response:
    """Create an active account. Without a password, its user gets a mail to choose one."""
    body = await bodies.read(request, UserCreate)
    email, invited = check_new_user(body.email, body.password), body.password is None
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


@admin
async def end_sessions(request: web.Request) -> web.Response:
    async with request.app[DATABASE].transaction() as connection:
        account = await _lock_account(request, connection, path_id(request))
        logins = await sessions.of_user(connection, account.id)
        await sessions.revoke_all(connection, account.id)
        await _record(request, connection, "user.end_sessions", account, sessions=len(logins))
    _forget(request, logins)
    return bodies.answer({"detail": f"All sessions of {account.email} have ended."})


@admin
async def remove_second_factor(request: web.Request) -> web.Response:
    """For those who have lost their authenticator app and their recovery codes. Raises NotFound if there is none."""
    async with request.app[DATABASE].transaction() as connection:
        account = await _lock_account(request, connection, path_id(request))
        if not await second_factors.remove(connection, account.id):
            raise NotFound
        await _record(request, connection, "user.remove_second_factor", account)
    return web.Response(status=204)


@admin
async def send_activation(request: web.Request) -> web.Response:
    return await _send(request, MailKind.ACTIVATION)


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
        await _record(request, connection, f"user.send_{kind}", account)
    await enqueue_mail(request.app[QUEUES], mail_id)
    return bodies.answer({"detail": f"The {kind} mail to {account.email} is being sent."})


def _audit_actions(before: Account, after: Account) -> list[str]:
    """The audit actions that lead from one state of an account to the other."""
    actions = []
    if before.state is not after.state:
        revived = "user.activate" if before.state is AccountState.WAITING else "user.enable"
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
    request: web.Request, connection: Connection, action: str, account: Account, **detail: object
) -> None:
    by = request[SESSION].user_id
    await audit.record(connection, by, action, f"user:{account.id}", account.email, **detail)


def _forget(request: web.Request, logins: Iterable[Login]) -> None:
    """Drop ended sessions from the cache of this process; other processes cache them for five seconds."""
    for login in logins:
        request.app[GUARD].forget(login.id)
