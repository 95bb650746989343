"""What the application holds for watching: reports that are not written yet, and the durations of playable films."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from videoflix.accounts.resources import ON_LOGOUT
from videoflix.db.pool import Database
from videoflix.errors import DatabaseUnavailable
from videoflix.http.resources import DATABASE, SETTINGS
from videoflix.library.resources import ON_VIDEO_CHANGE
from videoflix.ttl_cache import TTLCache
from videoflix.watching import queries, statistics
from videoflix.watching.recorder import Recorder

log = logging.getLogger(__name__)

RECORDER = web.AppKey("recorder", Recorder)
DURATIONS = web.AppKey("durations", TTLCache[int, float | None])

# Changes are notified at once; this limit applies when a notification is lost.
DURATION_SECONDS = 60.0
MAX_DURATIONS = 20_000


@asynccontextmanager
async def lifespan(app: web.Application) -> AsyncIterator[None]:
    async def load_duration(video_id: int) -> float | None:
        async with app[DATABASE].connection() as connection:
            return await queries.playable_duration(connection, video_id)

    settings = app[SETTINGS]
    app[DURATIONS] = durations = TTLCache(
        load_duration, seconds=DURATION_SECONDS, most=MAX_DURATIONS, stale_seconds=settings.stale_seconds
    )
    app[ON_VIDEO_CHANGE].append(lambda each: durations.expire_all() if each is None else durations.forget(each))
    keeps_seen = settings.watch_statistics
    app[RECORDER] = Recorder(app[DATABASE], keeps_seen=keeps_seen)
    if not keeps_seen:
        await _forget_seen(app[DATABASE])
    app[ON_LOGOUT].append(app[RECORDER].flush)
    task = asyncio.create_task(app[RECORDER].run())
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    try:
        await app[RECORDER].flush()
    except DatabaseUnavailable as error:
        log.error("the last positions of viewers are lost: %s", error)


async def _forget_seen(database: Database) -> None:
    """Remove what was recorded for the statistics before they were switched off."""
    try:
        async with database.connection() as connection:
            await statistics.forget_seen(connection)
    except DatabaseUnavailable as error:
        log.warning("what was seen is removed at the next start: %s", error)
