"""A disk that is full: nothing begins, the rows say why, and it goes on by itself when there is room. So it is with
one that cannot be written or read."""

import asyncio
import logging
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
from videoflix.queue.queues import TRANSCODE
from videoflix.worker import build

MEGABYTE = 1_000_000


@asynccontextmanager
async def _working(job_context: JobContext, floor: int = 0) -> AsyncIterator[None]:
    """A worker that keeps so many bytes of the disk free."""
    running = build(_with_floor(job_context, floor), TRANSCODE)
    task = asyncio.create_task(running.start())
    yield
    await running.stop()
    await task


async def _wait_no_longer(job_context: JobContext) -> None:
    """Let the jobs that wait go on now: there is no need to sit through the minute."""
    async with job_context.database.connection() as connection:
        await connection.execute("UPDATE jobs SET not_before = now()")
    await enqueue_due(job_context.database, job_context.queues)


async def _most_attempts(database: Database) -> int:
    """Of the jobs that come after the ingest and wait."""
    async with database.connection() as connection:
        most: int = await connection.fetchval(
            "SELECT max(attempts) FROM jobs WHERE kind <> 'ingest' AND state = 'queued'"
        )
    return most


async def test_a_film_waits_for_room_and_then_goes_on(
    small_disk: Path,
    job_context: JobContext,
    database: Database,
    bring: Bring,
    wait: Wait,
    films: Films,
    logged_in: Client,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def shown_error(video_id: int) -> str | None:
        error: str | None = (await (await logged_in.get(f"/api/video/{video_id}/")).json())["error"]
        return error

    monkeypatch.setattr(run_job, "_told_at", float("-inf"))
    caplog.set_level(logging.ERROR, "videoflix.encoding.jobs")
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(25 * MEGABYTE))
    video_ids = [await bring(films.make()), await bring(films.make())]
    async with _working(job_context, floor=20 * MEGABYTE):
        for video_id in video_ids:
            waits = await wait(video_id, lambda now: now.error is not None)
            assert waits.state is EncodeState.ENCODING
            assert "MB free, and 20.0 MB have to stay free" in (waits.error or "")
            assert await shown_error(video_id) == waits.error
        assert len([record for record in caplog.records if "stay free" in record.getMessage()]) == 1
        assert await _most_attempts(database) == 0
        ballast.unlink()
        await _wait_no_longer(job_context)
        for video_id in video_ids:
            assert (await wait(video_id)).state is EncodeState.READY
            assert await shown_error(video_id) is None


async def test_a_disk_that_fills_up_in_the_middle_costs_no_try(
    small_disk: Path, job_context: JobContext, database: Database, bring: Bring, wait: Wait, films: Films
) -> None:
    video_id = await bring(films.make("noise.mp4", size="640x480", seconds=12))
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(job_context.storage.free_bytes() - MEGABYTE // 4))
    async with _working(job_context):
        waits = await wait(video_id, lambda now: now.error is not None)
        assert "not enough space" in (waits.error or "")
        assert await _most_attempts(database) == 0
        ballast.unlink()
        await _wait_no_longer(job_context)
        assert (await wait(video_id)).state is EncodeState.READY


async def test_a_disk_that_becomes_read_only_costs_no_try_wherever_the_film_is(
    small_disk: Path, job_context: JobContext, database: Database, bring: Bring, wait: Wait, films: Films
) -> None:
    video_id = await bring(films.make("noise.mp4", size="640x480", seconds=12))
    _remount(small_disk, "ro")
    async with _working(job_context):
        waits = await wait(video_id, lambda now: now.error is not None)
        assert "Read-only file system" in (waits.error or "")
        assert await _most_attempts(database) == 0
        _remount(small_disk, "rw")
        await _wait_no_longer(job_context)
        assert (await wait(video_id)).state is EncodeState.READY


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
    assert not await run_job.run_job(_with_floor(job_context, 0), job, None)
    async with database.connection() as connection:
        row = await connection.fetchrow("SELECT state, attempts, error FROM jobs")
    assert row
    assert (row["state"], row["attempts"]) == ("queued", 0)
    assert "mounted" in row["error"]


def _remount(disk: Path, mode: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{mode}", str(disk)], check=True)


def _with_floor(job_context: JobContext, floor: int) -> JobContext:
    return msgspec.structs.replace(job_context, settings=replace(job_context.settings, disk_floor=floor))
