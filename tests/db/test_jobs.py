import asyncio
from datetime import timedelta
from fractions import Fraction
from uuid import uuid4

from videoflix.db import jobs
from videoflix.db.pool import Connection, Database
from videoflix.intake import queue_encode
from videoflix.models import JobKind
from videoflix.units import plan


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
        assert await jobs.waiting(connection) == [(job_id, JobKind.INGEST, 1)]
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
        assert await jobs.waiting(connection) == [(job_id, JobKind.INGEST, 0)]


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
        await jobs.insert_units(connection, encode_id, plan(3 * 150, Fraction(25)))
        first = await jobs.claim(connection, JobKind.UNIT, uuid4())
        assert first
        assert first.number == 0
        assert await jobs.claim(connection, JobKind.UNIT, uuid4()) is None  # the others wait for the first
        assert await jobs.complete(connection, first)

    async def end() -> bool | None:
        async with database.connection() as connection:
            job = await jobs.claim(connection, JobKind.UNIT, uuid4())
        assert job
        async with database.transaction() as connection:
            return await jobs.complete_unit(connection, job)

    assert sorted(await asyncio.gather(end(), end())) == [False, True]  # type: ignore[type-var]


async def test_a_film_in_the_making_is_made_once(database: Database) -> None:
    async with database.connection() as connection:
        await _queued(connection)
        video_id = await connection.fetchval("SELECT id FROM videos")
        assert not await queue_encode(connection, video_id)
        assert not await queue_encode(connection, video_id + 1)
