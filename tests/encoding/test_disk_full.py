"""A disk that is full: nothing begins, the rows say why, and it goes on by itself when there is room. So it is with
one that cannot be written or read."""

import asyncio
import logging
import subprocess
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from tests.films import Films
from tests.fixtures.app import Client
from tests.fixtures.encoding import Bring, Wait
from videoflix.db.pool import Database
from videoflix.encoding import jobs as run_job
from videoflix.encoding.context import JobContext, JobProgress
from videoflix.errors import EncodeFailed
from videoflix.library.models import EncodeState
from videoflix.queue import queries as jobs
from videoflix.queue.due import enqueue_due
from videoflix.queue.models import Job, JobKind
from videoflix.queue.queues import TRANSCODE, Queues
from videoflix.settings import Settings
from videoflix.worker import build

MEGABYTE = 1_000_000


async def test_a_film_waits_for_room_and_then_goes_on(
    small_disk: Path,
    job_context: JobContext,
    settings: Settings,
    database: Database,
    queues: Queues,
    bring: Bring,
    wait: Wait,
    films: Films,
    logged_in: Client,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run_job, "_told_at", float("-inf"))
    caplog.set_level(logging.ERROR, "videoflix.encoding.jobs")
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(25 * MEGABYTE))
    video_ids = [await bring(films.make()), await bring(films.make())]
    running = build(
        JobContext(replace(settings, disk_floor=20 * MEGABYTE), database, job_context.storage, queues), TRANSCODE
    )
    task = asyncio.create_task(running.start())
    for video_id in video_ids:
        waits = await wait(video_id, lambda now: now.error is not None)
        assert waits.state is EncodeState.ENCODING
        assert "MB free, and 20.0 MB have to stay free" in (waits.error or "")
        detail = await (await logged_in.get(f"/api/video/{video_id}/")).json()
        assert detail["error"] == waits.error
    said = [record for record in caplog.records if "stay free" in record.getMessage()]
    assert len(said) == 1
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT max(attempts) FROM jobs WHERE kind <> 'ingest'") == 0
    ballast.unlink()
    async with database.connection() as connection:  # no need to sit through the minute
        await connection.execute("UPDATE jobs SET not_before = now()")
    await enqueue_due(database, queues)
    for video_id in video_ids:
        assert (await wait(video_id)).state is EncodeState.READY
        detail = await (await logged_in.get(f"/api/video/{video_id}/")).json()
        assert detail["error"] is None
    await running.stop()
    await task


async def test_a_disk_that_fills_up_in_the_middle_costs_no_try(
    small_disk: Path,
    job_context: JobContext,
    settings: Settings,
    database: Database,
    queues: Queues,
    bring: Bring,
    wait: Wait,
    films: Films,
) -> None:
    video_id = await bring(films.make("noise.mp4", size="640x480", seconds=12))
    free = job_context.storage.free_bytes()
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(free - MEGABYTE // 4))
    running = build(JobContext(replace(settings, disk_floor=0), database, job_context.storage, queues), TRANSCODE)
    task = asyncio.create_task(running.start())
    waits = await wait(video_id, lambda now: now.error is not None)
    assert "not enough space" in (waits.error or "")
    ballast.unlink()
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT max(attempts) FROM jobs WHERE state = 'queued'") == 0
        await connection.execute("UPDATE jobs SET not_before = now()")
    await enqueue_due(database, queues)
    assert (await wait(video_id)).state is EncodeState.READY
    await running.stop()
    await task


async def test_a_disk_that_becomes_read_only_costs_no_try_wherever_the_film_is(
    small_disk: Path,
    job_context: JobContext,
    database: Database,
    queues: Queues,
    bring: Bring,
    wait: Wait,
    films: Films,
) -> None:
    video_id = await bring(films.make("noise.mp4", size="640x480", seconds=12))
    _remount(small_disk, "ro")
    running = build(_without_floor(job_context), TRANSCODE)
    task = asyncio.create_task(running.start())
    waits = await wait(video_id, lambda now: now.error is not None)
    assert "Read-only file system" in (waits.error or "")
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT max(attempts) FROM jobs WHERE kind <> 'ingest'") == 0
    _remount(small_disk, "rw")
    async with database.connection() as connection:
        await connection.execute("UPDATE jobs SET not_before = now()")
    await enqueue_due(database, queues)
    assert (await wait(video_id)).state is EncodeState.READY
    await running.stop()
    await task


@pytest.mark.parametrize("kind", [JobKind.INGEST, JobKind.UNIT])
async def test_a_step_that_fails_while_the_disk_is_away_costs_no_try(
    job_context: JobContext,
    database: Database,
    bring: Bring,
    films: Films,
    monkeypatch: pytest.MonkeyPatch,
    kind: JobKind,
) -> None:
    """Whatever words ffmpeg has for it."""

    async def step(job_context: JobContext, job: Job, progress: JobProgress) -> None:
        job_context.storage.root.rename(job_context.storage.root.with_name("elsewhere"))
        raise EncodeFailed("pipe:1: Input/output error")

    await bring(films.make())
    async with database.connection() as connection:
        await connection.execute("UPDATE jobs SET kind = $1, first_frame = 0, first_segment = 0", kind)
        job = await jobs.claim(connection, kind, uuid4())
    assert job
    monkeypatch.setitem(run_job.STEPS, kind, step)
    assert not await run_job.run_job(_without_floor(job_context), job, None)
    async with database.connection() as connection:
        row = await connection.fetchrow("SELECT state, attempts, error FROM jobs")
    assert row
    assert (row["state"], row["attempts"]) == ("queued", 0)
    assert "mounted" in row["error"]


def _remount(disk: Path, mode: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{mode}", str(disk)], check=True)


def _without_floor(job_context: JobContext) -> JobContext:
    return msgspec.structs.replace(job_context, settings=replace(job_context.settings, disk_floor=0))
