"""The database and the job queues, for commands that add work."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from videoflix.db.pool import Database, open_database
from videoflix.errors import QueueUnavailable
from videoflix.queue.due import enqueue_due
from videoflix.queue.queues import Queues
from videoflix.settings import Settings


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[tuple[Database, Queues]]:
    """Neither is asked anything yet: each connects when it is first used."""
    database, queues = await open_database(settings, most=2), Queues(settings)
    try:
        yield database, queues
    finally:
        await queues.close()
        await database.close()


async def start_work(database: Database, queues: Queues) -> None:
    """Enqueue what is due. If Redis does not answer, print that the work starts later."""
    try:
        await enqueue_due(database, queues)
    except QueueUnavailable as unavailable:
        print(unavailable.detail, flush=True)
