"""A worker inside the test, and a film on its way through the house."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from videoflix.db import encodes
from videoflix.db.pool import Database
from videoflix.errors import DatabaseUnavailable
from videoflix.intake import register
from videoflix.jobs.queue import TRANSCODE, Queues
from videoflix.jobs.sweep import tell_jobs
from videoflix.jobs.transcode import Rooms
from videoflix.jobs.worker import build
from videoflix.models import EncodeState, Progress
from videoflix.settings import Settings
from videoflix.storage import Storage

Bring = Callable[[Path], Awaitable[int]]
Wait = Callable[..., Awaitable[Progress]]


@pytest.fixture
def rooms(settings: Settings, database: Database, storage: Storage, queues: Queues) -> Rooms:
    return Rooms(settings, database, storage, queues)


@pytest.fixture
async def worker(rooms: Rooms) -> AsyncIterator[None]:
    """A worker that runs beside the test."""
    running = build(rooms, TRANSCODE)
    task = asyncio.create_task(running.start())
    yield
    await running.stop()
    await task


@pytest.fixture
def bring(database: Database, storage: Storage, queues: Queues) -> Bring:
    """Registers a copy of a file as a video, and tells the queue of it."""

    async def bring(film: Path) -> int:
        with storage.stage() as folder:
            shutil.copy(film, folder / "original")
            video_id = await register(
                database, storage, folder / "original", title="Film", description="", category="Drama"
            )
        await tell_jobs(database, queues)
        return video_id

    return bring


@pytest.fixture
def wait(database: Database) -> Wait:
    """Waits until the newest encode of a video has ended, or until `ready(progress)`."""

    async def wait(video_id: int, ready: Callable[[Progress], bool] = lambda now: now.state.is_final) -> Progress:
        async with asyncio.timeout(60):
            while True:
                try:
                    async with database.connection() as connection:
                        now = await encodes.progress(connection, video_id)
                except DatabaseUnavailable:  # a test may have killed it
                    await asyncio.sleep(0.05)
                    continue
                assert now is not None
                if ready(now):
                    return now
                assert now.state is not EncodeState.FAILED, now.error
                await asyncio.sleep(0.05)

    return wait
