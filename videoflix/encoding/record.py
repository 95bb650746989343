"""Records what a step has made, also if the database is unavailable at that moment; before, checks its claim."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from videoflix.db.pool import Connection, Database
from videoflix.encoding.context import JobProgress
from videoflix.errors import ClaimLost, DatabaseUnavailable
from videoflix.queue import queries as jobs
from videoflix.queue.models import Job

log = logging.getLogger(__name__)

# Nobody can claim our row while nobody reaches the database. After 15 seconds of silence others can: those who reach
# it while we do not, or before us when it is back. Then `write` finds its claim lost, so waiting does no harm. It
# ends, so that a slot is not blocked for ever by work that may have been repeated long ago.
RECORD_SECONDS = 300.0
AGAIN_SECONDS = 0.5

Result = TypeVar("Result")


async def record(database: Database, write: Callable[[Connection], Awaitable[Result]]) -> Result:
    """Call `write` in a transaction, again and again while the database is unavailable. Raises DatabaseUnavailable.

    `write` has to detect a lost claim: a transaction may have been committed before the connection broke.
    """
    loop = asyncio.get_running_loop()
    deadline, told = loop.time() + RECORD_SECONDS, False
    while True:
        try:
            async with database.transaction() as connection:
                return await write(connection)
        except DatabaseUnavailable:
            if loop.time() > deadline:
                raise
        if not told:
            log.warning("the database is away; what has been made waits to be recorded")
            told = True
        await asyncio.sleep(AGAIN_SECONDS)


async def check_claim(database: Database, job: Job, progress: JobProgress) -> None:
    """Raises ClaimLost if the job is not ours any more, or DatabaseUnavailable. Before files are published: another
    worker may have published them already, and published files never change."""

    async def beat(connection: Connection) -> None:
        if not await jobs.beat(connection, job, progress.done, progress.speed):
            raise ClaimLost

    await record(database, beat)
