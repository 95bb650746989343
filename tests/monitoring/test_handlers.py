"""What those see who watch over the server, and who may."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.fixtures.app import Client
from tests.fixtures.published import MakeUser, Publish
from tests.fixtures.services import EMAIL, PASSWORD, Services
from videoflix.app import create_app
from videoflix.db.pool import Database
from videoflix.monitoring.request_metrics import STATUSES, RequestMetrics, SharedCounters
from videoflix.monitoring.resources import READINESS
from videoflix.settings import Settings
from videoflix.storage.local import Storage

TOKEN = "a token for those who watch"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
LOGIN = {"email": EMAIL, "password": PASSWORD}

Samples = dict[tuple[Any, ...], float]


@pytest.fixture
async def watched(settings: Settings, aiohttp_client: Callable[..., Awaitable[Client]]) -> Client:
    """A client of a server with a token for machines, that counts as the real one does."""
    return await aiohttp_client(create_app(replace(settings, metrics_token=TOKEN)))


async def _scrape(client: Client) -> Samples:
    """The samples by their names and the values of their labels, those in the order of the labels' names."""
    answer = await client.get("/metrics", headers=BEARER)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(await answer.text())
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


async def test_ready_says_no_more_than_that_to_strangers(watched: Client) -> None:
    answer = await watched.get("/ready")
    assert answer.status == 200
    assert await answer.json() == {"detail": "ready"}


async def test_ready_tells_those_who_watch_of_its_parts(watched: Client, admin: int, make_user: MakeUser) -> None:
    told = {"detail": "ready", "parts": {"database": "ok", "redis": "ok", "disk": "ok", "storage": "ok"}}
    assert await (await watched.get("/ready", headers=BEARER)).json() == told
    await make_user("bob@example.org")
    await watched.post("/api/login/", json={**LOGIN, "email": "bob@example.org"})
    assert await (await watched.get("/ready")).json() == {"detail": "ready"}
    await watched.post("/api/login/", json=LOGIN)
    assert await (await watched.get("/ready")).json() == told


@pytest.mark.parametrize("part", ["database", "redis", "disk"])
async def test_ready_notices_what_is_away(mortal: Services, watched: Client, storage: Storage, part: str) -> None:
    if part == "disk":
        storage.root.rename(storage.root.with_name("elsewhere"))
    else:
        mortal.stop("postgres" if part == "database" else part)
    answer = await watched.get("/ready", headers=BEARER)
    assert answer.status == 503
    body = await answer.json()
    assert body["detail"] == "not ready"
    away = {part, "storage"} if part == "disk" else {part}
    assert {name for name, state in body["parts"].items() if state != "ok"} == away
    stranger = await watched.get("/ready")
    assert stranger.status == 503
    assert await stranger.json() == {"detail": "not ready"}
    assert (await watched.get("/health")).status == 200


async def test_a_process_that_stops_is_not_ready_and_sends_everyone_elsewhere(watched: Client) -> None:
    assert "Connection" not in (await watched.get("/ready")).headers
    watched.app[READINESS].is_stopping = True
    answer = await watched.get("/ready")
    assert answer.status == 503
    assert await answer.json() == {"detail": "stopping"}
    assert answer.headers["Connection"] == "close"


async def test_metrics_are_for_those_who_watch(watched: Client, admin: int, make_user: MakeUser) -> None:
    assert (await watched.get("/metrics")).status == 401
    for wrong in ("", "x", TOKEN + "x", TOKEN[:-1], "é"):
        assert (await watched.get("/metrics", headers={"Authorization": f"Bearer {wrong}"})).status == 401
    await make_user("bob@example.org")
    await watched.post("/api/login/", json={**LOGIN, "email": "bob@example.org"})
    assert (await watched.get("/metrics")).status == 403
    await watched.post("/api/login/", json=LOGIN)
    assert (await watched.get("/metrics")).status == 200
    assert (await watched.post("/metrics", headers=BEARER)).status == 405
    assert (await watched.get("/api/video/", headers=BEARER)).status == 401  # the token opens nothing else


async def test_without_a_token_the_empty_one_opens_nothing(client: Client) -> None:
    assert (await client.get("/metrics", headers={"Authorization": "Bearer "})).status == 401
    assert (await client.get("/metrics", headers={"Authorization": "Bearer"})).status == 401


async def test_metrics_tell_what_was_done(watched: Client, admin: int, publish: Publish, database: Database) -> None:
    video_id = await publish()
    await watched.post("/api/login/", json={**LOGIN, "password": "wrong password"})
    await watched.post("/api/login/", json=LOGIN)
    answer = await watched.get(f"/api/video/{video_id}/480p/000.ts")
    size = len(await answer.read())
    await watched.get("/no/such/path")
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO jobs (encode_id, kind, number, state, claim, speed) "
            "SELECT id, 'unit', n, 'running', gen_random_uuid(), 1.5 FROM encodes, generate_series(0, 1) n"
        )
        await connection.execute("INSERT INTO jobs (encode_id, kind, number) SELECT id, 'audio', 0 FROM encodes")
    told = await _scrape(watched)
    requests = "videoflix_requests_total"
    segment = "/api/video/{id}/{resolution}/{segment}"
    assert told[requests, "POST", "/api/login/", "200"] == 1
    assert told[requests, "POST", "/api/login/", "401"] == 1
    assert told[requests, "GET", segment, "200"] == 1
    assert told[requests, "*", "(no route)", "404"] == 1
    assert size < told["videoflix_sent_bytes_total", "GET", segment] < size + 1000
    assert told["videoflix_request_seconds_count", "GET", segment] == 1
    assert told["videoflix_request_seconds_bucket", "+Inf", "POST", "/api/login/"] == 2
    assert 0 < told["videoflix_request_seconds_sum", "POST", "/api/login/"] < 60
    assert told["videoflix_jobs", "unit", "running"] == 2
    assert told["videoflix_queue_length", "transcode"] == 1
    assert told["videoflix_queue_length", "mail"] == 0
    assert told["videoflix_encode_speed",] == 3
    assert told["videoflix_sessions",] == 1
    assert told["videoflix_films", "ready"] == 1
    assert told["videoflix_database_up",] == 1


async def test_metrics_can_be_had_without_the_database(mortal: Services, watched: Client) -> None:
    mortal.stop("postgres")
    told = await _scrape(watched)
    assert told["videoflix_database_up",] == 0
    assert not [name for name, *_ in told if name.startswith("videoflix_films")]


async def test_no_label_comes_from_a_request(watched: Client) -> None:
    for path in ("/evil-label", "/api/video/evil-label/", "/api/video/1/evil-label/index.m3u8"):
        await watched.get(path)
    await watched.request("EVIL", "/health")
    text = await (await watched.get("/metrics", headers=BEARER)).text()
    assert "evil" not in text.lower()


def test_every_process_counts_in_its_own_part_and_reads_all(settings: Settings) -> None:
    shared = SharedCounters(slots=3)
    routes = list(create_app(settings).router.routes())
    parts = [RequestMetrics(routes, shared, number) for number in (0, 2)]
    for tally in parts:
        tally._cells[1] += 1  # a request without a route, answered with the first status
    for tally in parts:
        (row,) = tally.rows()
        assert row.statuses == {str(STATUSES[0]): 2}
    successor = RequestMetrics(routes, shared, 2)
    (row,) = successor.rows()
    assert row.statuses == {str(STATUSES[0]): 2}  # who takes a part over goes on with its numbers
