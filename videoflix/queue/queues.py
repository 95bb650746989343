"""The two SAQ queues, and the limits of every job that runs in them.

A message in Redis only says that a row is due. If it is lost, the next sweep sends it again.
"""

import asyncio
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
# A Redis that accepts connections and does not answer must not hold up requests and jobs: the rows are safe.
ENQUEUE_SECONDS = 2.0


# SAQ aborts a job whose heartbeat is this old by the clock of any host, and clocks may be minutes apart. It does not
# delay anything: after 15 seconds without a heartbeat of the row, the next attempt is another message.
HEARTBEAT = 900


class JobPolicy(Struct, frozen=True):
    """Settings of a job in SAQ, whose defaults would lose work: timeout (0: none) and heartbeat in seconds. Both are
    compared between the clocks of hosts.

    Attempts are counted in the rows; SAQ's retries only have to cover workers that die.
    """

    queue: str
    timeout: int
    heartbeat: int
    retries: int = 5


JOB_POLICIES = {
    JobKind.INGEST: JobPolicy(TRANSCODE, timeout=0, heartbeat=HEARTBEAT),
    JobKind.UNIT: JobPolicy(TRANSCODE, timeout=0, heartbeat=HEARTBEAT),
    JobKind.AUDIO: JobPolicy(TRANSCODE, timeout=0, heartbeat=HEARTBEAT),
    JobKind.THUMBNAIL: JobPolicy(TRANSCODE, timeout=0, heartbeat=HEARTBEAT),
    JobKind.CAPTIONS: JobPolicy(TRANSCODE, timeout=0, heartbeat=HEARTBEAT),
    JobKind.STORYBOARD: JobPolicy(TRANSCODE, timeout=0, heartbeat=HEARTBEAT),
    "inspect_uploads": JobPolicy(TRANSCODE, timeout=600, heartbeat=0),
    "clean_films": JobPolicy(TRANSCODE, timeout=600, heartbeat=0),
    "mail": JobPolicy(MAIL, timeout=600, heartbeat=0),
    "clean_accounts": JobPolicy(MAIL, timeout=600, heartbeat=0),
}


class Queues:
    """Both queues on one Redis connection pool, which connects when it is first used."""

    def __init__(self, settings: Settings) -> None:
        self._redis = connect(settings)
        self._queues = {name: RedisQueue(self._redis, name=name) for name in (MAIL, TRANSCODE)}

    def __getitem__(self, name: str) -> RedisQueue:
        return self._queues[name]

    async def enqueue(self, name: str, row_id: int, attempts: int) -> None:
        """Tell the workers that a row is due. Raises QueueUnavailable.

        The number of attempts is part of the key: SAQ ignores a second message for the same attempt, and the job of
        a worker that died does not block the next attempt.
        """
        limits = JOB_POLICIES[name]
        with answering():
            async with asyncio.timeout(ENQUEUE_SECONDS):
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
    """Raises QueueUnavailable in place of any error of a Redis that does not answer."""
    try:
        yield
    except (RedisError, OSError, TimeoutError) as away:
        raise QueueUnavailable from away


def connect(settings: Settings) -> "aioredis.Redis":
    """A client that notices a broken connection. Its timeout is longer than a worker waits for a job."""
    options: dict[str, Any] = {"socket_timeout": 15, "socket_connect_timeout": 5}
    if not settings.redis_location.startswith("unix:"):
        options["socket_keepalive"] = True
    client: aioredis.Redis = aioredis.from_url(settings.redis_location, **options)
    return client
