"""Shares the progress of encodes among the clients that follow it, limits their number, and ends them at a stop."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from videoflix.db.pool import Database
from videoflix.errors import TooManySubscribers
from videoflix.library.models import Progress
from videoflix.library.queries import encodes
from videoflix.server.descriptors import max_streams
from videoflix.ttl_cache import TTLCache

# How often progress is read; what clients see is at most twice as old.
SECONDS = 1.0
# Videos whose progress is cached.
MAX = 500


class ProgressFeed:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._progress: TTLCache[int, Progress | None] = TTLCache(self._find, seconds=SECONDS, most=MAX)
        self._stopping = asyncio.Event()
        self.followers = 0

    @contextmanager
    def slot(self) -> Iterator[None]:
        """A slot for one stream, for as long as the block lasts. Raises TooManySubscribers."""
        if self.followers >= max_streams():
            raise TooManySubscribers
        self.followers += 1
        try:
            yield
        finally:
            self.followers -= 1

    async def progress(self, video_id: int) -> Progress | None:
        """How far a film is; read at most once a second, however many clients ask."""
        return await self._progress.get(video_id)

    def forget(self, video_id: int) -> None:
        """Forget a video that has just changed, so that a new client does not see its former state."""
        self._progress.forget(video_id)

    async def pause(self) -> bool:
        """Wait until it is time to look again; False if the server stops."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS):
                await self._stopping.wait()
        return not self._stopping.is_set()

    def stop(self) -> None:
        self._stopping.set()

    async def _find(self, video_id: int) -> Progress | None:
        async with self._database.connection() as connection:
            return await encodes.progress(connection, video_id)
