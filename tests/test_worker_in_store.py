"""Workers that share a bucket: killed while they publish, late, and while lists lag or credentials are refused."""

import asyncio
import threading
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec import structs

from tests.films import Films
from tests.fixtures.encoding import Bring, StartWorker, Wait
from tests.fixtures.store import Fault, Store
from tests.numbered_films import make, read
from videoflix.db.pool import Database
from videoflix.encoding import jobs as run_job
from videoflix.encoding import transcode
from videoflix.encoding.cleaning import clean
from videoflix.encoding.context import JobContext, JobProgress
from videoflix.errors import ClaimLost
from videoflix.library.inventory import take
from videoflix.library.models import EncodeState
from videoflix.queue import queries as jobs
from videoflix.queue.models import Job, JobKind
from videoflix.settings import Settings
from videoflix.storage import names
from videoflix.storage.storage import Storage

pytestmark = pytest.mark.usefixtures("in_store")


@pytest.fixture
def storage(s3: Storage) -> Storage:
    """For workers."""
    return s3


async def _until_sent(store: Store, beginning: str) -> None:
    async with asyncio.timeout(120):
        while not any(request.startswith(beginning) for request in store.requests):
            await asyncio.sleep(0.02)


async def _until_idle(database: Database) -> None:
    async with asyncio.timeout(120), database.connection() as connection:
        while await connection.fetchval("SELECT count(*) FROM jobs WHERE state <> 'done'"):
            await asyncio.sleep(0.1)


async def test_a_host_that_is_killed_while_it_publishes_leaves_a_whole_film(
    start_process: StartWorker,
    bring: Bring,
    wait: Wait,
    database: Database,
    films: Films,
    storage: Storage,
    store: Store,
    job_context: JobContext,
    in_store: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One of two segments of its unit is published, and the other arrives when it is dead. Lists lag all the time."""
    segment = f"PUT /{in_store}/our/films/{names.segment(1, 1, 480, 2)}"
    late = threading.Event()
    store.faults = [Fault(segment, held=late, times=1), Fault(f"GET /{in_store}?list-type=2", lag=5.0)]
    first = start_process()
    video_id = await bring(make(films, tmp_path / "film.mp4", rate="5", frames=180, seconds=36))
    await _until_sent(store, segment)
    first.kill()
    first.wait()
    late.set()
    async with database.connection() as connection:  # do not wait for the heartbeat to expire
        await connection.execute("UPDATE jobs SET heartbeat_at = now() - interval '1 minute' WHERE state = 'running'")
    start_process()
    assert (await wait(video_id)).state is EncodeState.READY
    await _until_idle(database)
    monkeypatch.setattr("videoflix.storage.orphans.ORPHAN_SECONDS", -1.0)
    monkeypatch.setattr("videoflix.storage.orphans.ORIGINAL_SECONDS", -1.0)
    await clean(job_context)  # what a list lacked is removed an hour later
    store.faults = []
    await clean(job_context)
    (tmp_path / "published").mkdir()
    published = storage.sizes(names.rendition(video_id, 1, 480))
    storage.gather(published, tmp_path / "published")
    assert read(films, tmp_path / "published", tmp_path).numbers == list(range(180))
    found = await take(database, storage)
    assert (found.missing, found.orphans, found.strangers) == ([], [], [])


async def test_what_a_host_publishes_late_does_not_replace_what_is_published(
    bring: Bring,
    films: Films,
    database: Database,
    storage: Storage,
    store: Store,
    job_context: JobContext,
    in_store: str,
) -> None:
    """Both believe that the unit is theirs: the first one checked its claim just before it was cut off."""
    video_id = await bring(films.make())
    for kind in (JobKind.INGEST, JobKind.AUDIO):
        assert await run_job.run_job(job_context, await _claim(database, kind), None)
    late = await _claim(database, JobKind.UNIT)
    segment = f"PUT /{in_store}/our/films/{names.segment(video_id, 1, 480, 0)}"
    network = threading.Event()
    store.faults = [Fault(segment, held=network, times=1)]
    publishing = asyncio.create_task(transcode.unit(job_context, late, JobProgress()))
    await _until_sent(store, segment)
    async with database.connection() as connection:
        await connection.execute("UPDATE jobs SET heartbeat_at = now() - interval '1 minute' WHERE state = 'running'")
    other = structs.replace(job_context, settings=replace(job_context.settings, transcode_crf=40))
    assert await run_job.run_job(other, await _claim(database, JobKind.UNIT), None)
    name = names.segment(video_id, 1, 480, 0)
    published = storage.read(name)
    network.set()
    with pytest.raises(ClaimLost):
        await publishing
    assert storage.read(name) == published
    found = await take(database, storage)
    assert [one.what for one in found.missing if "segments" in one.what] == []


async def _claim(database: Database, kind: JobKind) -> Job:
    async with database.connection() as connection:
        job = await jobs.claim(connection, kind, uuid4())
    assert job
    return job


async def test_refused_credentials_are_named_and_the_film_waits(
    worker: None,
    bring: Bring,
    wait: Wait,
    films: Films,
    database: Database,
    store: Store,
    in_store: str,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As after a rotation, until the worker is started again with the new ones."""
    monkeypatch.setattr(run_job, "_told_at", float("-inf"))
    store.faults = [Fault(f"PUT /{in_store}/our/films/films/", status=403, code="InvalidAccessKeyId")]
    video_id = await bring(films.make())
    reason = "The storage cannot be used: it refuses the credentials (S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY)."
    async with asyncio.timeout(60), database.connection() as connection:
        while not await connection.fetchval("SELECT count(*) FROM jobs WHERE error = $1", reason):
            await asyncio.sleep(0.05)
        assert f"waits: {reason}" in caplog.text
        store.faults = []
        await connection.execute("UPDATE jobs SET not_before = now()")
    assert (await wait(video_id)).state is EncodeState.READY
