"""Whether this process should be sent requests: what it needs is there, and it is not about to stop."""

import asyncio
import os
from collections.abc import Awaitable, Callable

from videoflix.db.pool import Database
from videoflix.errors import StorageUnavailable, VideoflixError
from videoflix.monitoring import queries as monitoring
from videoflix.queue.queues import Queues
from videoflix.storage.local import Storage
from videoflix.ttl_cache import TTLCache

# Whoever asks how often, each part is asked once in so many seconds, and given so many to answer.
FRESH_SECONDS, ANSWER_SECONDS = 1.0, 2.0
OK = "ok"
NEEDED, STORAGE = ("database", "redis", "disk"), "storage"


class Readiness:
    def __init__(self, database: Database, queues: Queues, storage: Storage, floor: int) -> None:
        """`floor`: so many bytes of the disk stay free."""
        self._database = database
        self._queues = queues
        self._storage = storage
        self._floor = floor
        self._parts: TTLCache[str, str] = TTLCache(self._look, seconds=FRESH_SECONDS, most=10)
        self.is_stopping = False

    async def parts(self) -> dict[str, str]:
        """What this process needs, each `ok` or what is wrong with it; and whether the storage takes anything new,
        without which films can still be watched."""
        names = (*NEEDED, STORAGE)
        return dict(zip(names, await asyncio.gather(*map(self._parts.get, names)), strict=True))

    async def _look(self, part: str) -> str:
        looks: dict[str, Callable[[], Awaitable[object]]] = {
            "database": self._ask_database,
            "redis": self._queues.ping,
            "disk": self._ask_disk,
            STORAGE: self._ask_storage,
        }
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await looks[part]()
        except TimeoutError:
            return f"no answer within {ANSWER_SECONDS:.0f} seconds"
        except (VideoflixError, OSError) as wrong:
            return str(wrong if isinstance(wrong, StorageUnavailable) else wrong.__cause__ or wrong)
        return OK

    async def _ask_database(self) -> None:
        async with self._database.connection() as connection:
            await monitoring.answers(connection)

    async def _ask_disk(self) -> None:
        """In a thread: the disk may be a network's that hangs."""
        await asyncio.to_thread(os.listdir, self._storage.root)

    async def _ask_storage(self) -> None:
        await asyncio.to_thread(self._storage.check_writable)
        await asyncio.to_thread(self._storage.check_room, self._floor)
