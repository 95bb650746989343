"""Collects the reports of players and writes them together: the film of a profile at most once in five seconds."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import reduce
from time import monotonic

import asyncpg
from msgspec import structs

from videoflix.db.pool import Database
from videoflix.errors import DatabaseUnavailable, TooManyRequests
from videoflix.watching import progress, queries
from videoflix.watching.models import Report
from videoflix.watching.queries import Key

log = logging.getLogger(__name__)

# A kill of the process loses at most the reports of this time.
WRITE_SECONDS = 5.0
TICK_SECONDS = 0.5
# Reports that wait for one profile and film, and profiles and films that wait while the database is away.
MAX_REPORTS, MAX_KEYS = 100, 50_000


class Recorder:
    """The reports that this process has not written yet."""

    def __init__(self, database: Database, *, keeps_seen: bool = True) -> None:
        """`keeps_seen`: which parts of films were seen is kept, for the statistics."""
        self._database = database
        self._keeps_seen = keeps_seen
        self._reports: dict[Key, list[Report]] = {}
        self._written: dict[Key, float] = {}
        self._writing = asyncio.Lock()

    def add(self, key: Key, report: Report) -> None:
        """Raises TooManyRequests, or DatabaseUnavailable if nothing could be written for long."""
        if key not in self._reports and len(self._reports) >= MAX_KEYS:
            raise DatabaseUnavailable
        waiting = self._reports.setdefault(key, [])
        if len(waiting) >= MAX_REPORTS:
            raise TooManyRequests(retry_after=int(WRITE_SECONDS))
        waiting.append(report)

    def waiting(self, key: Key) -> tuple[Report, ...]:
        """The reports that are not written yet."""
        return tuple(self._reports.get(key, ()))

    @asynccontextmanager
    async def without(self, profile_id: int, video_id: int | None = None) -> AsyncIterator[None]:
        """Drop the reports of a profile, about one film or all, and write nothing during the block."""
        async with self._writing:
            for key in list(self._reports):
                if key[0] == profile_id and video_id in (None, key[1]):
                    del self._reports[key]
            yield

    async def run(self) -> None:
        """Write what is due, until cancelled."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = monotonic()
            self._written = {key: at for key, at in self._written.items() if now - at < WRITE_SECONDS}
            try:
                await self._write([key for key in self._reports if key not in self._written])
            except DatabaseUnavailable as error:
                log.warning("positions are written later: %s", error)
            except Exception:
                log.exception("positions could not be written")

    async def flush(self, profile_id: int | None = None) -> None:
        """Write what waits, of one profile or of all. Raises DatabaseUnavailable."""
        await self._write([key for key in self._reports if profile_id in (None, key[0])])

    async def _write(self, keys: list[Key]) -> None:
        """Reports stay in memory until they are committed; writing one twice changes nothing."""
        if not keys:
            return
        async with self._writing:
            batch = {key: tuple(self._reports[key]) for key in keys if key in self._reports}
            if not batch:
                return
            try:
                await self._store(batch)
            except asyncpg.ForeignKeyViolationError:  # a profile or a video was just deleted: it is left out now
                await self._store(batch)
            for key, reports in batch.items():
                self._written[key] = monotonic()
                del self._reports[key][: len(reports)]
                if not self._reports[key]:
                    del self._reports[key]

    async def _store(self, batch: Mapping[Key, tuple[Report, ...]]) -> None:
        async with self._database.transaction() as connection:
            durations = {key: reports[-1].duration for key, reports in batch.items()}
            stored = await queries.lock_progress(connection, durations)
            changed = {key: reduce(progress.report, batch[key], value) for key, value in stored.items()}
            if not self._keeps_seen:
                changed = {key: structs.replace(value, seen=0) for key, value in changed.items()}
            await queries.set_progress(connection, changed)
