"""Sends mails: creates the token, renders the mail, and delivers it; retries for about a day."""

import logging
from datetime import timedelta

from msgspec import Struct

from videoflix.accounts import mail as mailer
from videoflix.accounts.models import Mail, MailKind, User
from videoflix.accounts.passwords import NO_PASSWORD
from videoflix.accounts.queries import mails, users
from videoflix.accounts.tokens import encode_uid, mail_token_hash, new_mail_token
from videoflix.db.pool import Database
from videoflix.errors import MailFailed, MailRejected
from videoflix.settings import Settings

log = logging.getLogger(__name__)

# While one attempt runs, no other worker takes the mail. Longer than any attempt can take.
LEASE = timedelta(minutes=2)
# The delay after the first failure, the second, and so on; one more failure ends the mail. A day in total.
RETRY_AFTER = tuple(timedelta(minutes=m) for m in (1, 2, 5, 15, 30, 60, 120, 240, 420, 480))


class MailContext(Struct, frozen=True):
    """What the jobs of the mail worker need."""

    settings: Settings
    database: Database


async def deliver(context: MailContext, mail_id: int) -> None:
    """Send a mail if it is due. Raises DatabaseUnavailable."""
    async with context.database.connection() as connection:
        mail = await mails.take(connection, mail_id, LEASE)
    if mail is None:
        return
    try:
        done = await _send(context, mail)
    except MailRejected as refusal:
        await _give_up(context, mail, refusal.detail)
        return
    except MailFailed as refusal:
        await _retry(context, mail, refusal.detail)
        return
    async with context.database.connection() as connection:
        await (mails.sent if done else mails.remove)(connection, mail.id)


async def _send(context: MailContext, mail: Mail) -> bool:
    """Whether it was sent: not without a recipient, nor after a newer reset mail. Raises MailFailed."""
    settings, token = context.settings, new_mail_token()
    async with context.database.transaction() as connection:
        user = await users.find(connection, mail.user_id) if mail.user_id else None
        if user is None:
            return False
        kind = _kind_for(user, mail)
        purpose = MailKind.ACTIVATION if kind is MailKind.ACTIVATION else MailKind.RESET
        if purpose is MailKind.RESET and await mails.is_outdated(connection, mail):
            return False
        lifetime = mailer.lifetime(settings, kind)
        await mails.insert_token(connection, mail_token_hash(token), user.id, purpose, lifetime)
    address = mailer.link(settings, kind, encode_uid(user.id), token)
    message = mailer.compose(settings, kind, user.email, address, mail.language)
    await mailer.send(settings, kind, message, address)
    log.info("mail %d (%s) was sent", mail.id, kind)
    return True


def _kind_for(user: User, mail: Mail) -> MailKind:
    """Without a password there is none to reset, and activation alone would not help: the mail asks for one."""
    if user.password_hash != NO_PASSWORD:
        return mail.kind
    return MailKind.INVITATION if user.is_active else MailKind.RECOVERY


async def _retry(context: MailContext, mail: Mail, reason: str) -> None:
    if mail.attempts > len(RETRY_AFTER):
        await _give_up(context, mail, reason)
        return
    after = RETRY_AFTER[mail.attempts - 1]
    log.warning("mail %d (%s) failed, next attempt in %s: %s", mail.id, mail.kind, after, reason)
    async with context.database.connection() as connection:
        await mails.retry(connection, mail.id, after, reason)


async def _give_up(context: MailContext, mail: Mail, reason: str) -> None:
    """Mark a mail as failed; administrators see it in the list of failed jobs."""
    log.error("mail %d (%s) failed for good: %s", mail.id, mail.kind, reason)
    async with context.database.connection() as connection:
        await mails.fail(connection, mail.id, reason)
