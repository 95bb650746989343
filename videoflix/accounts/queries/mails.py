"""Queries of mails to send, and of the tokens in their links."""

from datetime import timedelta

from videoflix.accounts.emails import email_key
from videoflix.accounts.models import Mail, MailKind
from videoflix.db.loader import Queries
from videoflix.db.pool import Connection

SQL = Queries("mails")


async def insert(connection: Connection, kind: MailKind, user_id: int, language: str) -> int:
    mail_id: int = await connection.fetchval(SQL.insert, kind, user_id, language)
    return mail_id


async def insert_reset(connection: Connection, email: str, language: str) -> int:
    """Queue a reset mail; for an unknown address a mail without a user, which costs about the same.

    An account that was never activated loses its password and its activation links: someone else may have registered
    the address, and the owner must not activate an account whose password that person knows.
    """
    mail_id: int = await connection.fetchval(SQL.insert_reset, email_key(email), language)
    return mail_id


async def waiting(connection: Connection) -> list[tuple[str, int, int]]:
    """The mails that are due: the name of the job, the id, and the number of attempts."""
    return [("mail", row["id"], row["attempts"]) for row in await connection.fetch(SQL.waiting)]


async def any_waits(connection: Connection) -> bool:
    """Whether there is a mail to send, now or later."""
    return bool(await connection.fetchval(SQL.any_waits))


async def take(connection: Connection, mail_id: int, lease: timedelta) -> Mail | None:
    """Claim a mail for one attempt, for as long as `lease`; None if it is not due."""
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
    """Store the token of a link, valid for `lifetime` seconds. A reset token invalidates the older ones."""
    if kind is MailKind.RESET:
        await connection.execute(SQL.void_resets, user_id)
    await connection.execute(SQL.insert_token, token_hash, user_id, kind, timedelta(seconds=lifetime))


async def void_resets(connection: Connection, user_id: int) -> None:
    """Invalidate the reset links of a user and cancel reset mails that were not sent yet."""
    await connection.execute(SQL.void_resets, user_id)
    await connection.execute(SQL.cancel_resets, user_id)


async def is_outdated(connection: Connection, mail: Mail) -> bool:
    """Whether there is a newer reset mail, whose link this one would invalidate."""
    return bool(await connection.fetchval(SQL.is_outdated, mail.user_id, mail.id))


async def use_activation(connection: Connection, token_hash: bytes, user_id: int) -> bool:
    """Whether the activation link is valid for this user. It may be used again."""
    return bool(await connection.fetchval(SQL.use_activation, token_hash, user_id))


async def find_reset(connection: Connection, token_hash: bytes, user_id: int) -> str | None:
    """The e-mail address of a reset link; None if the link is not valid."""
    email: str | None = await connection.fetchval(SQL.find_reset, token_hash, user_id)
    return email


async def use_reset(connection: Connection, token_hash: bytes, user_id: int) -> bool:
    """Use a reset link, which invalidates all others of the user; False if it is not valid."""
    used = await connection.fetchval(SQL.use_reset, token_hash, user_id)
    if used:
        await void_resets(connection, user_id)
    return bool(used)


async def remove_old(connection: Connection, after: timedelta) -> None:
    """Remove tokens that expired, and mails that were sent or failed, longer than `after` ago."""
    await connection.execute(SQL.remove_old_tokens, after)
    await connection.execute(SQL.remove_old_mails, after)
