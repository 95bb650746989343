"""A disk that is full: nothing begins, the rows say why, and it goes on by itself when there is room. So it is with
one that cannot be written or read."""

import asyncio
import logging
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from tests.conftest import Bring, Client, Wait
from tests.films import Films
from videoflix.db import jobs
from videoflix.db.pool import Database
from videoflix.errors import EncodeFailed
from videoflix.jobs import settle
from videoflix.jobs.queue import TRANSCODE, Queues
from videoflix.jobs.rooms import Gauge, Rooms
from videoflix.jobs.sweep import tell_jobs
from videoflix.jobs.worker import build
from videoflix.models import EncodeState, Job, JobKind
from videoflix.settings import Settings

MEGABYTE = 1_000_000


@pytest.fixture
def small_disk(settings: Settings) -> Iterator[Path]:
    """A media folder with 40 MB of its own."""
    folder = settings.data_dir / "media"
    folder.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=40m", "none", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root may mount a disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def test_a_film_waits_for_room_and_then_goes_on(
    small_disk: Path,
    rooms: Rooms,
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
    monkeypatch.setattr(settle, "_told_at", float("-inf"))
    caplog.set_level(logging.ERROR, "videoflix.jobs.settle")
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(25 * MEGABYTE))
    video_ids = [await bring(films.make()), await bring(films.make())]
    running = build(Rooms(replace(settings, disk_floor=20 * MEGABYTE), database, rooms.storage, queues), TRANSCODE)
    task = asyncio.create_task(running.start())
    for video_id in video_ids:
        waits = await wait(video_id, lambda now: now.error is not None)
        assert waits.state is EncodeState.ENCODING
        assert "MB left, and 20.0 MB of them stay free" in (waits.error or "")
        detail = await (await logged_in.get(f"/api/video/{video_id}/")).json()
        assert detail["error"] == waits.error
    said = [record for record in caplog.records if "stay free" in record.getMessage()]
    assert len(said) == 1
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT max(attempts) FROM jobs WHERE kind <> 'ingest'") == 0
    ballast.unlink()
    async with database.connection() as connection:  # no need to sit through the minute
        await connection.execute("UPDATE jobs SET not_before = now()")
    await tell_jobs(database, queues)
    for video_id in video_ids:
        assert (await wait(video_id)).state is EncodeState.READY
        detail = await (await logged_in.get(f"/api/video/{video_id}/")).json()
        assert detail["error"] is None
    await running.stop()
    await task


async def test_a_disk_that_fills_up_in_the_middle_costs_no_try(
    small_disk: Path,
    rooms: Rooms,
    settings: Settings,
    database: Database,
    queues: Queues,
    bring: Bring,
    wait: Wait,
    films: Films,
) -> None:
    video_id = await bring(films.make("noise.mp4", size="640x480", seconds=12))
    free = rooms.storage.free_bytes()
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(free - MEGABYTE // 4))
    running = build(Rooms(replace(settings, disk_floor=0), database, rooms.storage, queues), TRANSCODE)
    task = asyncio.create_task(running.start())
    waits = await wait(video_id, lambda now: now.error is not None)
    assert "not enough room" in (waits.error or "")
    ballast.unlink()
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT max(attempts) FROM jobs WHERE state = 'queued'") == 0
        await connection.execute("UPDATE jobs SET not_before = now()")
    await tell_jobs(database, queues)
    assert (await wait(video_id)).state is EncodeState.READY
    await running.stop()
    await task


async def test_a_disk_that_becomes_read_only_costs_no_try_wherever_the_film_is(
    small_disk: Path, rooms: Rooms, database: Database, queues: Queues, bring: Bring, wait: Wait, films: Films
) -> None:
    video_id = await bring(films.make("noise.mp4", size="640x480", seconds=12))
    _remount(small_disk, "ro")
    running = build(_without_floor(rooms), TRANSCODE)
    task = asyncio.create_task(running.start())
    waits = await wait(video_id, lambda now: now.error is not None)
    assert "Read-only file system" in (waits.error or "")
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT max(attempts) FROM jobs WHERE kind <> 'ingest'") == 0
    _remount(small_disk, "rw")
    async with database.connection() as connection:
        await connection.execute("UPDATE jobs SET not_before = now()")
    await tell_jobs(database, queues)
    assert (await wait(video_id)).state is EncodeState.READY
    await running.stop()
    await task


@pytest.mark.parametrize("kind", [JobKind.INGEST, JobKind.UNIT])
async def test_a_step_that_fails_while_the_disk_is_away_costs_no_try(
    rooms: Rooms, database: Database, bring: Bring, films: Films, monkeypatch: pytest.MonkeyPatch, kind: JobKind
) -> None:
    """Whatever words ffmpeg has for it."""

    async def step(rooms: Rooms, job: Job, gauge: Gauge) -> None:
        rooms.storage.root.rename(rooms.storage.root.with_name("elsewhere"))
        raise EncodeFailed("pipe:1: Input/output error")

    await bring(films.make())
    async with database.connection() as connection:
        await connection.execute("UPDATE jobs SET kind = $1, first_frame = 0, first_segment = 0", kind)
        job = await jobs.claim(connection, kind, uuid4())
    assert job
    monkeypatch.setitem(settle.STEPS, kind, step)
    assert not await settle.settle(_without_floor(rooms), job, None)
    async with database.connection() as connection:
        row = await connection.fetchrow("SELECT state, attempts, error FROM jobs")
    assert row
    assert (row["state"], row["attempts"]) == ("queued", 0)
    assert "mounted" in row["error"]


def _remount(disk: Path, mode: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{mode}", str(disk)], check=True)


def _without_floor(rooms: Rooms) -> Rooms:
    return msgspec.structs.replace(rooms, settings=replace(rooms.settings, disk_floor=0))
