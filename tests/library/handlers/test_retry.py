"""A film that has failed is tried again through the API."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from tests.failing_ffmpeg import FailingFfmpeg
from tests.films import Films
from tests.fixtures.app import Client
from tests.fixtures.encoding import Bring, Wait
from tests.fixtures.media import Media
from tests.fixtures.published import MakeUser, Publish
from tests.fixtures.services import EMAIL, PASSWORD, Services
from videoflix.db.pool import Database
from videoflix.encoding import queries as encoding_queries
from videoflix.library.adding import queue_encode
from videoflix.library.models import EncodeState
from videoflix.library.queries import encodes
from videoflix.queue.queues import TRANSCODE, Queues
from videoflix.streaming import queries as streaming_queries


@pytest.fixture
def failing_ffmpeg(services: Services, tmp_path: Path) -> FailingFfmpeg:
    return FailingFfmpeg(tmp_path, services.environ["FFMPEG"], segment=2)


@pytest.fixture
def environ(environ: dict[str, str], failing_ffmpeg: FailingFfmpeg) -> dict[str, str]:
    return {**environ, "FFMPEG": str(failing_ffmpeg.path)}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failed work is tried again without a wait."""
    monkeypatch.setattr("videoflix.encoding.jobs.RETRY_AFTER", (timedelta(0), timedelta(0)))


@pytest.fixture
def film(films: Films) -> Path:
    """One of four units."""
    return films.make("four.mp4", seconds=24)


async def _fail(database: Database, video_id: int) -> None:
    """As a worker that has given up leaves it."""
    async with database.connection() as connection:
        newest = await encodes.newest(connection, video_id)
        assert newest
        await connection.execute("UPDATE jobs SET state = 'failed', error = 'bad luck' WHERE encode_id = $1", newest)
        await encoding_queries.fail(connection, newest, "bad luck")


async def _tries(database: Database) -> dict[tuple[str, int], int]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT kind, number, attempts FROM jobs WHERE kind <> 'thumbnail'")
    return {(row["kind"], row["number"]): row["attempts"] for row in rows}


async def test_only_what_is_missing_is_made_again(
    impatient: None,
    logged_in: Client,
    worker: None,
    bring: Bring,
    wait: Wait,
    film: Path,
    failing_ffmpeg: FailingFfmpeg,
    database: Database,
    storage: Media,
) -> None:
    video_id = await bring(film)
    failed = await wait(video_id)
    assert failed.state is EncodeState.FAILED
    assert "segment 2 fails on purpose" in (failed.error or "")
    before = await _tries(database)
    assert before[("unit", 2)] == 3
    made = {file: file.stat().st_mtime_ns for file in storage.rendition(video_id, 1, 480).iterdir()}
    failing_ffmpeg.repair()
    answer = await logged_in.post(f"/api/admin/videos/{video_id}/retry/")
    assert answer.status == 200
    assert isinstance((await answer.json())["detail"], str)
    ready = await wait(video_id)
    assert (ready.state, ready.units_done) == (EncodeState.READY, 4)
    after = await _tries(database)
    assert after[("unit", 2)] == 1
    done = [("ingest", 0), ("audio", 0), ("unit", 0), ("unit", 1)]
    assert [after[job] for job in done] == [before[job] for job in done] == [1, 1, 1, 1]
    assert {file: file.stat().st_mtime_ns for file in made} == made
    segments = sorted(file.name for file in storage.rendition(video_id, 1, 480).iterdir())
    assert segments == ["000.ts", "001.ts", "002.ts", "003.ts"]


async def test_the_worker_hears_of_it_at_once_and_who_follows_never_sees_what_was_before(
    logged_in: Client, bring: Bring, film: Path, database: Database, queues: Queues
) -> None:
    video_id = await bring(film)
    await _fail(database, video_id)
    await queues[TRANSCODE].redis.flushall()
    events = f"/api/video/{video_id}/events/"
    assert '"failed"' in await (await logged_in.get(events)).text()
    assert (await logged_in.post(f"/api/admin/videos/{video_id}/retry/")).status == 200
    async with logged_in.get(events) as stream:
        assert b'"queued"' in await stream.content.readuntil(b"\n\n")
    assert await queues[TRANSCODE].count("queued") == 1


async def test_redis_does_not_matter(
    restartable_services: Services, logged_in: Client, bring: Bring, film: Path, database: Database
) -> None:
    video_id = await bring(film)
    await _fail(database, video_id)
    restartable_services.stop("redis")
    assert (await logged_in.post(f"/api/admin/videos/{video_id}/retry/")).status == 200
    async with database.connection() as connection:
        progress = await encodes.progress(connection, video_id)
    assert progress
    assert progress.state is EncodeState.QUEUED


async def test_of_eight_who_ask_at_once_one_begins_it(
    logged_in: Client, bring: Bring, film: Path, database: Database
) -> None:
    video_id = await bring(film)
    await _fail(database, video_id)
    path = f"/api/admin/videos/{video_id}/retry/"
    answers = await asyncio.gather(*(logged_in.post(path) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 7
    again = await logged_in.post(path)
    assert again.status == 409
    assert "still being encoded" in (await again.json())["detail"]


async def test_it_is_for_administrators(
    client: Client, admin: int, make_user: MakeUser, bring: Bring, film: Path, database: Database
) -> None:
    video_id = await bring(film)
    await _fail(database, video_id)
    path = f"/api/admin/videos/{video_id}/retry/"
    assert (await client.post(path)).status == 401
    await make_user("bob@example.org")
    await client.post("/api/login/", json={"email": "bob@example.org", "password": PASSWORD})
    assert (await client.post(path)).status == 403
    assert (await client.post("/api/admin/videos/99/retry/")).status == 403
    await client.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})
    assert (await client.post(path, headers={"Origin": "https://evil.example"})).status == 403
    for unknown in ("99", "0", "x"):
        assert (await client.post(f"/api/admin/videos/{unknown}/retry/")).status == 404
    assert (await client.post(path)).status == 200


async def test_what_has_not_failed_is_a_conflict(logged_in: Client, publish: Publish) -> None:
    answer = await logged_in.post(f"/api/admin/videos/{await publish()}/retry/")
    assert answer.status == 409
    assert "ready" in (await answer.json())["detail"]


async def test_without_the_original_nothing_that_is_missing_can_be_made(
    logged_in: Client, bring: Bring, film: Path, database: Database, storage: Media
) -> None:
    video_id = await bring(film)
    await _fail(database, video_id)
    storage.original(video_id).unlink()
    answer = await logged_in.post(f"/api/admin/videos/{video_id}/retry/")
    assert answer.status == 409
    assert "original" in (await answer.json())["detail"]
    async with database.connection() as connection:
        progress = await encodes.progress(connection, video_id)
    assert progress
    assert progress.state is EncodeState.FAILED


async def test_a_picture_that_has_failed_is_tried_again_beside_a_film_that_is_ready(
    logged_in: Client, bring: Bring, wait: Wait, worker: None, films: Films, database: Database
) -> None:
    video_id = await bring(films.make())
    await wait(video_id)
    async with asyncio.timeout(60), database.connection() as connection:
        while not await connection.fetchval("SELECT thumbnail FROM encodes"):
            await asyncio.sleep(0.05)
        await connection.execute("UPDATE jobs SET state = 'failed' WHERE kind = 'thumbnail'")
        await connection.execute("UPDATE encodes SET thumbnail = 0")
        assert (await logged_in.post(f"/api/admin/videos/{video_id}/retry/")).status == 200
        while not await connection.fetchval("SELECT thumbnail FROM encodes"):
            await asyncio.sleep(0.05)
        assert await connection.fetchval("SELECT state FROM encodes") == "ready"


async def test_an_older_version_is_served_meanwhile(
    logged_in: Client, publish: Publish, database: Database, storage: Media
) -> None:
    video_id = await publish()
    storage.original(video_id).write_bytes(b"film")
    async with database.transaction() as connection:
        assert await queue_encode(connection, video_id)
    await _fail(database, video_id)
    assert (await logged_in.post(f"/api/admin/videos/{video_id}/retry/")).status == 200
    assert "?v=1" in await (await logged_in.get(f"/api/video/{video_id}/480p/index.m3u8")).text()
    async with database.connection() as connection:
        served = await streaming_queries.film(connection, video_id)
        assert served
        assert served.version == 1
