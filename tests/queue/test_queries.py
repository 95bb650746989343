import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from fractions import Fraction
from uuid import uuid4

from msgspec import structs

from videoflix.db.pool import Connection, Database
from videoflix.encoding import queries as encoding_queries
from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.units import plan_units
from videoflix.library.adding import queue_encode, resume
from videoflix.monitoring.queries import samples
from videoflix.queue import queries as jobs
from videoflix.queue.models import JobKind


async def _queued(connection: Connection) -> int:
    video_id = await connection.fetchval(
        "INSERT INTO videos (title, description, category) VALUES ('t', '', '') RETURNING id"
    )
    assert await queue_encode(connection, video_id)
    job_id: int = await connection.fetchval("SELECT max(id) FROM jobs")
    return job_id


async def test_only_one_of_many_workers_claims_a_job(database: Database) -> None:
    async with database.connection() as connection:
        await _queued(connection)

    async def claim() -> bool:
        async with database.connection() as connection:
            return await jobs.claim(connection, JobKind.INGEST, uuid4()) is not None

    assert sum(await asyncio.gather(*(claim() for _ in range(8)))) == 1


async def test_a_claim_without_heartbeats_passes_to_another_worker(database: Database) -> None:
    async with database.connection() as connection:
        job_id = await _queued(connection)
        first = await jobs.claim(connection, JobKind.INGEST, uuid4())
        assert first
        assert await jobs.waiting(connection) == []
        await connection.execute("UPDATE jobs SET heartbeat_at = now() - interval '1 minute'")
        assert await jobs.waiting(connection) == [(JobKind.INGEST, job_id, 1)]
        second = await jobs.claim(connection, JobKind.INGEST, uuid4())
        assert second
        assert second.attempts == 2
        assert not await jobs.beat(connection, first, 0.5, 1.0)
        assert not await jobs.complete(connection, first)
        assert await jobs.beat(connection, second, 0.5, 1.0)
        assert await jobs.complete(connection, second)


async def test_many_jobs_of_one_kind_do_not_hide_another(database: Database) -> None:
    async with database.connection() as connection:
        job_id = await _queued(connection)
        await connection.execute(
            "UPDATE jobs SET kind = 'unit', first_segment = 0, segments = 1 WHERE id = $1", job_id
        )
        for _ in range(120):
            await _queued(connection)
        waiting = await jobs.waiting(connection)
    assert waiting[-1] == (JobKind.UNIT, job_id, 0)
    assert len(waiting) < 30


async def test_the_remaining_units_of_a_failed_film_do_not_take_cores_from_others(database: Database) -> None:
    async with database.connection() as connection:
        await _queued(connection)
        await connection.execute("UPDATE jobs SET kind = 'unit'")
        await connection.execute("UPDATE encodes SET state = 'failed'")
        await _queued(connection)
        job = await jobs.claim(connection, JobKind.INGEST, uuid4())
        assert job
        assert not job.others_wait
        lengths = {one.labels: one.value for one in await samples(connection) if one.name == "queue_length"}
    assert lengths["transcode",] == 0


async def test_completed_jobs_stay_counted_when_their_video_is_deleted(database: Database) -> None:
    async with database.connection() as connection:
        for _ in range(2):
            await _queued(connection)
            job = await jobs.claim(connection, JobKind.INGEST, uuid4())
            assert job
            assert await jobs.complete(connection, job)
            assert not await jobs.complete(connection, job)
        await connection.execute("DELETE FROM videos")
        done = [sample for sample in await samples(connection) if sample.labels == ("ingest", "done")]
    assert [sample.value for sample in done] == [2]


async def test_reported_progress_is_limited_to_one(database: Database) -> None:
    async with database.connection() as connection:
        await _queued(connection)
        job = await jobs.claim(connection, JobKind.INGEST, uuid4())
        assert job
        assert await jobs.beat(connection, job, 1.2, 1.0)
        assert await connection.fetchval("SELECT progress FROM jobs") == 1


async def test_giving_a_job_back_does_not_count_as_an_attempt(database: Database) -> None:
    async with database.connection() as connection:
        job_id = await _queued(connection)
        job = await jobs.claim(connection, JobKind.INGEST, uuid4())
        assert job
        await jobs.give_back(connection, job)
        assert await jobs.waiting(connection) == [(JobKind.INGEST, job_id, 0)]


async def test_a_failed_attempt_waits_for_its_delay(database: Database) -> None:
    async with database.connection() as connection:
        await _queued(connection)
        job = await jobs.claim(connection, JobKind.INGEST, uuid4())
        assert job
        await jobs.retry(connection, job, timedelta(minutes=1), "no luck")
        assert await jobs.waiting(connection) == []
        assert await jobs.claim(connection, JobKind.INGEST, uuid4()) is None
        assert await connection.fetchval("SELECT error FROM jobs") == "no luck"


async def test_only_one_of_two_workers_completes_the_last_unit(database: Database) -> None:
    async with database.connection() as connection:
        await _queued(connection)
        encode_id = await connection.fetchval("SELECT id FROM encodes")
        await jobs.insert_units(
            connection, encode_id, map(structs.astuple, plan_units(3 * 150, Fraction(25), CURRENT))
        )
        first = await jobs.claim(connection, JobKind.UNIT, uuid4())
        assert first
        assert first.number == 0
        assert await jobs.complete(connection, first)

    async def end() -> bool | None:
        async with database.connection() as connection:
            job = await jobs.claim(connection, JobKind.UNIT, uuid4())
        assert job
        async with database.transaction() as connection:
            return await jobs.complete_unit(connection, job)

    assert set(await asyncio.gather(end(), end())) == {False, True}


async def test_a_second_encode_is_not_queued_while_one_is_unfinished(database: Database) -> None:
    async with database.connection() as connection:
        await _queued(connection)
        video_id = await connection.fetchval("SELECT id FROM videos")
        assert not await queue_encode(connection, video_id)
        assert not await queue_encode(connection, video_id + 1)


async def test_a_job_that_fails_during_a_retry_is_retried_too(database: Database) -> None:
    async with database.connection() as connection:
        await _queued(connection)
        encode_id = await connection.fetchval("SELECT id FROM encodes")
        await jobs.insert_units(
            connection, encode_id, map(structs.astuple, plan_units(3 * 150, Fraction(25), CURRENT))
        )
        await connection.execute("UPDATE jobs SET state = 'done' WHERE kind = 'ingest' OR number = 0")
        first = await jobs.claim(connection, JobKind.UNIT, uuid4())
        second = await jobs.claim(connection, JobKind.UNIT, uuid4())
        assert first
        assert second
        async with connection.transaction():
            await jobs.fail(connection, first, "bad luck")
            await encoding_queries.fail(connection, encode_id, "bad luck")

    async def again() -> bool:
        async with database.transaction() as connection:
            return await resume(connection, 1)

    async with database.transaction() as connection:
        await jobs.fail(connection, second, "bad luck")
        resuming = asyncio.create_task(again())
        async with asyncio.timeout(20), database.connection() as other:
            while not await other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0.02)
    assert await resuming
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM jobs WHERE state = 'failed'") == 0
        assert await connection.fetchval("SELECT state FROM encodes") != "failed"


async def test_only_one_of_simultaneous_retries_and_encodes_succeeds(database: Database) -> None:
    async with database.connection() as connection:
        await _queued(connection)
        await connection.execute("UPDATE jobs SET state = 'failed'")
        await connection.execute("UPDATE encodes SET state = 'failed'")

    async def ask(how: Callable[[Connection, int], Awaitable[bool]]) -> bool:
        async with database.transaction() as connection:
            return await how(connection, 1)

    for _ in range(10):
        assert sum(await asyncio.gather(ask(resume), ask(queue_encode), ask(resume), ask(queue_encode))) == 1
        async with database.connection() as connection:
            await connection.execute("UPDATE jobs SET state = 'failed'")
            await connection.execute("UPDATE encodes SET state = 'failed'")
