import asyncio
from dataclasses import replace

import pytest
import saq.utils
from saq.job import Status

from videoflix.errors import QueueUnavailable
from videoflix.queue.models import JobKind
from videoflix.queue.queues import TRANSCODE, Queues
from videoflix.settings import Settings


async def test_a_redis_that_does_not_answer_holds_nothing_up(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videoflix.queue.queues.ENQUEUE_SECONDS", 0.2)

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()

    silent = await asyncio.start_server(hold, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    queues = Queues(replace(settings, redis_location=f"redis://127.0.0.1:{port}/0"))
    async with asyncio.timeout(10):
        with pytest.raises(QueueUnavailable):
            await queues.enqueue(JobKind.INGEST, 1, 0)
    await queues.close()
    silent.close()
    await silent.wait_closed()


async def test_a_host_whose_clock_is_minutes_off_aborts_no_job(queues: Queues) -> None:
    """SAQ compares its clock with that of the worker."""
    transcode = queues[TRANSCODE]
    for kind in JobKind:
        await queues.enqueue(kind, 1, 0)
        job = await transcode.dequeue(timeout=5)
        assert job
        job.started = job.touched = saq.utils.now() - 300_000
        job.status = Status.ACTIVE
        await transcode.redis.set(job.id, transcode.serialize(job))
    assert await transcode.sweep(lock=1) == []
