"""Tells the mail worker about a new mail."""

import logging

from videoflix.errors import QueueUnavailable
from videoflix.queue.queues import Queues

log = logging.getLogger(__name__)


async def enqueue_mail(queues: Queues, mail_id: int) -> None:
    """Enqueue the job of a mail whose row is committed. Without Redis, the worker's next sweep finds the row."""
    try:
        await queues.enqueue("mail", mail_id, 0)
    except QueueUnavailable as error:
        log.warning("mail %d waits for the queue: %s", mail_id, error.__cause__)
