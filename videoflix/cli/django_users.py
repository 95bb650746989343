"""Decides which accounts of a Django backend come over, and inserts them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct, structs

from videoflix import translations
from videoflix.accounts import django_hashes
from videoflix.accounts.emails import email_key, normal_email
from videoflix.accounts.models import ImportedUser, MailKind
from videoflix.accounts.names import display_name
from videoflix.accounts.queries import audit, mails, users
from videoflix.cli.django_tables import SourceUser
from videoflix.db.pool import Connection, Database
from videoflix.errors import InvalidFields, InvalidInput

NEVER = datetime(1, 1, 1, tzinfo=UTC)


class UserVerdict(Struct, frozen=True, kw_only=True):
    """Whether an account comes over (`account`), is here already, or cannot come. `note` says why it cannot, or what
    is different here."""

    source: SourceUser
    account: ImportedUser | None = None
    is_known: bool = False
    note: str = ""

    @property
    def is_refused(self) -> bool:
        return self.account is None and not self.is_known


class _Addressed(Struct, frozen=True):
    """An account with its address in normal form and the key that addresses are compared by."""

    source: SourceUser
    address: str
    key: str


async def judge(connection: Connection, sources: Sequence[SourceUser]) -> list[UserVerdict]:
    """A verdict for every account. Accounts that are here already are recognised by their addresses."""
    addressed = [_Addressed(one, address, email_key(address)) for one in sources if (address := _address(one))]
    ids = [one.id for one in sources if one.id is not None]
    there = await users.with_key_or_id(connection, [one.key for one in addressed], ids)
    known, taken = {key for _, key in there}, {user_id for user_id, _ in there}
    chosen = _one_per_key(addressed)
    verdicts = {one.source.key: _judge(one, chosen[one.key], known, taken) for one in addressed}
    return [verdicts.get(one.key) or UserVerdict(source=one, note=_why_no_address(one)) for one in sources]


async def insert(database: Database, sources: Sequence[SourceUser]) -> list[UserVerdict]:
    """Insert the accounts that come over, all of them or none, and queue a mail to those without a password."""
    async with database.transaction() as connection:
        verdicts = await judge(connection, sources)
        accounts = [one.account for one in verdicts if one.account]
        ids = await users.insert_imported(connection, accounts)
        inserted = [one for one in accounts if one.email_key in ids]
        for one in inserted:
            if one.is_active and not one.password_hash:
                await mails.insert(connection, MailKind.RESET, ids[one.email_key], translations.DEFAULT)
        entries = [(f"user:{ids[one.email_key]}", one.email, {"is_staff": one.is_staff}) for one in inserted]
        await audit.record_all(connection, None, "user.import", entries)
    return [_unless_registered_meanwhile(one, ids) for one in verdicts]


def _judge(one: _Addressed, chosen: _Addressed, known: Collection[str | None], taken: Collection[int]) -> UserVerdict:
    source = one.source
    if chosen is not one:
        why = _why_better(chosen.source, source)
        return UserVerdict(source=source, note=f"account {chosen.source.key} has the same e-mail address and {why}")
    if one.key in known:
        return UserVerdict(source=source, is_known=True)
    account = ImportedUser(
        id=None if source.id in taken else source.id,
        email=one.address,
        email_key=one.key,
        name=_name(source, one.address),
        password_hash=django_hashes.importable(source.password),
        is_staff=source.is_admin,
        created_at=source.created_at,
        is_active=source.is_active,
    )
    return UserVerdict(source=source, account=account, note=_note(source, account))


def _note(source: SourceUser, account: ImportedUser) -> str:
    """What is different here. Whether an inactive account was locked or never activated is not recorded there, and a
    reset mail would activate it: only an administrator can tell."""
    if not account.is_active:
        return "not active there, so disabled here until an administrator enables it"
    if not account.password_hash:
        return f"{django_hashes.why_not(source.password)}, so it gets a mail to choose one"
    return ""


def _address(source: SourceUser) -> str | None:
    """The e-mail address, or else the user name if it is one."""
    for text in (source.email, source.username):
        try:
            return normal_email(text)
        except InvalidInput:
            continue
    return None


def _why_no_address(source: SourceUser) -> str:
    what = f"“{source.email}” is not an e-mail address" if source.email else "it has no e-mail address"
    remedy = "; bin/create-admin makes an administrator" if source.is_admin else ""
    return f"{what}, and people log in with that{remedy}"


def _one_per_key(addressed: Sequence[_Addressed]) -> dict[str, _Addressed]:
    """Of accounts with the same address the one in use: active, with the latest login, the oldest."""
    chosen: dict[str, _Addressed] = {}
    for one in addressed:
        chosen[one.key] = max(chosen.get(one.key, one), one, key=lambda each: _rank(each.source))
    return chosen


def _rank(source: SourceUser) -> tuple[bool, datetime]:
    return source.is_active, source.last_login or NEVER


def _why_better(better: SourceUser, other: SourceUser) -> str:
    if better.is_active and not other.is_active:
        return "is active"
    return "has logged in later" if _rank(better) > _rank(other) else "is older"


def _name(source: SourceUser, address: str) -> str:
    """The user name, if it says more than the address."""
    if "@" in source.username or source.username.lower() == address.partition("@")[0].lower():
        return ""
    try:
        return display_name(source.username)
    except InvalidFields:
        return ""


def _unless_registered_meanwhile(verdict: UserVerdict, ids: Mapping[str, int]) -> UserVerdict:
    if verdict.account is None or verdict.account.email_key in ids:
        return verdict
    return structs.replace(verdict, account=None, is_known=True, note="")
