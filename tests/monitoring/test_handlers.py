"""Health, readiness and metrics, and who has access to them."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.fixtures.app import Client
from tests.fixtures.media import Media
from tests.fixtures.published import MakeUser, Publish
from tests.fixtures.services import EMAIL, PASSWORD, Services
from videoflix.app import create_app
from videoflix.db.pool import Database
from videoflix.monitoring import queries
from videoflix.monitoring.request_metrics import STATUSES, RequestMetrics, SharedCounters
from videoflix.monitoring.resources import READINESS
from videoflix.settings import Settings

TOKEN = "a token for monitoring"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
LOGIN = {"email": EMAIL, "password": PASSWORD}

Samples = dict[tuple[Any, ...], float]


@pytest.fixture
async def monitored(settings: Settings, aiohttp_client: Callable[..., Awaitable[Client]]) -> Client:
    """A client of a server that has METRICS_TOKEN and counts requests, as in production."""
    return await aiohttp_client(create_app(replace(settings, metrics_token=TOKEN)))


async def _scrape(client: Client) -> Samples:
    """The samples by name and label values, which are in the order of the label names."""
    answer = await client.get("/metrics", headers=BEARER)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(await answer.text())
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


async def test_ready_returns_no_details_without_access(monitored: Client) -> None:
    answer = await monitored.get("/ready")
    assert answer.status == 200
    assert await answer.json() == {"detail": "ready"}


async def test_ready_returns_its_parts_with_access_to_the_metrics(
    monitored: Client, admin: int, make_user: MakeUser
) -> None:
    details = {"detail": "ready", "parts": {"database": "ok", "redis": "ok", "disk": "ok", "storage": "ok"}}
    assert await (await monitored.get("/ready", headers=BEARER)).json() == details
    await make_user("bob@example.org")
    await monitored.post("/api/login/", json={**LOGIN, "email": "bob@example.org"})
    assert await (await monitored.get("/ready")).json() == {"detail": "ready"}
    await monitored.post("/api/login/", json=LOGIN)
    assert await (await monitored.get("/ready")).json() == details


@pytest.mark.parametrize("part", ["database", "redis", "disk"])
async def test_ready_returns_503_if_a_service_is_unavailable(
    restartable_services: Services, monitored: Client, storage: Media, part: str
) -> None:
    if part == "disk":
        storage.root.rename(storage.root.with_name("elsewhere"))
    else:
        restartable_services.stop("postgres" if part == "database" else part)
    answer = await monitored.get("/ready", headers=BEARER)
    assert answer.status == 503
    body = await answer.json()
    assert body["detail"] == "not ready"
    failed = {part, "storage"} if part == "disk" else {part}
    assert {name for name, state in body["parts"].items() if state != "ok"} == failed
    stranger = await monitored.get("/ready")
    assert stranger.status == 503
    assert await stranger.json() == {"detail": "not ready"}
    assert (await monitored.get("/health")).status == 200


async def test_a_stopping_process_is_not_ready_and_closes_connections(monitored: Client) -> None:
    assert "Connection" not in (await monitored.get("/ready")).headers
    monitored.app[READINESS].is_stopping = True
    answer = await monitored.get("/ready")
    assert answer.status == 503
    assert await answer.json() == {"detail": "stopping"}
    assert answer.headers["Connection"] == "close"


async def test_metrics_need_the_token_or_an_administrator(monitored: Client, admin: int, make_user: MakeUser) -> None:
    assert (await monitored.get("/metrics")).status == 401
    for wrong in ("", "x", TOKEN + "x", TOKEN[:-1], "é"):
        assert (await monitored.get("/metrics", headers={"Authorization": f"Bearer {wrong}"})).status == 401
    await make_user("bob@example.org")
    await monitored.post("/api/login/", json={**LOGIN, "email": "bob@example.org"})
    assert (await monitored.get("/metrics")).status == 403
    await monitored.post("/api/login/", json=LOGIN)
    assert (await monitored.get("/metrics")).status == 200
    assert (await monitored.post("/metrics", headers=BEARER)).status == 405
    assert (await monitored.get("/api/video/", headers=BEARER)).status == 401  # the token gives no other access


async def test_an_empty_token_gives_no_access(client: Client) -> None:
    assert (await client.get("/metrics", headers={"Authorization": "Bearer "})).status == 401
    assert (await client.get("/metrics", headers={"Authorization": "Bearer"})).status == 401


async def test_metrics_count_requests_and_jobs(
    monitored: Client, admin: int, publish: Publish, database: Database
) -> None:
    video_id = await publish()
    await monitored.post("/api/login/", json={**LOGIN, "password": "wrong password"})
    await monitored.post("/api/login/", json=LOGIN)
    answer = await monitored.get(f"/api/video/{video_id}/480p/000.ts")
    size = len(await answer.read())
    await monitored.get("/no/such/path")
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO jobs (encode_id, kind, number, frames, state, claim, speed) "
            "SELECT id, 'unit', n, 150, 'running', gen_random_uuid(), 1.5 FROM encodes, generate_series(0, 1) n"
        )
        await connection.execute("INSERT INTO jobs (encode_id, kind, number) SELECT id, 'audio', 0 FROM encodes")
    samples = await _scrape(monitored)
    requests = "videoflix_requests_total"
    segment = "/api/video/{id}/{resolution}/{segment}"
    assert samples[requests, "POST", "/api/login/", "200"] == 1
    assert samples[requests, "POST", "/api/login/", "401"] == 1
    assert samples[requests, "GET", segment, "200"] == 1
    assert samples[requests, "*", "(no route)", "404"] == 1
    assert size < samples["videoflix_sent_bytes_total", "GET", segment] < size + 1000
    assert samples["videoflix_request_seconds_count", "GET", segment] == 1
    assert samples["videoflix_request_seconds_bucket", "+Inf", "POST", "/api/login/"] == 2
    assert 0 < samples["videoflix_request_seconds_sum", "POST", "/api/login/"] < 60
    assert samples["videoflix_jobs", "unit", "running"] == 2
    assert samples["videoflix_queue_length", "transcode"] == 1
    assert samples["videoflix_queue_length", "mail"] == 0
    assert samples["videoflix_queue_seconds", "transcode"] == pytest.approx(10 / 3)
    assert samples["videoflix_encode_speed",] == 3
    assert samples["videoflix_sessions",] == 1
    assert samples["videoflix_films", "ready"] == 1
    assert samples["videoflix_database_up",] == 1


async def test_metrics_reckon_how_long_the_queue_will_take(publish: Publish, database: Database) -> None:
    async def seconds() -> float:
        async with database.connection() as connection:
            [found] = [one for one in await queries.samples(connection) if one.name == "queue_seconds"]
        return found.value

    async def change(statement: str) -> None:
        async with database.connection() as connection:
            await connection.execute(statement)

    assert await seconds() == 0
    await publish("Alien")
    await change("UPDATE encodes SET frame_rate_num = 30000, frame_rate_den = 1001, duration = 120")
    await change(
        "INSERT INTO jobs (encode_id, kind, number, frames) "
        "SELECT id, 'unit', n, 3000 FROM encodes, generate_series(1, 4) n"
    )
    assert await seconds() == pytest.approx(400.4)  # nothing has been encoded yet
    await change("UPDATE jobs SET state = 'done', speed = 2.5 WHERE number = 1")
    assert await seconds() == pytest.approx(300.3 / 2.5)  # the last unit's speed
    await change(
        "UPDATE jobs SET state = 'running', claim = gen_random_uuid(), heartbeat_at = now() WHERE number = 2"
    )
    assert await seconds() == pytest.approx(200.2 / 2.5)  # it has just begun
    await change("UPDATE jobs SET speed = 0.5 WHERE number = 2")
    assert await seconds() == pytest.approx(400.4)
    await change("UPDATE jobs SET heartbeat_at = now() - interval '1 minute' WHERE number = 2")
    assert await seconds() == pytest.approx(300.3 / 2.5)  # its worker has died
    await change("INSERT INTO jobs (encode_id, kind) SELECT id, 'thumbnail' FROM encodes")
    assert await seconds() == pytest.approx(310.3 / 2.5)
    await change("UPDATE encodes SET state = 'failed', published_at = NULL, error = 'broken'")
    await change("DELETE FROM jobs WHERE state = 'running'")
    assert await seconds() == 0


async def test_metrics_without_the_database(restartable_services: Services, monitored: Client) -> None:
    restartable_services.stop("postgres")
    samples = await _scrape(monitored)
    assert samples["videoflix_database_up",] == 0
    assert not [name for name, *_ in samples if name.startswith("videoflix_films")]


async def test_no_label_is_taken_from_a_request(monitored: Client) -> None:
    for path in ("/evil-label", "/api/video/evil-label/", "/api/video/1/evil-label/index.m3u8"):
        await monitored.get(path)
    await monitored.request("EVIL", "/health")
    text = await (await monitored.get("/metrics", headers=BEARER)).text()
    assert "evil" not in text.lower()


def test_each_process_counts_in_its_own_slot_and_reads_all(settings: Settings) -> None:
    shared = SharedCounters(slots=3)
    routes = list(create_app(settings).router.routes())
    slots = [RequestMetrics(routes, shared, number) for number in (0, 2)]
    for metrics in slots:
        metrics._cells[1] += 1  # a request without a route, answered with the first status
    for metrics in slots:
        (row,) = metrics.rows()
        assert row.statuses == {str(STATUSES[0]): 2}
    successor = RequestMetrics(routes, shared, 2)
    (row,) = successor.rows()
    assert row.statuses == {str(STATUSES[0]): 2}  # a process that takes over a slot continues its counters
