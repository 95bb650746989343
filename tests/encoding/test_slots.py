"""A worker takes what it has a place for, and nothing beside the unit that people wait for."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.fixtures.encoding import Bring
from videoflix.db.pool import Database
from videoflix.encoding.slots import JobSlots
from videoflix.queue.models import Job, JobKind
from videoflix.settings import Settings


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Nobody looks into it here."""
    film = tmp_path / "film.mp4"
    film.write_bytes(b"film")
    return film


async def _units(database: Database, video_id: int, count: int) -> None:
    """Cut a film in units of one segment, as if it had been ingested, without sound."""
    async with database.connection() as connection:
        encode_id = await connection.fetchval("SELECT id FROM encodes WHERE video_id = $1", video_id)
        await connection.execute("UPDATE jobs SET state = 'done' WHERE encode_id = $1", encode_id)
        for number in range(count):
            await connection.execute(
                "INSERT INTO jobs (encode_id, kind, number, first_frame, frames, first_segment, segments)"
                " VALUES ($1, 'unit', $2, 0, 1, $2, 1)",
                *(encode_id, number),
            )


async def _claims(slots: JobSlots, database: Database) -> list[int]:
    """The numbers of the units that are taken until there is no place or no unit."""
    taken: list[Job] = []
    while job := await slots.claim(database, JobKind.UNIT):
        taken.append(job)
    return [job.number for job in taken]


async def test_no_unit_is_begun_beside_the_first_one_but_another_host_begins_the_next(
    bring: Bring, film: Path, database: Database, settings: Settings
) -> None:
    await _units(database, await bring(film), 4)
    here, there = (JobSlots(replace(settings, transcode_concurrency=2)) for _ in range(2))
    assert await _claims(here, database) == [0]
    assert await _claims(there, database) == [1, 2]


async def test_a_worker_is_at_as_many_units_as_configured_and_takes_another_when_one_has_left(
    bring: Bring, film: Path, database: Database, settings: Settings
) -> None:
    await _units(database, await bring(film), 5)
    slots = JobSlots(replace(settings, transcode_concurrency=2))
    first = await slots.claim(database, JobKind.UNIT)
    assert first
    slots.leave(first)
    assert await _claims(slots, database) == [1, 2]


async def test_nobody_begins_in_the_middle_before_somebody_is_at_the_first_unit(
    bring: Bring, film: Path, database: Database, settings: Settings
) -> None:
    await _units(database, await bring(film), 2)
    async with database.connection() as connection:  # it has failed once and waits
        await connection.execute("UPDATE jobs SET not_before = now() + interval '1 minute' WHERE number = 0")
    assert await _claims(JobSlots(settings), database) == []


async def test_what_a_worker_is_at_it_does_not_begin_again_after_a_long_silence_but_another_host_does(
    bring: Bring, film: Path, database: Database, settings: Settings
) -> None:
    """The database was away for longer than a worker may be silent."""
    await _units(database, await bring(film), 3)
    async with database.connection() as connection:
        await connection.execute("UPDATE jobs SET state = 'done' WHERE kind = 'unit' AND number = 0")
    here, there = (JobSlots(replace(settings, transcode_concurrency=3)) for _ in range(2))
    assert await _claims(here, database) == [1, 2]
    async with database.connection() as connection:
        await connection.execute("UPDATE jobs SET heartbeat_at = now() - interval '1 minute' WHERE state = 'running'")
    assert await _claims(here, database) == []
    assert await _claims(there, database) == [1, 2]
