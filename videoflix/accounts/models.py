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


class ImportedUser(Struct, frozen=True, kw_only=True):
    """An account of another backend. `id` is None for the next one, `created_at` for now. Without a hash it has no
    password; if it is not active, it is disabled."""

    id: int | None
    email: str
    email_key: str
    name: str
    password_hash: str
    is_staff: bool
    created_at: datetime | None
    is_active: bool


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
    has_second_factor: bool


class Viewer(Struct, frozen=True):
    """What decides which videos somebody may see: the type `viewer` of the database, in its order.

    `max_age` is the highest age rating. A guest sees the one video or the one series of the link. By default, nobody
    sees anything.
    """

    is_admin: bool = False
    max_age: int = -1
    group_ids: tuple[int, ...] = ()
    video_id: int | None = None
    series_id: int | None = None


# The highest age rating: what adults may see.
ADULT = 18


class Profile(Struct, frozen=True, kw_only=True):
    """A person of an account. `name` is that of the account, or its e-mail address, if the profile has none.
    `language` is None for that of the browser. Profiles below the age of adults are for children."""

    id: int
    name: str
    picture: str
    max_age: int
    language: str | None = None
    has_pin: bool = False
    caption_size: str = "medium"
    caption_background: str = "dark"
    plays_on: bool = True

    @property
    def is_child(self) -> bool:
        return self.max_age < ADULT


class Session(Struct, frozen=True, kw_only=True):
    """An active session, with what authorisation and pages need to know about its account and profile.

    Without a profile, the person still has to choose one. Guests have no account: their `user_id` is 0. `is_staff` is
    false for the profile of a child. A session that is remembered lasts as long as it is used.
    """

    id: UUID
    user_id: int
    profile: Profile | None
    guest_link_id: int | None
    is_staff: bool
    viewer: Viewer
    has_second_factor: bool
    expires_at: datetime
    is_remembered: bool

    @property
    def is_guest(self) -> bool:
        return self.guest_link_id is not None

    @property
    def profile_id(self) -> int:
        """For handlers that guests cannot call, and that need a profile."""
        assert self.profile is not None
        return self.profile.id


class SecondFactor(Struct, frozen=True, kw_only=True):
    """The second factor of an account. `recovery_codes` is the number of those that are left."""

    secret: str
    confirmed_at: datetime
    recovery_codes: int


class Group(Struct, frozen=True):
    """A group as administrators see it, with the number of its members."""

    id: int
    name: str
    members: int
    created_at: datetime


class GroupAccount(Struct, frozen=True):
    """An account, and whether it is a member of a group."""

    id: int
    email: str
    name: str
    is_member: bool


class Passkey(Struct, frozen=True, kw_only=True):
    """A passkey as its owner sees it."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


class PasskeyKey(Struct, frozen=True, kw_only=True):
    """What verifies the answers of a passkey."""

    id: int
    user_id: int
    public_key: bytes
    sign_count: int


class WaitingDevice(Struct, frozen=True, kw_only=True):
    """A device that waits for somebody to confirm its code, as they see it."""

    user_code: str
    user_agent: str
    address: str
    created_at: datetime


class Pairing(Struct, frozen=True, kw_only=True):
    """A device that waits, as it sees it itself. `is_early`: it has asked before its interval was over."""

    user_code: str
    seconds_left: int
    is_early: bool
    is_refused: bool
    is_confirmed: bool


class InvitationState(StrEnum):
    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Invitation(Struct, frozen=True, kw_only=True):
    """An invitation as administrators see it: for one address, or for so many people. Some may have registered. They
    become members of the `groups`, given by their names."""

    id: int
    email: str | None
    people: int
    registered: int
    state: InvitationState
    created_at: datetime
    expires_at: datetime
    groups: tuple[str, ...]


class InvitationLink(Struct, frozen=True, kw_only=True):
    """The invitation of a link, with what decides whether it is valid."""

    id: int
    email: str | None
    email_key: str | None
    is_revoked: bool
    is_used: bool
    is_expired: bool
    group_ids: tuple[int, ...]


class GuestTarget(Struct, frozen=True):
    """What a guest link leads to: a video or a series."""

    video_id: int | None = None
    series_id: int | None = None

    @property
    def address(self) -> str:
        """Of its page."""
        return f"/film/{self.video_id}/" if self.video_id else f"/series/{self.series_id}/"


class GuestLink(Struct, frozen=True, kw_only=True):
    """A guest link as administrators see it. The title is HTML-escaped."""

    id: int
    video_id: int | None
    series_id: int | None
    title: str
    note: str
    has_password: bool
    max_uses: int
    uses: int
    state: InvitationState
    created_at: datetime
    expires_at: datetime


class OpenGuestLink(Struct, frozen=True, kw_only=True):
    """A guest link that somebody has opened. It is over if it was revoked or has expired."""

    id: int
    target: GuestTarget
    title: str
    password_hash: str | None
    is_used: bool
    is_over: bool

    @property
    def viewer(self) -> Viewer:
        """Who has used the link."""
        return Viewer(max_age=ADULT, video_id=self.target.video_id, series_id=self.target.series_id)


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
    """An action of an administrator or a command. `who` is the e-mail address at that time, `name` the name that the
    account has now, and `label` the name that the target had then."""

    at: datetime
    who: str
    name: str | None
    action: str
    target: str | None
    label: str
    detail: dict[str, Any]
