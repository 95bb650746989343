"""The two queues, and the one table of what runs in which, within what limits.

Redis only carries the news that a row waits. Losing it costs nothing: the sweep tells it again.
"""

import logging
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import redis.asyncio as aioredis
from msgspec import Struct
from redis.exceptions import RedisError
from saq.queue.redis import RedisQueue

from videoflix.errors import QueueUnavailable
from videoflix.queue.models import JobKind
from videoflix.settings import Settings

log = logging.getLogger(__name__)

MAIL, TRANSCODE = "mail", "transcode"


class JobPolicy(Struct, frozen=True):
    """For SAQ, whose own defaults lose work: seconds a job may last (0: no end) and be silent, and its tries.

    The tries that count stand in the rows; SAQ's only have to outlast a worker that dies.
    """

    queue: str
    timeout: int
    heartbeat: int
    retries: int = 5


JOB_POLICIES = {
    JobKind.INGEST: JobPolicy(TRANSCODE, timeout=0, heartbeat=30),
    JobKind.UNIT: JobPolicy(TRANSCODE, timeout=0, heartbeat=30),
    JobKind.AUDIO: JobPolicy(TRANSCODE, timeout=0, heartbeat=30),
    JobKind.THUMBNAIL: JobPolicy(TRANSCODE, timeout=0, heartbeat=30),
    JobKind.CAPTIONS: JobPolicy(TRANSCODE, timeout=0, heartbeat=30),
    JobKind.STORYBOARD: JobPolicy(TRANSCODE, timeout=0, heartbeat=30),
    "inspect_uploads": JobPolicy(TRANSCODE, timeout=600, heartbeat=0),
    "clean_films": JobPolicy(TRANSCODE, timeout=600, heartbeat=0),
    "mail": JobPolicy(MAIL, timeout=100, heartbeat=0),
    "clean_accounts": JobPolicy(MAIL, timeout=600, heartbeat=0),
}


class Queues:
    """Both queues over one Redis connection pool. Nothing connects before the first job."""

    def __init__(self, settings: Settings) -> None:
        self._redis = connect(settings)
        self._queues = {name: RedisQueue(self._redis, name=name) for name in (MAIL, TRANSCODE)}

    def __getitem__(self, name: str) -> RedisQueue:
        return self._queues[name]

    async def enqueue(self, name: str, row_id: int, attempts: int) -> None:
        """Tell the workers that a row waits. Its number of tries is part of the key: while a job of this
        try is live it is not told twice, and a dead worker's job never stands in the way of the next try.

        Raises QueueUnavailable.
        """
        limits = JOB_POLICIES[name]
        with answering():
            await self._queues[limits.queue].enqueue(
                name,
                key=f"{name}:{row_id}:{attempts}",
                timeout=limits.timeout,
                heartbeat=limits.heartbeat,
                retries=limits.retries,
                row_id=row_id,
            )

    async def ping(self) -> None:
        """Raises QueueUnavailable."""
        try:
            await cast(Awaitable[bool], self._redis.ping())
        except (RedisError, OSError, TimeoutError) as away:
            raise QueueUnavailable(f"Redis does not answer: {away}") from away

    async def close(self) -> None:
        await self._redis.aclose()


@contextmanager
def answering() -> Iterator[None]:
    """Raises QueueUnavailable instead of everything that a Redis which does not answer makes of a call."""
    try:
        yield
    except (RedisError, OSError, TimeoutError) as away:
        raise QueueUnavailable from away


def connect(settings: Settings) -> "aioredis.Redis":
    """A client that notices a dead line. Its timeout is longer than a worker waits for a job."""
    options: dict[str, Any] = {"socket_timeout": 15, "socket_connect_timeout": 5}
    if not settings.redis_location.startswith("unix:"):
        options["socket_keepalive"] = True
    client: aioredis.Redis = aioredis.from_url(settings.redis_location, **options)
    return client
