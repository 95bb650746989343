import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from fractions import Fraction
from uuid import uuid4

from msgspec import structs

from videoflix.db.pool import Connection, Database
from videoflix.encoding import queries as encoding_queries
from videoflix.encoding.units import plan
from videoflix.library.adding import queue_encode, resume
from videoflix.queue import queries as jobs
from videoflix.queue.models import JobKind


async def _queued(connection: Connection) -> int:
    video_id = await connection.fetchval(
        "INSERT INTO videos (title, description, category) VALUES ('t', '', '') RETURNING id"
    )
    assert await queue_encode(connection, video_id)
    job_id: int = await connection.fetchval("SELECT max(id) FROM jobs")
    return job_id


async def test_of_many_workers_one_gets_the_job(database: Database) -> None:
    async with database.connection() as connection:
        await _queued(connection)

    async def claim() -> bool:
        async with database.connection() as connection:
            return await jobs.claim(connection, JobKind.INGEST, uuid4()) is not None

    assert sum(await asyncio.gather(*(claim() for _ in range(8)))) == 1


async def test_a_worker_that_went_silent_loses_its_job_to_the_next(database: Database) -> None:
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


async def test_a_job_that_is_given_back_waits_as_if_it_had_not_been_tried(database: Database) -> None:
    async with database.connection() as connection:
        job_id = await _queued(connection)
        job = await jobs.claim(connection, JobKind.INGEST, uuid4())
        assert job
        await jobs.give_back(connection, job)
        assert await jobs.waiting(connection) == [(JobKind.INGEST, job_id, 0)]


async def test_a_failed_try_waits_for_its_delay(database: Database) -> None:
    async with database.connection() as connection:
        await _queued(connection)
        job = await jobs.claim(connection, JobKind.INGEST, uuid4())
        assert job
        await jobs.retry(connection, job, timedelta(minutes=1), "no luck")
        assert await jobs.waiting(connection) == []
        assert await jobs.claim(connection, JobKind.INGEST, uuid4()) is None
        assert await connection.fetchval("SELECT error FROM jobs") == "no luck"


async def test_of_two_workers_that_end_the_last_units_one_hears_that_it_was_the_last(database: Database) -> None:
    async with database.connection() as connection:
        await _queued(connection)
        encode_id = await connection.fetchval("SELECT id FROM encodes")
        await jobs.insert_units(connection, encode_id, map(structs.astuple, plan(3 * 150, Fraction(25))))
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


async def test_a_film_in_the_making_is_made_once(database: Database) -> None:
    async with database.connection() as connection:
        await _queued(connection)
        video_id = await connection.fetchval("SELECT id FROM videos")
        assert not await queue_encode(connection, video_id)
        assert not await queue_encode(connection, video_id + 1)


async def test_what_fails_while_its_film_is_tried_again_is_tried_again_too(database: Database) -> None:
    async with database.connection() as connection:
        await _queued(connection)
        encode_id = await connection.fetchval("SELECT id FROM encodes")
        await jobs.insert_units(connection, encode_id, map(structs.astuple, plan(3 * 150, Fraction(25))))
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


async def test_of_a_retry_and_a_new_version_at_once_one_is_made(database: Database) -> None:
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
