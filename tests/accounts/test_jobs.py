"""Every mail is sent once, also after failures of Redis and the mail server."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from tests.accounts.smtpd import Inbox, authenticate, serve, unknown_certificate
from tests.fixtures.media import Media
from videoflix.accounts.jobs import RETRY_AFTER, MailContext, deliver
from videoflix.accounts.models import MailKind
from videoflix.accounts.queries import mails, users
from videoflix.accounts.tokens import decode_uid, mail_token_hash
from videoflix.db.pool import Database
from videoflix.encoding.context import JobContext
from videoflix.monitoring import queries as monitoring
from videoflix.queue.queues import MAIL, Queues
from videoflix.settings import Settings
from videoflix.worker import build


@pytest.fixture
def smtp(settings: Settings, port: int) -> Settings:
    return replace(settings, email_backend="smtp", email_host="127.0.0.1", email_port=port)


@pytest.fixture
def inbox(port: int) -> Iterator[Inbox]:
    """A mail server that accepts everything."""
    box = Inbox()
    server = serve(box, port)
    yield box
    server.stop()


@pytest.fixture
async def user_id(database: Database) -> int:
    async with database.connection() as connection:
        user = await users.insert(connection, "ada@example.org", "no hash")
        await users.activate(connection, user.id)
        return user.id


Queue = Callable[..., Awaitable[int]]
Attempt = Callable[..., Awaitable[tuple[str, int, str]]]


@pytest.fixture
def queue(database: Database, user_id: int) -> Queue:
    async def queue(kind: MailKind = MailKind.RESET, language: str = "en") -> int:
        async with database.connection() as connection:
            return await mails.insert(connection, kind, user_id, language)

    return queue


@pytest.fixture
async def worker(smtp: Settings, database: Database, storage: Media, queues: Queues) -> AsyncIterator[None]:
    running = build(JobContext(smtp, database, storage, queues), MAIL)
    task = asyncio.create_task(running.start())
    yield
    await running.stop()
    await task


@pytest.fixture
def attempt(smtp: Settings, database: Database) -> Attempt:
    """Try once to deliver a mail. Returns its state, its number of attempts and its error."""

    async def attempt(mail_id: int, **changes: Any) -> tuple[str, int, str]:
        await deliver(MailContext(replace(smtp, **changes), database), mail_id)
        async with database.connection() as connection:
            row = await connection.fetchrow("SELECT state, attempts, error FROM mails WHERE id = $1", mail_id)
        assert row
        return row["state"], row["attempts"], row["error"] or ""

    return attempt


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body
    return str(body.get_content())


async def _until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.02)


async def test_only_the_hash_of_a_token_is_stored(
    attempt: Attempt, database: Database, inbox: Inbox, queue: Queue, user_id: int
) -> None:
    assert await attempt(await queue(MailKind.ACTIVATION)) == ("sent", 1, "")
    (message,) = inbox.mails
    found = re.search(r"\?uid=(\S+)&token=(\S+)", _text(message))
    assert found
    assert decode_uid(found[1]) == user_id
    async with database.connection() as connection:
        token = await connection.fetchrow("SELECT hash, purpose, expires_at - created_at AS life FROM mail_tokens")
    assert token
    assert token["hash"] == mail_token_hash(found[2])
    assert (token["purpose"], token["life"]) == ("activation", timedelta(days=3))


async def test_a_mail_is_sent_in_the_language_of_its_row(attempt: Attempt, inbox: Inbox, queue: Queue) -> None:
    for language, subject, words in (
        ("en", "Reset your password", "valid for 1 hour"),
        ("de", "Setze dein Passwort zurück", "1 Stunde lang gültig"),
    ):
        await attempt(await queue(language=language))
        message = inbox.mails[-1]
        assert (message["Subject"], message["Content-Language"]) == (subject, language)
        assert words in _text(message)


async def test_a_mail_is_sent_once_although_it_is_queued_repeatedly(
    attempt: Attempt, inbox: Inbox, queue: Queue
) -> None:
    mail_id = await queue()
    await asyncio.gather(*(attempt(mail_id) for _ in range(6)))
    await attempt(mail_id)
    assert len(inbox.mails) == 1


async def test_a_newer_reset_mail_invalidates_the_older_link(
    smtp: Settings, database: Database, inbox: Inbox, queue: Queue, attempt: Attempt, user_id: int
) -> None:
    late, early = await queue(), await queue()
    await attempt(early)
    await deliver(MailContext(smtp, database), late)  # it is older than the one that was sent
    assert len(inbox.mails) == 1
    await attempt(await queue())
    tokens = [mail_token_hash(re.findall(r"token=(\S+)", _text(message))[0]) for message in inbox.mails]
    async with database.connection() as connection:
        assert await mails.find_reset(connection, tokens[0], user_id) is None
        assert await mails.find_reset(connection, tokens[1], user_id) == "ada@example.org"


@pytest.mark.parametrize("first", ["activation", "reset"])
async def test_the_reset_mail_of_an_account_that_was_never_activated_explains_it(
    smtp: Settings, database: Database, inbox: Inbox, first: str
) -> None:
    async with database.connection() as connection:
        user = await users.insert(connection, "ada@example.org", "the hash of a stranger")
        waiting = {"activation": await mails.insert(connection, MailKind.ACTIVATION, user.id, "en")}
        waiting["reset"] = await mails.insert_reset(connection, "ada@example.org", "en")
    for kind in sorted(waiting, key=first.__ne__):
        await deliver(MailContext(smtp, database), waiting[kind])
    (message,) = inbox.mails  # the activation mail is not sent, as its password is no longer valid
    assert "confirm_password.html" in _text(message)
    assert "no longer valid" in _text(message)
    (token,) = re.findall(r"token=(\S+)", _text(message))
    async with database.connection() as connection:
        assert await mails.find_reset(connection, mail_token_hash(token), user.id) == "ada@example.org"


async def test_a_mail_without_a_user_is_removed(smtp: Settings, database: Database, inbox: Inbox) -> None:
    async with database.connection() as connection:
        mail_id = await mails.insert_reset(connection, "nobody@example.org", "en")
    await deliver(MailContext(smtp, database), mail_id)
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM mails") == 0
    assert inbox.mails == []


async def test_a_mail_is_retried_after_a_temporary_failure(
    attempt: Attempt, database: Database, inbox: Inbox, queue: Queue
) -> None:
    inbox.refusals = 1
    mail_id = await queue()
    state, attempts, error = await attempt(mail_id)
    assert (state, attempts) == ("queued", 1)
    assert "come back later" in error
    await attempt(mail_id)
    assert inbox.mails == []  # the retry is not due
    async with database.connection() as connection:
        await connection.execute("UPDATE mails SET not_before = now()")
    assert (await attempt(mail_id))[0] == "sent"
    assert len(inbox.mails) == 1


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("RCPT", "550 5.1.1 no such mailbox"),
        ("RCPT", "551 user has moved"),
        ("RCPT", "552 5.2.2 mailbox full"),
        ("RCPT", "553 5.1.3 bad address"),
        ("DATA", "554 5.7.1 this is spam"),
        ("DATA", "550 5.7.26 unauthenticated sender"),
        ("MAIL", "550 5.7.60 not allowed to send as this sender"),
        ("MAIL", "501 5.1.7 bad sender"),
    ],
)
async def test_a_permanent_rejection_is_not_retried(
    attempt: Attempt, database: Database, inbox: Inbox, queue: Queue, command: str, answer: str
) -> None:
    inbox.answers[command] = answer
    state, attempts, error = await attempt(await queue())
    assert (state, attempts) == ("failed", 1)
    assert answer[:3] in error
    assert answer[4:] in error
    async with database.connection() as connection:
        work, _ = await monitoring.work(connection, "failed", 10, 0)
        numbers = await monitoring.samples(connection)
    assert [(one.kind, one.title, one.error) for one in work] == [("mail", "ada@example.org", error)]
    assert [one.value for one in numbers if (one.name, one.labels) == ("mails", ("reset", "failed"))] == [1]


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("RCPT", "450 4.2.0 greylisted"),
        ("RCPT", "452 4.2.2 mailbox full for now"),
        ("MAIL", "421 4.7.0 too many connections"),
        ("MAIL", "530 5.7.0 authentication required"),
        ("DATA", "451 4.3.0 come back later"),
    ],
)
async def test_temporary_rejections_and_failed_authentication_are_retried(
    attempt: Attempt, inbox: Inbox, queue: Queue, command: str, answer: str
) -> None:
    inbox.answers[command] = answer
    assert (await attempt(await queue()))[0] == "queued"


async def test_a_mail_to_an_invalid_address_is_not_retried(
    attempt: Attempt, database: Database, queue: Queue, user_id: int
) -> None:
    async with database.connection() as connection:
        await connection.execute("UPDATE users SET email = 'not an address' WHERE id = $1", user_id)
    assert (await attempt(await queue()))[:2] == ("failed", 1)


async def test_a_mail_fails_with_its_reason_after_about_a_day(
    attempt: Attempt, database: Database, queue: Queue
) -> None:
    assert timedelta(hours=20) < sum(RETRY_AFTER, timedelta()) < timedelta(hours=28)
    assert list(RETRY_AFTER) == sorted(RETRY_AFTER)
    mail_id = await queue()
    for _ in range(len(RETRY_AFTER) + 1):
        async with database.connection() as connection:
            await connection.execute("UPDATE mails SET not_before = now()")
        state, attempts, error = await attempt(mail_id)
    assert (state, attempts) == ("failed", len(RETRY_AFTER) + 1)
    assert "SMTPConnect" in error


async def test_a_hanging_server_times_out(
    attempt: Attempt, queue: Queue, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videoflix.accounts.mail.TIMEOUT_SECONDS", 0.3)

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.read()
        writer.close()

    async with await asyncio.start_server(hang, "127.0.0.1", port):
        state, _, error = await attempt(await queue())
    assert state == "queued"
    assert "Time" in error


async def test_a_server_without_starttls_gets_no_mail(attempt: Attempt, inbox: Inbox, queue: Queue) -> None:
    assert (await attempt(await queue(), email_use_tls=True))[0] == "queued"
    assert inbox.mails == []


async def test_an_untrusted_certificate_is_refused(attempt: Attempt, queue: Queue, port: int) -> None:
    box = Inbox()
    server = serve(box, port, tls_context=unknown_certificate(), require_starttls=True)
    try:
        state, _, error = await attempt(await queue(), email_use_tls=True)
    finally:
        server.stop()
    assert state == "queued"
    assert "certificate" in error.lower()
    assert box.mails == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
async def test_authentication_at_the_mail_server(attempt: Attempt, queue: Queue, port: int) -> None:
    box = Inbox()
    server = serve(box, port, authenticator=authenticate, auth_required=True, auth_require_tls=False)
    try:
        wrong = {"email_host_user": "films", "email_host_password": "mail guess"}
        state, _, error = await attempt(await queue(), **wrong)
        assert state == "queued"
        assert "credentials invalid" in error
        assert "mail guess" not in error
        right = {"email_host_user": "films", "email_host_password": "mail secret"}
        await attempt(await queue(), **right)
    finally:
        server.stop()
    assert len(box.mails) == 1


async def test_a_wiped_redis_loses_no_mail(inbox: Inbox, queue: Queue, queues: Queues, worker: None) -> None:
    first = await queue(MailKind.ACTIVATION)
    await queues.enqueue("mail", first, 0)
    await queues[MAIL].redis.flushall()
    await queue(MailKind.ACTIVATION)
    await _until(lambda: len(inbox.mails) == 2)
    await asyncio.sleep(0.2)
    assert len(inbox.mails) == 2


async def test_the_worker_prints_links_with_the_console_backend(
    settings: Settings, database: Database, queue: Queue, capsys: pytest.CaptureFixture[str]
) -> None:
    await deliver(MailContext(settings, database), await queue(MailKind.ACTIVATION))
    lines = capsys.readouterr().out.splitlines()
    page = r"http://127\.0\.0\.1:8000/pages/auth/activate\.html"
    assert len([line for line in lines if re.fullmatch(rf"\[ACTIVATION LINK\] {page}\?\S+", line)]) == 1
