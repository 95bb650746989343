"""Tells the queue of every row that nobody is at. Whoever has written rows calls it, and the workers' clock does."""

from videoflix.db import jobs
from videoflix.db.pool import Database
from videoflix.jobs.queue import Queues


async def sweep(database: Database, queues: Queues) -> None:
    """In the order in which they are due. Raises DatabaseUnavailable or QueueUnavailable."""
    async with database.connection() as connection:
        rows = await jobs.waiting(connection)
    for row_id, kind, attempts in rows:
        await queues.enqueue(kind, row_id, attempts)
