"""Says that there is work: a message to a queue for every row that is due.

Whoever has written rows calls this after the commit, and so does the workers' clock.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence

from videoflix.db.pool import Connection, Database
from videoflix.errors import DatabaseUnavailable, QueueUnavailable
from videoflix.queue import queries as jobs
from videoflix.queue.queues import Queues

log = logging.getLogger(__name__)

# The rows that are due: the job's name, the row's id, how often it was tried.
Waiting = Callable[[Connection], Awaitable[Sequence[tuple[str, int, int]]]]


async def enqueue_due(database: Database, queues: Queues, waiting: Waiting = jobs.waiting) -> None:
    """Raises DatabaseUnavailable or QueueUnavailable."""
    async with database.connection() as connection:
        rows = await waiting(connection)
    for name, row_id, attempts in rows:
        await queues.enqueue(name, row_id, attempts)


async def try_enqueue_due(database: Database, queues: Queues, waiting: Waiting = jobs.waiting) -> None:
    """The same where a failure does no harm: the workers' next sweep finds the rows."""
    try:
        await enqueue_due(database, queues, waiting)
    except (DatabaseUnavailable, QueueUnavailable) as away:
        log.warning("workers cannot be told of waiting jobs; their next sweep finds them: %s", away.__cause__ or away)
