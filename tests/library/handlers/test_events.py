"""Films are followed through a real server, as a browser's EventSource would."""

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import ClientResponse
from msgspec import structs

from tests.films import Films
from tests.fixtures.app import Client
from tests.fixtures.encoding import Bring, Wait
from tests.fixtures.published import MakeUser, Publish
from tests.fixtures.services import EMAIL, PASSWORD, Services
from videoflix.app import create_app
from videoflix.db.pool import Connection, Database
from videoflix.encoding import queries as encoding_queries
from videoflix.encoding.context import JobContext
from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.units import plan_units
from videoflix.library.adding import queue_encode
from videoflix.library.models import Progress
from videoflix.library.queries import encodes, videos
from videoflix.library.resources import PROGRESS_FEED
from videoflix.queue import queries as jobs
from videoflix.queue.queues import TRANSCODE
from videoflix.rate import Rate
from videoflix.settings import Settings
from videoflix.worker import build

ORIGIN = "http://127.0.0.1:5500"
ORDER = ["queued", "encoding", "ready"]
BOB = "bob@example.org"
Growing = Callable[[], Awaitable[int]]


class Source:
    """A stream as an EventSource reads it: event after event, the last id, and how many comments there were."""

    def __init__(self, answer: ClientResponse) -> None:
        self._answer = answer
        self.last_id = ""
        self.comments = 0

    async def next(self) -> dict[str, Any] | None:
        """The next event; None when the server has ended the stream. One that breaks off raises."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(90):
            while line := await self._answer.content.readline():
                name, _, value = line.decode().rstrip("\n").partition(":")
                if name:
                    fields[name] = value.removeprefix(" ")
                elif line != b"\n":
                    self.comments += 1
                elif "data" in fields:
                    self.last_id = fields["id"]
                    event: dict[str, Any] = json.loads(fields["data"])
                    return event
        return None

    async def rest(self) -> list[dict[str, Any]]:
        events = []
        while event := await self.next():
            events.append(event)
        return events


@pytest.fixture
async def growing(database: Database) -> Growing:
    """Puts a film in place that can be watched and is still in the making, as rows; its id."""

    async def growing() -> int:
        async with database.transaction() as connection:
            video_id = await videos.insert(connection, "Film", "", "Drama")
            await queue_encode(connection, video_id)
            encode_id = await encodes.newest(connection, video_id)
            assert encode_id
            await jobs.insert_units(
                connection, encode_id, map(structs.astuple, plan_units(600, Fraction(25), CURRENT))
            )
            await connection.execute("UPDATE jobs SET state = 'done' WHERE kind = 'ingest' OR number = 0")
            await connection.execute(
                "UPDATE encodes SET state = 'encoding', published_at = now(), duration = 24, "
                "frame_rate_num = 25, frame_rate_den = 1 WHERE id = $1",
                encode_id,
            )
        return video_id

    return growing


@asynccontextmanager
async def _following(client: Client, video_id: int, **headers: str) -> AsyncIterator[Source]:
    async with client.get(f"/api/video/{video_id}/events/", headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        yield Source(answer)


@asynccontextmanager
async def _working(job_context: JobContext) -> AsyncIterator[None]:
    running = build(job_context, TRANSCODE)
    task = asyncio.create_task(running.start())
    yield
    await running.stop()
    await task


async def _bearer(client: Client, email: str) -> dict[str, str]:
    """Logs in, and leaves no cookie behind."""
    await client.post("/api/login/", json={"email": email, "password": PASSWORD})
    access = (await (await client.post("/api/token/refresh/")).json())["access"]
    client.session.cookie_jar.clear()
    return {"Authorization": f"Bearer {access}"}


async def _until_empty(client: Client) -> None:
    """Until the server has forgotten everyone who watched."""
    async with asyncio.timeout(20):
        while client.app[PROGRESS_FEED].followers:
            await asyncio.sleep(0.02)


async def test_a_film_is_followed_from_the_queue_until_it_is_ready(
    logged_in: Client, job_context: JobContext, bring: Bring, long_film: Path
) -> None:
    video_id = await bring(long_film)
    async with _following(logged_in, video_id) as source:
        first = await source.next()
        assert first == {
            "status": "queued",
            "playable": False,
            "progress": 0,
            "speed": None,
            "seconds_left": None,
            "working": [],
            "units": [],
            "units_done": 0,
            "units_total": 0,
            "duration": None,
            "error": None,
        }
        async with _working(job_context):
            events = await source.rest()
    assert [event["status"] for event in events] == sorted((e["status"] for e in events), key=ORDER.index)
    steps = [event["progress"] for event in events]
    assert steps == sorted(steps)
    assert [round(step, 3) for step in steps] == steps
    assert [event["playable"] for event in events] == sorted(event["playable"] for event in events)
    assert all(earlier != later for earlier, later in pairwise(events))
    encoding = [event for event in events if event["units"]]
    assert all("unit" in event["working"] and event["units_total"] == 4 for event in encoding)
    assert [event["status"] for event in events].count("ready") == 1
    assert {**events[-1], "duration": 24, "working": []} == {
        "status": "ready",
        "playable": True,
        "progress": 1,
        "speed": None,
        "seconds_left": None,
        "working": [],
        "units": [],
        "units_done": 4,
        "units_total": 4,
        "duration": 24,
        "error": None,
    }


async def test_a_viewer_may_follow_from_the_moment_at_which_the_film_is_listed(
    client: Client, admin: int, make_user: MakeUser, job_context: JobContext, bring: Bring, wait: Wait, films: Films
) -> None:
    await make_user(BOB)
    bob, path = await _bearer(client, BOB), f"/api/video/{await bring(films.make(seconds=8))}/events/"
    refused = await client.get(path, headers=bob)
    assert refused.status == 404
    assert isinstance((await refused.json())["detail"], str)
    async with _working(job_context):
        await wait(1, lambda now: now.is_playable)
        async with asyncio.timeout(20):
            while (answer := await client.get(path, headers=bob)).status == 404:
                await asyncio.sleep(0.05)  # that it is not there is remembered for a second
        events = await Source(answer).rest()
    assert all(event["playable"] for event in events)
    assert events[-1]["status"] == "ready"


async def test_who_may_not_know_of_a_film_hears_nothing(client: Client, admin: int) -> None:
    assert (await client.get("/api/video/1/events/")).status == 401
    ada = await _bearer(client, EMAIL)
    for video_id in ("1", "0", "x", "9" * 18):
        answer = await client.get(f"/api/video/{video_id}/events/", headers=ada)
        assert answer.status == 404
        assert isinstance((await answer.json())["detail"], str)
    assert (await client.head("/api/video/1/events/", headers=ada)).status == 405


async def test_the_headers_of_a_stream(logged_in: Client, growing: Growing) -> None:
    answer = await logged_in.get(f"/api/video/{await growing()}/events/", headers={"Origin": ORIGIN})
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert "Origin" in answer.headers["Vary"]
    answer.close()
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "last-event-id",
    }
    preflight = await logged_in.options("/api/video/1/events/", headers=asked)
    assert preflight.status == 200
    assert "last-event-id" in preflight.headers["Access-Control-Allow-Headers"].lower()


async def test_a_comment_is_heard_when_there_is_nothing_to_tell(
    logged_in: Client, growing: Growing, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videoflix.library.handlers.events.HEARTBEAT_SECONDS", 0.0)
    video_id = await growing()
    async with _following(logged_in, video_id) as source:
        await source.next()
        told = asyncio.create_task(source.next())
        async with asyncio.timeout(20):
            while source.comments < 2:
                await asyncio.sleep(0.02)
        assert not told.done()
        async with database.connection() as connection:
            await connection.execute("UPDATE jobs SET state = 'done' WHERE number = 1")
        event = await told
    assert event
    assert event["units_done"] == 2


async def _log_out(client: Client, connection: Connection) -> None:
    assert (await client.post("/api/logout/")).status == 200


async def _disable(client: Client, connection: Connection) -> None:
    await connection.execute("UPDATE users SET disabled_at = now()")


async def _end_elsewhere(client: Client, connection: Connection) -> None:
    await connection.execute("UPDATE sessions SET revoked_at = now()")


async def _take_the_role_away(client: Client, connection: Connection) -> None:
    await connection.execute("UPDATE users SET is_staff = false")
    await connection.execute("UPDATE encodes SET published_at = NULL")


async def _delete(client: Client, connection: Connection) -> None:
    await videos.remove(connection, 1)


@pytest.fixture
def short_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard remembers for a second instead of five."""
    monkeypatch.setattr("videoflix.accounts.guard.CACHE_SECONDS", 1.0)


@pytest.mark.parametrize("end", [_log_out, _disable, _end_elsewhere, _take_the_role_away, _delete])
async def test_a_stream_ends_with_the_right_to_it(
    short_memory: None,
    logged_in: Client,
    growing: Growing,
    database: Database,
    end: Callable[[Client, Connection], Awaitable[None]],
) -> None:
    video_id = await growing()
    async with _following(logged_in, video_id) as source:
        await source.next()
        async with database.connection() as connection:
            await end(logged_in, connection)
        assert await source.rest() == []
    await _until_empty(logged_in)
    assert (await logged_in.get(f"/api/video/{video_id}/events/")).status in (401, 404)


async def test_an_access_token_that_expires_does_not_end_a_stream(
    short_memory: None,
    settings: Settings,
    aiohttp_client: Callable[..., Awaitable[Client]],
    admin: int,
    growing: Growing,
    database: Database,
) -> None:
    client = await aiohttp_client(create_app(replace(settings, access_token_lifetime=4)))
    video_id, ada = await growing(), await _bearer(client, EMAIL)
    async with _following(client, video_id, **ada) as source:
        await source.next()
        async with asyncio.timeout(20):
            while (await client.get("/api/video/", headers=ada)).status == 200:
                await asyncio.sleep(0.1)
        for unit in (1, 2):
            async with database.connection() as connection:
                await connection.execute("UPDATE jobs SET state = 'done' WHERE number = $1", unit)
            event = await source.next()
            assert event
            assert event["units_done"] == unit + 1


async def test_who_has_seen_the_end_is_told_not_to_come_again(
    logged_in: Client, growing: Growing, database: Database
) -> None:
    video_id = await growing()
    path = f"/api/video/{video_id}/events/"
    async with _following(logged_in, video_id) as source:
        await source.next()
        halfway = source.last_id
        async with database.connection() as connection:
            await encoding_queries.fail(connection, 1, "bad luck")
        (event,) = await source.rest()
        assert (event["status"], event["error"], event["playable"]) == ("failed", "bad luck", False)
    again = await logged_in.get(path, headers={"Last-Event-ID": source.last_id, "Origin": ORIGIN})
    assert (again.status, await again.read()) == (204, b"")
    assert again.headers["Access-Control-Allow-Origin"] == ORIGIN
    for seen in (halfway, "nonsense", ""):
        async with _following(logged_in, video_id, **{"Last-Event-ID": seen}) as late:
            assert await late.rest() == [event]
    async with database.connection() as connection:
        await connection.execute("UPDATE encodes SET error = 'another reason'")
    await _until_empty(logged_in)
    logged_in.app[PROGRESS_FEED].forget(video_id)
    async with _following(logged_in, video_id, **{"Last-Event-ID": source.last_id}) as second:
        assert [event["error"] for event in await second.rest()] == ["another reason"]


async def test_a_viewer_who_follows_a_film_that_fails_hears_of_it_and_the_next_finds_nothing(
    client: Client, admin: int, make_user: MakeUser, growing: Growing, database: Database
) -> None:
    await make_user(BOB)
    bob, video_id = await _bearer(client, BOB), await growing()
    async with _following(client, video_id, **bob) as source:
        await source.next()
        async with database.connection() as connection:
            await encoding_queries.fail(connection, 1, "bad luck")
        assert [event["status"] for event in await source.rest()] == ["failed"]
    again = await client.get(f"/api/video/{video_id}/events/", headers={**bob, "Last-Event-ID": source.last_id})
    assert again.status == 404


async def test_a_film_that_is_made_anew_is_playable_all_the_time(
    logged_in: Client, publish: Publish, database: Database
) -> None:
    video_id = await publish()
    async with database.transaction() as connection:
        await queue_encode(connection, video_id)
    async with _following(logged_in, video_id) as source:
        event = await source.next()
    assert event
    assert (event["status"], event["playable"]) == ("queued", True)


async def test_those_who_go_away_are_forgotten_though_there_is_nothing_to_tell(
    logged_in: Client, growing: Growing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videoflix.library.handlers.events.HEARTBEAT_SECONDS", 3600.0)
    video_id = await growing()
    for _ in range(5):
        async with _following(logged_in, video_id) as source:
            await source.next()
    await _until_empty(logged_in)


async def test_who_goes_away_just_before_something_is_told_is_no_error(
    logged_in: Client,
    growing: Growing,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    video_id, real = await growing(), encodes.progress
    looking, gone = asyncio.Event(), asyncio.Event()

    async def late(connection: Connection, of_video: int) -> Progress | None:
        looking.set()
        await gone.wait()
        return await real(connection, of_video)

    async with _following(logged_in, video_id) as source:
        await source.next()
        monkeypatch.setattr(encodes, "progress", late)
        await asyncio.wait_for(looking.wait(), 20)
    async with asyncio.timeout(20):
        while any(one.transport for one in logged_in.server.handler.connections):
            await asyncio.sleep(0.02)
    async with database.connection() as connection:
        await connection.execute("UPDATE jobs SET state = 'done' WHERE number = 1")
    gone.set()
    await _until_empty(logged_in)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_there_is_a_limit_to_how_many_follow(
    logged_in: Client, growing: Growing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videoflix.library.progress_feed.max_streams", lambda: 2)
    video_id = await growing()
    async with _following(logged_in, video_id), _following(logged_in, video_id):
        refused = await logged_in.get(f"/api/video/{video_id}/events/")
        assert refused.status == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert "Too many clients" in (await refused.json())["detail"]
        assert (await logged_in.get(f"/api/video/{video_id}/")).status == 200
    await _until_empty(logged_in)
    async with _following(logged_in, video_id) as source:
        assert await source.next()


async def test_one_login_has_ten_streams_in_all_processes_together(
    client: Client,
    debug_client: Client,
    admin: int,
    growing: Growing,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two servers on one Redis; and a stream that goes on counts for longer than one of a process that has died."""
    monkeypatch.setattr("videoflix.library.handlers.events.STREAMS", Rate(10, 3))
    monkeypatch.setattr("videoflix.library.handlers.events.RENEW_SECONDS", 0.0)
    video_id, ada, other = await growing(), await _bearer(client, EMAIL), await _bearer(client, EMAIL)
    path = f"/api/video/{video_id}/events/"
    async with AsyncExitStack() as streams:
        for number in range(10):
            each = debug_client if number % 2 else client
            last = await streams.enter_async_context(_following(each, video_id, **ada))
        await asyncio.sleep(4)
        for each in (client, debug_client):
            refused = await each.get(path, headers=ada)
            assert refused.status == 429
            assert 0 < int(refused.headers["Retry-After"]) <= 3
            assert "follows" in (await refused.json())["detail"]
        async with _following(client, video_id, **other) as source:
            assert await source.next()
        assert await last.next()
    await _until_empty(client)
    await _until_empty(debug_client)
    async with _following(client, video_id, **ada) as source:
        assert await source.next()


async def test_two_hundred_watchers_ask_the_database_once_a_second(
    logged_in: Client, growing: Growing, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    video_id, ada, asked = await growing(), await _bearer(logged_in, EMAIL), 0
    real = encodes.progress

    async def counted(connection: Connection, of_video: int) -> Progress | None:
        nonlocal asked
        asked += 1
        return await real(connection, of_video)

    monkeypatch.setattr(encodes, "progress", counted)
    monkeypatch.setattr("videoflix.library.handlers.events.STREAMS", Rate(200, 40))
    clock = asyncio.get_running_loop().time
    began = clock()
    async with aiohttp.ClientSession(
        f"http://127.0.0.1:{logged_in.port}", connector=aiohttp.TCPConnector(limit=0), headers=ada
    ) as session:
        answers = await asyncio.gather(*(session.get(f"/api/video/{video_id}/events/") for _ in range(200)))
        sources = [Source(answer) for answer in answers]
        assert await asyncio.gather(*(source.next() for source in sources)) != [None] * 200
        for unit in (1, 2, 3):
            async with database.connection() as connection:
                await connection.execute("UPDATE jobs SET state = 'done' WHERE number = $1", unit)
            heard = await asyncio.gather(*(source.next() for source in sources))
            assert [event and event["units_done"] for event in heard] == [unit + 1] * 200
        async with database.connection() as connection:
            await encoding_queries.publish(connection, 1)
        ends = await asyncio.gather(*(source.rest() for source in sources))
    assert {tuple(event["status"] for event in end) for end in ends} == {("ready",)}
    assert 4 <= asked <= clock() - began + 1


async def test_streams_outlast_a_database_that_falls_over(
    restartable_services: Services,
    logged_in: Client,
    growing: Growing,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("videoflix.library.handlers.events.HEARTBEAT_SECONDS", 0.0)
    video_id = await growing()
    async with _following(logged_in, video_id) as source:
        await source.next()
        restartable_services.stop("postgres")
        told, before = asyncio.create_task(source.next()), source.comments
        async with asyncio.timeout(20):
            while source.comments < before + 3:  # one for each look
                await asyncio.sleep(0.02)
        restartable_services.start_postgres()
        async with database.connection() as connection:
            await connection.execute("UPDATE jobs SET state = 'done' WHERE number = 1")
        event = await told
    assert event
    assert event["units_done"] == 2


@pytest.fixture
def served(environ: dict[str, str], port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """The web process itself."""
    command = [sys.executable, "-m", "videoflix", "serve", "--port", str(port)]
    with subprocess.Popen(command, env={**os.environ, **environ}) as process:
        yield process
        process.kill()


async def test_a_server_that_stops_ends_its_streams_at_once(
    served: "subprocess.Popen[bytes]", port: int, admin: int, growing: Growing
) -> None:
    """Were they held, the server would break them off when its patience ends, and reading them would raise."""
    video_id = await growing()
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", cookie_jar=jar) as session:
        async with asyncio.timeout(30):
            while True:
                try:
                    await session.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})
                    break
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.05)
        answers = [await session.get(f"/api/video/{video_id}/events/") for _ in range(3)]
        sources = [Source(answer) for answer in answers]
        await asyncio.gather(*(source.next() for source in sources))
        served.send_signal(signal.SIGTERM)
        assert await asyncio.gather(*(source.rest() for source in sources)) == [[], [], []]
    assert await asyncio.to_thread(served.wait, 20) == 0
