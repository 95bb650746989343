"""Readiness of a web process: the services that it needs are available, and it is not about to stop."""

import asyncio
import os
from collections.abc import Awaitable, Callable

from videoflix.db.pool import Database
from videoflix.errors import StorageUnavailable, VideoflixError
from videoflix.monitoring import queries as monitoring
from videoflix.queue.queues import Queues
from videoflix.storage.storage import Storage
from videoflix.ttl_cache import TTLCache

# Each part is checked at most once in CACHE_SECONDS, and has ANSWER_SECONDS to answer.
CACHE_SECONDS, ANSWER_SECONDS = 1.0, 2.0
OK = "ok"
NEEDED, STORAGE = ("database", "redis", "disk"), "storage"


class Readiness:
    def __init__(self, database: Database, queues: Queues, storage: Storage, floor: int) -> None:
        """`floor` is how many bytes of the disk must stay free."""
        self._database = database
        self._queues = queues
        self._storage = storage
        self._floor = floor
        self._parts: TTLCache[str, str] = TTLCache(self._check, seconds=CACHE_SECONDS, most=10)
        self.is_stopping = False

    async def parts(self) -> dict[str, str]:
        """The state of each part, `ok` or what is wrong with it. The process is ready without `storage`, which says
        whether new films can be stored."""
        names = (*NEEDED, STORAGE)
        return dict(zip(names, await asyncio.gather(*map(self._parts.get, names)), strict=True))

    async def _check(self, part: str) -> str:
        checks: dict[str, Callable[[], Awaitable[object]]] = {
            "database": self._check_database,
            "redis": self._queues.ping,
            "disk": self._check_disk,
            STORAGE: self._check_storage,
        }
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await checks[part]()
        except TimeoutError:
            return f"no answer within {ANSWER_SECONDS:.0f} seconds"
        except (VideoflixError, OSError) as error:
            return str(error if isinstance(error, StorageUnavailable) else error.__cause__ or error)
        return OK

    async def _check_database(self) -> None:
        async with self._database.connection() as connection:
            await monitoring.ping(connection)

    async def _check_disk(self) -> None:
        """In a thread, because a network disk may hang."""
        await asyncio.to_thread(os.listdir, self._storage.root)

    async def _check_storage(self) -> None:
        await asyncio.to_thread(self._storage.check_writable)
        await asyncio.to_thread(self._storage.check_free_space, self._floor)
