"""Stops, kills, failures and deletions: jobs are neither lost nor repeated."""

import asyncio
import gc
import signal
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec import structs

from tests.films import Films
from tests.fixtures.encoding import Bring, StartWorker, Wait
from tests.fixtures.media import Media
from tests.fixtures.services import Services
from tests.numbered_films import H264, make, read
from videoflix.db.pool import Connection, Database
from videoflix.encoding import jobs as run_job
from videoflix.encoding import queries as encoding_queries
from videoflix.encoding import transcode
from videoflix.encoding.cleaning import clean
from videoflix.encoding.context import JobContext, JobProgress
from videoflix.errors import ClaimLost, EncodeFailed, QueueUnavailable
from videoflix.library.adding import queue_encode, resume
from videoflix.library.models import EncodeState, Progress
from videoflix.library.queries import encodes, videos
from videoflix.queue import queries as jobs
from videoflix.queue.due import enqueue_due
from videoflix.queue.models import Job, JobKind
from videoflix.queue.queues import TRANSCODE, Queues
from videoflix.streaming import queries as streaming_queries
from videoflix.worker import build


def _encodes(now: Progress) -> bool:
    return JobKind.UNIT in now.working and now.done > 0.3


async def _encoded_now(database: Database) -> list[int]:
    """The running units, once each of them has encoded frames."""
    async with database.connection() as connection, asyncio.timeout(120):
        while True:
            rows = await connection.fetch(
                "SELECT number, progress FROM jobs WHERE kind = 'unit' AND state = 'running'"
            )
            if rows and all(row["progress"] > 0 for row in rows):
                return [row["number"] for row in rows]
            await asyncio.sleep(0.05)


async def test_another_worker_finishes_the_film_of_a_killed_one(
    start_process: StartWorker, bring: Bring, wait: Wait, database: Database, long_film: Path, storage: Media
) -> None:
    first = start_process()
    video_id = await bring(long_film)
    await wait(video_id, _encodes)
    first.send_signal(signal.SIGKILL)
    first.wait()
    async with database.connection() as connection:  # do not wait for the heartbeat to expire
        await connection.execute("UPDATE jobs SET heartbeat_at = now() - interval '1 minute' WHERE state = 'running'")
    start_process()
    assert (await wait(video_id)).state is EncodeState.READY
    async with database.connection() as connection:
        tries = [row["attempts"] for row in await connection.fetch("SELECT attempts FROM jobs WHERE kind = 'unit'")]
    assert set(tries) == {1, 2}  # only the running jobs are repeated


@pytest.mark.usefixtures("copying")
async def test_a_copied_film_grows_in_step_and_is_whole_after_a_kill(
    start_process: StartWorker,
    bring: Bring,
    wait: Wait,
    database: Database,
    films: Films,
    storage: Media,
    tmp_path: Path,
) -> None:
    video = (*H264, "-g", "10", *("-colorspace", "bt709", "-color_primaries", "bt709", "-vf", "setsar=1"))
    source = make(films, tmp_path / "film.mp4", rate="10", frames=600, size="720x720", seconds=60, video=video)
    first = start_process()
    video_id = await bring(source)
    await wait(video_id, lambda now: now.units_done >= 2)
    async with database.connection() as connection:
        film = await streaming_queries.film(connection, video_id)
        assert film is not None
        lists = [
            await encoding_queries.segments(connection, video_id, 1, label, film.segments) for label in film.labels
        ]
    assert film.labels == (480, 720)
    assert [len(segments) for segments in lists] == [film.segments] * 2
    assert 0 < film.segments < 10
    assert not film.is_complete
    first.send_signal(signal.SIGKILL)
    first.wait()
    start_process()
    assert (await wait(video_id)).state is EncodeState.READY
    for label in (480, 720):
        assert read(films, storage.rendition(video_id, 1, label), tmp_path).numbers == list(range(600))


async def test_a_stopped_worker_releases_its_jobs_and_leaves_no_files(
    start_process: StartWorker, bring: Bring, wait: Wait, database: Database, long_film: Path, storage: Media
) -> None:
    worker = start_process()
    video_id = await bring(long_film)
    await wait(video_id, _encodes)
    worker.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(worker.wait, 30) == 0
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT state, attempts FROM jobs WHERE kind = 'unit'")
    assert {tuple(row) for row in rows} == {("done", 1), ("queued", 0)}
    assert list((storage.root / "staging").iterdir()) == []
    start_process()
    assert (await wait(video_id)).state is EncodeState.READY


async def test_a_wiped_redis_loses_nothing(
    worker: None, bring: Bring, wait: Wait, queues: Queues, long_film: Path
) -> None:
    video_id = await bring(long_film)
    await queues[TRANSCODE].redis.flushall()
    await wait(video_id, _encodes)
    await queues[TRANSCODE].redis.flushall()
    assert (await wait(video_id)).state is EncodeState.READY


async def test_jobs_run_without_redis(
    restartable_services: Services, worker: None, bring: Bring, wait: Wait, films: Films, database: Database
) -> None:
    film = films.make()
    restartable_services.stop("redis")
    with pytest.raises(QueueUnavailable):
        await bring(film)
    async with database.connection() as connection:
        [video_id] = await encodes.all_videos(connection)
    assert (await wait(video_id)).state is EncodeState.READY


async def test_an_encode_survives_a_crash_of_the_database(
    restartable_services: Services, worker: None, bring: Bring, wait: Wait, long_film: Path
) -> None:
    video_id = await bring(long_film)
    await wait(video_id, _encodes)
    restartable_services.stop("postgres")
    restartable_services.start_postgres()
    assert (await wait(video_id)).state is EncodeState.READY


async def test_results_are_recorded_when_the_database_is_back(
    restartable_services: Services,
    worker: None,
    bring: Bring,
    wait: Wait,
    database: Database,
    long_film: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing is published meanwhile: nobody knows whose the units are."""
    video_id = await bring(long_film)
    await wait(video_id, lambda now: now.units_done > 0)
    under_way = await _encoded_now(database)
    restartable_services.stop("postgres")
    async with asyncio.timeout(120):
        while caplog.text.count("waits to be recorded") < len(under_way):
            await asyncio.sleep(0.05)
    restartable_services.start_postgres()
    assert (await wait(video_id)).state is EncodeState.READY
    async with database.connection() as connection:
        tries = await connection.fetch("SELECT DISTINCT attempts FROM jobs WHERE kind = 'unit'")
    assert [row["attempts"] for row in tries] == [1]


async def test_staging_of_a_killed_worker_is_removed_and_that_of_a_running_one_is_kept(
    start_process: StartWorker,
    bring: Bring,
    wait: Wait,
    storage: Media,
    job_context: JobContext,
    long_film: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = start_process()
    video_id = await bring(long_film)
    await wait(video_id, _encodes)
    first.send_signal(signal.SIGKILL)
    first.wait()
    dead = set((storage.root / "staging").iterdir())
    assert dead
    monkeypatch.setattr("videoflix.storage.staging.QUIET_SECONDS", -1.0)
    async with job_context.database.connection() as connection:  # do not wait for the heartbeat to expire
        await connection.execute("UPDATE jobs SET heartbeat_at = now() - interval '1 minute' WHERE state = 'running'")
    start_process()
    async with asyncio.timeout(60):
        while not (living := set((storage.root / "staging").iterdir()) - dead):
            await asyncio.sleep(0.05)
    await clean(job_context)
    assert not dead & set((storage.root / "staging").iterdir())
    assert (await wait(video_id)).state is EncodeState.READY
    async with job_context.database.connection() as connection:
        tries = [row["attempts"] for row in await connection.fetch("SELECT attempts FROM jobs WHERE kind = 'unit'")]
    assert living
    assert max(tries) == 2  # those of the killed worker; the second was not interrupted


async def test_a_failing_unit_is_tried_three_times(
    worker: None,
    bring: Bring,
    wait: Wait,
    database: Database,
    queues: Queues,
    films: Films,
    storage: Media,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("videoflix.encoding.jobs.RETRY_AFTER", (timedelta(0), timedelta(0)))
    monkeypatch.setattr("videoflix.encoding.unit_run.X264", "no_such_encoder")
    video_id = await bring(films.make())
    progress = await wait(video_id)
    assert progress.state is EncodeState.FAILED
    assert "no_such_encoder" in (progress.error or "")
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT attempts FROM jobs WHERE kind = 'unit'") == 3
        assert await streaming_queries.film(connection, video_id) is None
        assert await encodes.videos_without_film(connection) == [video_id]
    monkeypatch.undo()
    async with database.transaction() as connection:
        assert await resume(connection, video_id)
    await enqueue_due(database, queues)
    assert (await wait(video_id)).state is EncodeState.READY


async def test_a_job_that_kills_its_workers_fails(
    job_context: JobContext, bring: Bring, wait: Wait, database: Database, films: Films
) -> None:
    video_id = await bring(films.make())
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE jobs SET state = 'running', claim = gen_random_uuid(), attempts = 3, "
            "heartbeat_at = now() - interval '1 minute'"
        )
    running = build(job_context, TRANSCODE)
    task = asyncio.create_task(running.start())
    progress = await wait(video_id)
    await running.stop()
    await task
    assert progress.state is EncodeState.FAILED
    assert "was killed" in (progress.error or "")


async def test_a_video_deleted_during_its_encode_leaves_no_files(
    worker: None, bring: Bring, wait: Wait, database: Database, storage: Media, long_film: Path
) -> None:
    video_id = await bring(long_film)
    await wait(video_id, _encodes)
    async with database.connection() as connection:
        await videos.remove(connection, video_id)
    storage.remove_video(video_id)
    async with asyncio.timeout(60):
        while list((storage.root / "staging").iterdir()) or storage.films():
            await asyncio.sleep(0.05)


async def test_viewers_keep_the_old_version_until_the_new_one_is_complete(
    worker: None, bring: Bring, wait: Wait, database: Database, queues: Queues, storage: Media, long_film: Path
) -> None:
    video_id = await bring(long_film)
    await wait(video_id)
    async with database.transaction() as connection:
        assert await queue_encode(connection, video_id)
    await enqueue_due(database, queues)
    await wait(video_id, _encodes)
    async with database.connection() as connection:
        film = await streaming_queries.film(connection, video_id)
    assert film
    assert film.version == 1
    await wait(video_id)
    async with database.connection() as connection:
        film = await streaming_queries.film(connection, video_id)
        assert film
        assert film.version == 2
        assert storage.labels(video_id, 1) == (480, 720)
        assert await encoding_queries.remove_superseded(connection, timedelta(hours=6)) == []
        assert await encoding_queries.remove_superseded(connection, timedelta(0)) == [(video_id, 1)]


async def test_a_step_that_lost_its_claim_ends_without_a_trace(
    job_context: JobContext, storage: Media, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def step(job_context: JobContext, job: Job, gauge: JobProgress) -> None:
        storage.rendition(job.video_id, job.version, 480).mkdir(parents=True)
        try:
            await asyncio.sleep(3600)
        finally:
            raise EncodeFailed("it ends badly when it is stopped")

    monkeypatch.setitem(run_job.STEPS, JobKind.UNIT, step)
    assert not await run_job.run_job(job_context, _lost(7), None)
    gc.collect()
    assert "never retrieved" not in caplog.text
    assert storage.films() == []


async def test_a_worker_that_resumes_late_does_not_change_a_ready_film(
    job_context: JobContext, worker: None, bring: Bring, wait: Wait, films: Films, storage: Media
) -> None:
    """It encodes a unit to its end, as one does that cannot reach the database."""
    video_id = await bring(films.make(audio=False))
    await wait(video_id)
    late = _lost(video_id)
    segment = storage.segment((video_id, 1, 480, 0))
    published = segment.read_bytes()
    with pytest.raises(ClaimLost):
        await transcode.unit(job_context, late, JobProgress())
    assert segment.read_bytes() == published
    await run_job._fail(job_context, late, "no film after all")
    assert storage.labels(video_id, 1) == (480,)
    assert (await wait(video_id)).state is EncodeState.READY


async def test_a_heartbeat_while_a_job_completes_does_not_take_it_for_lost(
    job_context: JobContext, bring: Bring, films: Films, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one heartbeat after the other there is always one that waits for the commit."""
    monkeypatch.setattr(jobs, "BEAT_SECONDS", 0.0)
    await bring(films.make())
    for kind in (JobKind.INGEST, JobKind.AUDIO, JobKind.UNIT):
        async with database.connection() as connection:
            job = await jobs.claim(connection, kind, uuid4())
        assert job
        assert await run_job.run_job(job_context, job, None)
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT state FROM encodes") == "ready"


@pytest.mark.parametrize("kind", [JobKind.INGEST, JobKind.CAPTIONS, JobKind.STORYBOARD])
async def test_a_video_can_be_deleted_while_a_job_of_it_completes(
    job_context: JobContext,
    worker: None,
    bring: Bring,
    wait: Wait,
    films: Films,
    database: Database,
    tmp_path: Path,
    kind: JobKind,
) -> None:
    """Both need the rows of the video, of its encode and of the job: in another order they would wait for each
    other."""
    captions, film = tmp_path / "captions.srt", tmp_path / "film.mkv"
    captions.write_text("1\n00:00:01,000 --> 00:00:02,000\nWords\n")
    films.run("-i", str(films.make(audio=False)), "-i", str(captions), "-c:v", "copy", "-c:s", "srt", str(film))
    video_id = await bring(film)
    await wait(video_id)
    async with database.connection() as connection:
        while await connection.fetchval("SELECT count(*) FROM jobs WHERE state <> 'done'"):
            await asyncio.sleep(0.05)
        job = await _claimed_again(connection, video_id, kind)
    async with database.transaction() as connection:
        await connection.execute("SELECT FROM videos FOR UPDATE")  # the first two steps of the deletion
        await connection.execute("SELECT FROM encodes FOR UPDATE")
        step = asyncio.create_task(run_job.STEPS[kind](job_context, job, JobProgress()))
        async with asyncio.timeout(60), database.connection() as other:
            while not await other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0.02)
        await videos.remove(connection, video_id)
    with pytest.raises(ClaimLost):
        await step


async def _claimed_again(connection: Connection, video_id: int, kind: JobKind) -> Job:
    """The job of a film, as it was before it was done."""
    again = "UPDATE jobs SET state = 'running', claim = $1, heartbeat_at = now() WHERE kind = $2 RETURNING id"
    claim = uuid4()
    job_id = await connection.fetchval(again, claim, kind)
    await connection.execute("UPDATE encodes SET state = 'queued'")
    return structs.replace(_lost(video_id), id=job_id, kind=kind, claim=claim)


def _lost(video_id: int) -> Job:
    """A job whose claim has been lost."""
    return Job(
        id=1,
        kind=JobKind.UNIT,
        encode_id=1,
        video_id=video_id,
        version=1,
        attempts=1,
        claim=uuid4(),
        number=0,
        first_frame=0,
        frames=1,
        first_segment=0,
        segments=1,
        others_wait=False,
    )
