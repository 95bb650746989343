"""The values of accounts: users, sessions, mails and audit entries."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct


class User(Struct, frozen=True, kw_only=True):
    """`name` is empty if the user has not chosen one."""

    id: int
    email: str
    name: str
    password_hash: str
    is_active: bool
    is_staff: bool
    created_at: datetime


class AccountState(StrEnum):
    """`waiting`: not activated yet."""

    ACTIVE = "active"
    WAITING = "waiting"
    DISABLED = "disabled"


class Account(Struct, frozen=True, kw_only=True):
    """An account as administrators see it. `sessions` is the number of active sessions."""

    id: int
    email: str
    name: str
    is_staff: bool
    state: AccountState
    created_at: datetime
    last_seen_at: datetime | None
    sessions: int


class Session(Struct, frozen=True, kw_only=True):
    """An active session, with what authorisation and pages need to know about its user: `name` is the e-mail address
    for those who have not chosen one. A session that is remembered lasts as long as it is used."""

    id: UUID
    user_id: int
    name: str
    is_staff: bool
    expires_at: datetime
    is_remembered: bool


class InvitationState(StrEnum):
    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Invitation(Struct, frozen=True, kw_only=True):
    """An invitation as administrators see it: for one address, or for so many people. Some may have registered."""

    id: int
    email: str | None
    people: int
    registered: int
    state: InvitationState
    created_at: datetime
    expires_at: datetime


class InvitationLink(Struct, frozen=True, kw_only=True):
    """The invitation of a link, with what decides whether it is valid."""

    id: int
    email: str | None
    email_key: str | None
    is_revoked: bool
    is_used: bool
    is_expired: bool


class Login(Struct, frozen=True, kw_only=True):
    """A session as its owner sees it."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    user_agent: str
    address: str
    is_remembered: bool


class MailKind(StrEnum):
    """The purpose of a mail. Rows have only the first two kinds.

    For an account without a password, a mail is sent as an invitation (an administrator created the account) or as a
    recovery (it was registered but never activated, and a reset was requested).
    """

    ACTIVATION = "activation"
    RESET = "reset"
    INVITATION = "invitation"
    RECOVERY = "recovery"


class Mail(Struct, frozen=True, kw_only=True):
    """A mail to send, in the language of who has caused it. One without a user makes a reset for an unknown address
    cost as much as any other."""

    id: int
    kind: MailKind
    user_id: int | None
    language: str
    attempts: int


class AuditEntry(Struct, frozen=True, kw_only=True):
    """An action of an administrator or a command. `label` is the name that the target had then."""

    at: datetime
    who: str
    action: str
    target: str | None
    label: str
    detail: dict[str, Any]
