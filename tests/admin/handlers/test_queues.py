"""The SAQ dashboard: its pages, its JSON, retrying and aborting jobs, and access for administrators only."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs
from playwright.async_api import Browser, ConsoleMessage
from saq.web.common import STATIC_PATH

from tests.fixtures.app import Client, Serve
from tests.fixtures.player import TIMEOUT
from tests.fixtures.published import MakeUser
from tests.fixtures.services import EMAIL, PASSWORD, Services
from videoflix.accounts.models import MailKind
from videoflix.accounts.queries import mails
from videoflix.admin.handlers.queues import PATCHES
from videoflix.app import create_app
from videoflix.db.pool import Database
from videoflix.encoding.context import JobContext
from videoflix.queue.models import JobKind
from videoflix.queue.queues import MAIL, TRANSCODE, Queues
from videoflix.settings import Settings
from videoflix.worker import build

ROOT = "/admin/queues"
PAGES = ("/", "/queues/mail", "/queues/transcode/jobs/unit:1:0")


@asynccontextmanager
async def _working(job_context: JobContext, queue: str) -> AsyncIterator[None]:
    running = build(job_context, queue)
    task = asyncio.create_task(running.start())
    yield
    await running.stop()
    await task


@pytest.fixture
async def mail_worker(job_context: JobContext) -> AsyncIterator[None]:
    async with _working(job_context, MAIL):
        yield


async def _get(client: Client, path: str) -> Any:
    answer = await client.get(f"{ROOT}/api/queues{path}")
    assert answer.status == 200
    return await answer.json()


async def _until(client: Client, path: str, condition: Callable[[Any], object]) -> Any:
    """The JSON at a path, as soon as it meets the condition."""
    async with asyncio.timeout(20):
        while not condition(data := await _get(client, path)):
            await asyncio.sleep(0.05)
    return data


async def _audit_entries(database: Database) -> list[tuple[str, str, str]]:
    async with database.connection() as connection:
        return [tuple(row) for row in await connection.fetch("SELECT action, target, label FROM audit ORDER BY id")]


# --- pages, scripts and styles


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_the_dashboard_with_a_content_security_policy(logged_in: Client, path: str) -> None:
    answer = await logged_in.get(ROOT + path)
    assert (answer.status, answer.content_type) == (200, "text/html")
    assert f'src="{ROOT}/static/app.js"' in await answer.text()
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("file", "kind", "word"),
    [
        ("app.js", "javascript", "snabbdom.init"),
        ("snabbdom.js", "javascript", "snabbdom"),
        ("pico.min.css", "text/css", "Pico"),
    ],
)
async def test_its_static_files_are_served(logged_in: Client, file: str, kind: str, word: str) -> None:
    answer = await logged_in.get(f"{ROOT}/static/{file}")
    assert answer.status == 200
    assert kind in answer.content_type
    assert word in await answer.text()


@pytest.mark.parametrize("file", ["nothing.js", "pico.min.css.gz", "..%2Fcommon.py", "%2Fetc%2Fpasswd"])
async def test_no_other_files_are_served(logged_in: Client, file: str) -> None:
    assert (await logged_in.get(f"{ROOT}/static/{file}")).status == 404


def test_the_patches_still_apply_to_the_package() -> None:
    script = (STATIC_PATH / "app.js").read_text()
    for old in PATCHES:
        assert script.count(old) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", path) for path in PAGES),
        ("GET", "/static/app.js"),
        ("GET", "/api/queues"),
        ("GET", "/api/queues/mail"),
        ("GET", "/api/queues/mail/jobs/mail:1:0"),
        ("POST", "/api/queues/mail/jobs/mail:1:0/retry"),
        ("POST", "/api/queues/mail/jobs/mail:1:0/abort"),
    ],
)
async def test_only_administrators_have_access(
    client: Client, admin: int, make_user: MakeUser, method: str, path: str
) -> None:
    assert (await client.request(method, ROOT + path)).status == 401
    await make_user("bob@example.org")
    await client.post("/api/login/", json={"email": "bob@example.org", "password": PASSWORD})
    assert (await client.request(method, ROOT + path)).status == 403
    await client.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})
    if method == "POST":
        evil = {"Origin": "https://evil.example"}
        assert (await client.request(method, ROOT + path, headers=evil)).status == 403


# --- queues and jobs


async def test_both_queues_are_listed_with_their_workers(logged_in: Client, worker: None, mail_worker: None) -> None:
    data = await _until(logged_in, "", lambda data: all(queue["workers"] for queue in data["queues"]))
    assert [queue["name"] for queue in data["queues"]] == [MAIL, TRANSCODE]
    (one,) = (await _get(logged_in, "/mail"))["queue"]["workers"].values()
    assert set(one["stats"]) >= {"complete", "failed", "retried", "uptime"}


async def test_a_job_is_listed_and_its_only_argument_is_the_id_of_its_row(logged_in: Client, queues: Queues) -> None:
    await queues.enqueue(JobKind.UNIT, 7, 0)
    queue = (await _get(logged_in, "/transcode"))["queue"]
    assert (queue["queued"], queue["active"]) == (1, 0)
    assert [(job["key"], job["kwargs"], job["status"]) for job in queue["jobs"]] == [
        ("unit:7:0", "{'row_id': 7}", "queued")
    ]
    job = (await _get(logged_in, "/transcode/jobs/unit:7:0"))["job"]
    assert (job["function"], job["kwargs"], job["status"]) == ("unit", "{'row_id': 7}", "queued")
    assert (await _get(logged_in, "/mail"))["queue"]["jobs"] == []


async def test_thirty_jobs_are_listed(logged_in: Client, queues: Queues) -> None:
    for number in range(30):
        await queues.enqueue(JobKind.UNIT, number, 0)
    assert len((await _get(logged_in, "/transcode"))["queue"]["jobs"]) == 30


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing"),
        ("GET", "/mail/jobs/mail:9:0"),
        ("GET", "/nothing/jobs/mail:9:0"),
        ("POST", "/mail/jobs/mail:9:0/retry"),
        ("POST", "/nothing/jobs/mail:9:0/abort"),
    ],
)
async def test_unknown_queues_and_jobs_are_not_found(
    logged_in: Client, database: Database, method: str, path: str
) -> None:
    answer = await logged_in.request(method, f"{ROOT}/api/queues{path}")
    assert answer.status == 404
    assert isinstance((await answer.json())["detail"], str)
    assert await _audit_entries(database) == []


async def test_a_failed_job_shows_its_error_and_can_be_retried(
    logged_in: Client, database: Database, queues: Queues, worker: None
) -> None:
    # A worker that is starting may sweep a job that it takes at the same moment.
    await _until(logged_in, "/transcode", lambda data: data["queue"]["workers"])
    await queues[TRANSCODE].enqueue("unknown_function", key="broken", retries=1)
    path = "/transcode/jobs/broken"
    failed = (await _until(logged_in, path, lambda data: data["job"]["status"] == "failed"))["job"]
    assert "KeyError: 'unknown_function'" in failed["error"]
    assert failed["attempts"] == 1
    answer = await logged_in.post(f"{ROOT}/api/queues{path}/retry")
    assert (answer.status, await answer.json()) == (200, {})
    await _until(logged_in, path, lambda data: (data["job"]["status"], data["job"]["attempts"]) == ("failed", 2))
    assert await _audit_entries(database) == [("queue.retry", "queue:transcode", "broken")]


async def test_a_running_job_can_be_aborted_and_its_row_stays_queued(
    logged_in: Client, job_context: JobContext, make_user: MakeUser, port: int
) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.read()
        writer.close()

    bob = await make_user()
    smtp = replace(job_context.settings, email_backend="smtp", email_host="127.0.0.1", email_port=port)
    async with (
        await asyncio.start_server(hang, "127.0.0.1", port),
        _working(structs.replace(job_context, settings=smtp), MAIL),
    ):
        await _until(logged_in, "/mail", lambda data: data["queue"]["workers"])
        async with job_context.database.connection() as connection:
            mail_id = await mails.insert(connection, MailKind.RESET, bob, "en")
        await job_context.queues.enqueue("mail", mail_id, 0)
        path = f"/mail/jobs/mail:{mail_id}:0"
        await _until(logged_in, path, lambda data: data["job"]["status"] == "active")
        answer = await logged_in.post(f"{ROOT}/api/queues{path}/abort")
        assert (answer.status, await answer.json()) == (200, {})
        await _until(logged_in, path, lambda data: data["job"]["status"] == "aborted")
    async with job_context.database.connection() as connection:
        assert await connection.fetchval("SELECT state FROM mails") == "queued"
    assert await _audit_entries(job_context.database) == [("queue.abort", "queue:mail", f"mail:{mail_id}:0")]


async def test_a_queued_job_that_is_aborted_does_not_run(
    logged_in: Client, database: Database, queues: Queues, make_user: MakeUser
) -> None:
    bob = await make_user()
    async with database.connection() as connection:
        mail_id = await mails.insert(connection, MailKind.RESET, bob, "en")
    await queues.enqueue("mail", mail_id, 0)
    assert (await logged_in.post(f"{ROOT}/api/queues/mail/jobs/mail:{mail_id}:0/abort")).status == 200
    assert (await _get(logged_in, f"/mail/jobs/mail:{mail_id}:0"))["job"]["status"] == "aborted"
    assert (await _get(logged_in, "/mail"))["queue"]["queued"] == 0


async def test_without_redis_requests_fail_and_nothing_is_recorded(
    restartable_services: Services, logged_in: Client, database: Database
) -> None:
    restartable_services.stop("redis")
    assert (await logged_in.get(f"{ROOT}/")).status == 200
    for method, path in (("GET", ""), ("GET", "/mail"), ("POST", "/mail/jobs/mail:1:0/retry")):
        answer = await logged_in.request(method, f"{ROOT}/api/queues{path}")
        assert answer.status == 503
        assert "queue does not answer" in (await answer.json())["detail"]
    assert await _audit_entries(database) == []


# --- in a browser


def _is_error(message: ConsoleMessage) -> bool:
    return message.type == "error" and not message.location["url"].endswith("/favicon.ico")


async def test_the_dashboard_works_in_a_browser(
    browser: Browser,
    aiohttp_server: Serve,
    settings: Settings,
    admin: int,
    database: Database,
    queues: Queues,
    mail_worker: None,
) -> None:
    await queues[TRANSCODE].enqueue("unit", key="unit:7:0", row_id=7)
    server = await aiohttp_server(create_app(settings))
    page, errors = await browser.new_page(), []
    page.set_default_timeout(TIMEOUT)
    page.on("console", lambda message: errors.append(message.text) if _is_error(message) else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.request.post(str(server.make_url("/api/login/")), data={"email": EMAIL, "password": PASSWORD})
    await page.goto(str(server.make_url(f"{ROOT}/")))
    await page.get_by_role("link", name="transcode").click()
    await page.get_by_role("link", name="unit:7:0").click()
    assert page.url.endswith(f"{ROOT}/queues/transcode/jobs/unit:7:0")
    await page.reload()
    await page.get_by_role("button", name="Abort").click()
    await page.get_by_text("aborted by an administrator").wait_for()
    await page.get_by_role("button", name="Retry").click()
    await page.get_by_text("retried by an administrator").wait_for()
    assert [action for action, _, _ in await _audit_entries(database)] == ["queue.abort", "queue.retry"]
    await page.get_by_role("link", name="transcode").click()  # the patched link
    await page.get_by_role("heading", name="Workers").wait_for()
    assert page.url.endswith(f"{ROOT}/queues/transcode")
    assert await page.evaluate("getComputedStyle(document.querySelector('nav')).display") == "flex"
    assert errors == []
    await page.goto(str(server.make_url(f"{ROOT}/queues/mail/jobs/gone")))
    await page.get_by_text("not in the queue").wait_for()  # the patched error message
