"""The values of accounts: users, sessions, mails and audit entries."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct


class User(Struct, frozen=True, kw_only=True):
    id: int
    email: str
    password_hash: str
    is_active: bool
    is_staff: bool
    created_at: datetime


class AccountState(StrEnum):
    """`waiting`: its owner has not followed the link in the mail yet."""

    ACTIVE = "active"
    WAITING = "waiting"
    DISABLED = "disabled"


class Account(Struct, frozen=True, kw_only=True):
    """An account as administrators see it; `sessions` are the logins that have not ended."""

    id: int
    email: str
    is_staff: bool
    state: AccountState
    created_at: datetime
    last_seen_at: datetime | None
    sessions: int


class Session(Struct, frozen=True, kw_only=True):
    """A login that has not ended, with what the guard needs to know of its user."""

    id: UUID
    user_id: int
    is_staff: bool
    expires_at: datetime


class Login(Struct, frozen=True, kw_only=True):
    """A session as its owner sees it."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    user_agent: str
    address: str


class MailKind(StrEnum):
    """What a mail is for. Rows are of the first two kinds alone.

    For an account without a password a mail becomes an invitation (somebody in charge made the account), or a
    recovery (it was registered, never activated, and a reset was asked for).
    """

    ACTIVATION = "activation"
    RESET = "reset"
    INVITATION = "invitation"
    RECOVERY = "recovery"


class Mail(Struct, frozen=True, kw_only=True):
    """A mail that a worker tries to send; one to nobody only hides that there is no such account."""

    id: int
    kind: MailKind
    user_id: int | None
    attempts: int


class AuditEntry(Struct, frozen=True, kw_only=True):
    """Something that an admin or a command has done; `label` is what its target was called then."""

    at: datetime
    who: str
    action: str
    target: str | None
    label: str
    detail: dict[str, Any]
