"""Tells a queue of every row that nobody is at. Who has written rows calls it, and so does the workers' clock."""

from videoflix.accounts.queries import mails
from videoflix.db.pool import Database
from videoflix.queue import queries as jobs
from videoflix.queue.queues import Queues


async def enqueue_due(database: Database, queues: Queues) -> None:
    """Jobs of films, as they are due. Raises DatabaseUnavailable or QueueUnavailable."""
    async with database.connection() as connection:
        rows = await jobs.waiting(connection)
    for row_id, kind, attempts in rows:
        await queues.enqueue(kind, row_id, attempts)


async def enqueue_due_mails(database: Database, queues: Queues) -> None:
    """Mails, as they are due. Raises DatabaseUnavailable or QueueUnavailable."""
    async with database.connection() as connection:
        rows = await mails.waiting(connection)
    for row_id, attempts in rows:
        await queues.enqueue("mail", row_id, attempts)
