"""Mails and their tokens as rows: what is to be sent, and what its link is worth."""

from datetime import timedelta

from videoflix.accounts.emails import email_key
from videoflix.accounts.models import Mail, MailKind
from videoflix.db.loader import Queries
from videoflix.db.pool import Connection

SQL = Queries("mails")


async def insert(connection: Connection, kind: MailKind, user_id: int) -> int:
    mail_id: int = await connection.fetchval(SQL.insert, kind, user_id)
    return mail_id


async def insert_reset(connection: Connection, email: str) -> int:
    """A reset for whoever has this address; a row of about the same cost for nobody.

    An account that was never activated loses its password and its activation links: a stranger may have
    registered it, and whoever follows the new link may not be the one who chose the password.
    """
    mail_id: int = await connection.fetchval(SQL.insert_reset, email_key(email))
    return mail_id


async def waiting(connection: Connection) -> list[tuple[str, int, int]]:
    """Mails that are due: the job's name, id, and how often each was tried."""
    """What is due: id, and how often it was tried."""
    return [("mail", row["id"], row["attempts"]) for row in await connection.fetch(SQL.waiting)]


async def take(connection: Connection, mail_id: int, lease: timedelta) -> Mail | None:
    """One try at it, undisturbed for as long as `lease`; None if it is not due."""
    row = await connection.fetchrow(SQL.take, mail_id, lease)
    return Mail(**{**row, "kind": MailKind(row["kind"])}) if row else None


async def sent(connection: Connection, mail_id: int) -> None:
    await connection.execute(SQL.sent, mail_id)


async def retry(connection: Connection, mail_id: int, after: timedelta, reason: str) -> None:
    await connection.execute(SQL.retry, mail_id, after, reason)


async def fail(connection: Connection, mail_id: int, reason: str) -> None:
    await connection.execute(SQL.fail, mail_id, reason)


async def remove(connection: Connection, mail_id: int) -> None:
    await connection.execute(SQL.remove, mail_id)


async def insert_token(
    connection: Connection, token_hash: bytes, user_id: int, kind: MailKind, lifetime: int
) -> None:
    """A link for a mail of this kind, good for so many seconds; a reset link voids the older ones."""
    if kind is MailKind.RESET:
        await connection.execute(SQL.void_resets, user_id)
    await connection.execute(SQL.insert_token, token_hash, user_id, kind, timedelta(seconds=lifetime))


async def void_resets(connection: Connection, user_id: int) -> None:
    """The password is known again: no reset link, sent or about to be, is good any more."""
    await connection.execute(SQL.void_resets, user_id)
    await connection.execute(SQL.cancel_resets, user_id)


async def is_outdated(connection: Connection, mail: Mail) -> bool:
    """Whether the reset link of this mail would void that of a newer one."""
    return bool(await connection.fetchval(SQL.is_outdated, mail.user_id, mail.id))


async def use_activation(connection: Connection, token_hash: bytes, user_id: int) -> bool:
    """Whether the link is this user's and good, also a second time."""
    return bool(await connection.fetchval(SQL.use_activation, token_hash, user_id))


async def find_reset(connection: Connection, token_hash: bytes, user_id: int) -> str | None:
    """The e-mail behind a reset link; None if it is not (or no longer) good."""
    email: str | None = await connection.fetchval(SQL.find_reset, token_hash, user_id)
    return email


async def use_reset(connection: Connection, token_hash: bytes, user_id: int) -> bool:
    """Spend a reset link, and any other that is under way; False if it is not good any more."""
    used = await connection.fetchval(SQL.use_reset, token_hash, user_id)
    if used:
        await void_resets(connection, user_id)
    return bool(used)


async def forget(connection: Connection, after: timedelta) -> None:
    """Remove tokens and mails that have been over for as long as `after`."""
    await connection.execute(SQL.remove_old_tokens, after)
    await connection.execute(SQL.remove_old_mails, after)
