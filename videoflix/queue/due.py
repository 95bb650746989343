"""Enqueues a message for every row that is due.

Code that has written jobs or mails calls this after the commit; the sweeps of the workers do so as well.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence

from videoflix.db.pool import Connection, Database
from videoflix.errors import DatabaseUnavailable, QueueUnavailable
from videoflix.queue import queries as jobs
from videoflix.queue.queues import Queues

log = logging.getLogger(__name__)

# Returns the rows that are due, each as the name of the job, the id of the row and the number of attempts.
Waiting = Callable[[Connection], Awaitable[Sequence[tuple[str, int, int]]]]


async def enqueue_due(database: Database, queues: Queues, waiting: Waiting = jobs.waiting) -> None:
    """Enqueue what is due. Raises DatabaseUnavailable or QueueUnavailable."""
    async with database.connection() as connection:
        rows = await waiting(connection)
    for name, row_id, attempts in rows:
        await queues.enqueue(name, row_id, attempts)


async def try_enqueue_due(database: Database, queues: Queues, waiting: Waiting = jobs.waiting) -> None:
    """Enqueue what is due, and only log a failure: the next sweep of a worker finds the rows."""
    try:
        await enqueue_due(database, queues, waiting)
    except (DatabaseUnavailable, QueueUnavailable) as away:
        log.warning(
            "waiting jobs could not be enqueued; the next sweep of a worker finds them: %s", away.__cause__ or away
        )
