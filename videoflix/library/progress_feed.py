"""Those who follow the making of a film: what they share, how many there may be, and that a stop ends them all."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from videoflix.db.pool import Database
from videoflix.errors import TooManySubscribers
from videoflix.library.models import Progress
from videoflix.library.queries import encodes
from videoflix.server.descriptors import most_streams
from videoflix.ttl_cache import TTLCache

# How often they look; what they see is at most as old again.
SECONDS = 1.0
# Films of which they know how far they are.
MAX = 500


class ProgressFeed:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._progress: TTLCache[int, Progress | None] = TTLCache(self._find, seconds=SECONDS, most=MAX)
        self._stopping = asyncio.Event()
        self.followers = 0

    @contextmanager
    def slot(self) -> Iterator[None]:
        """A place among the watchers, for as long as the block lasts. Raises TooManySubscribers."""
        if self.followers >= most_streams():
            raise TooManySubscribers
        self.followers += 1
        try:
            yield
        finally:
            self.followers -= 1

    async def progress(self, video_id: int) -> Progress | None:
        """How far a film is; asked for once a second at most, however many want to know."""
        return await self._progress.get(video_id)

    def forget(self, video_id: int) -> None:
        """Something has just changed here: who connects now shall not see what was before."""
        self._progress.forget(video_id)

    async def pause(self) -> bool:
        """Until it is time to look again; False if the server stops instead."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS):
                await self._stopping.wait()
        return not self._stopping.is_set()

    def stop(self) -> None:
        self._stopping.set()

    async def _find(self, video_id: int) -> Progress | None:
        async with self._database.connection() as connection:
            return await encodes.progress(connection, video_id)
