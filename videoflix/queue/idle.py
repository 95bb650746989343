"""Stops a worker that has had nothing to do for a while, so that the host that was added for it can be taken away."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

from saq.worker import Worker

from videoflix.db.pool import Connection, Database
from videoflix.errors import DatabaseUnavailable

log = logging.getLogger(__name__)

CHECK_SECONDS = 1.0

AnyWaits = Callable[[Connection], Awaitable[bool]]


class Activity:
    """When this worker last had something to do."""

    def __init__(self) -> None:
        self.mark()

    def mark(self) -> None:
        self._at = monotonic()

    @property
    def idle_seconds(self) -> float:
        return monotonic() - self._at


async def stop_when_idle(
    worker: Worker[Any],
    database: Database,
    *,
    any_waits: AnyWaits,
    is_busy: Callable[[], bool],
    activity: Activity,
    seconds: float,
) -> None:
    """Stop the worker when nothing was done by it, nor was waiting for any worker, for so many seconds.

    A database that does not answer may have work.
    """
    while True:
        if is_busy() or await _waits(database, any_waits):
            activity.mark()
        # No cron job is interrupted. What has begun since the database was asked has marked the activity.
        elif activity.idle_seconds >= seconds and not (is_busy() or worker.job_task_contexts):
            log.info("nothing to do for %.0f seconds: the worker stops", seconds)
            worker.event.set()
            return
        await asyncio.sleep(CHECK_SECONDS)


async def _waits(database: Database, any_waits: AnyWaits) -> bool:
    try:
        async with database.connection() as connection:
            return await any_waits(connection)
    except DatabaseUnavailable:
        return True
