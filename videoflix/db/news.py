"""Hears which videos have changed, as it is committed; what was missed while the line was down counts as all."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import asyncpg

from videoflix.db.pool import AWAY, connect_arguments
from videoflix.settings import Settings

log = logging.getLogger(__name__)

CHANNEL = "videos"
AGAIN_SECONDS = 1.0
# Whatever the server refuses may be over soon: a database that is being restored takes no connection either.
LOST = (OSError, asyncpg.PostgresError, *AWAY)

Hear = Callable[[int | None], None]


@asynccontextmanager
async def listening(settings: Settings, hear: Hear) -> AsyncIterator[None]:
    """Call `hear` with the number of each video that changes, or None for "any of them"."""
    task = asyncio.create_task(_listen(settings, hear))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _listen(settings: Settings, hear: Hear) -> None:
    while True:
        try:
            connection = await asyncpg.connect(**connect_arguments(settings))
        except LOST:
            await asyncio.sleep(AGAIN_SECONDS)
            continue
        try:
            await _hear_until_closed(connection, hear)
        except LOST as away:
            log.warning("no news of videos for a moment: %s", away)
        finally:
            connection.terminate()
            hear(None)
        await asyncio.sleep(AGAIN_SECONDS)


async def _hear_until_closed(connection: "asyncpg.Connection[asyncpg.Record]", hear: Hear) -> None:
    closed = asyncio.Event()
    connection.add_termination_listener(lambda _: closed.set())
    await connection.add_listener(CHANNEL, lambda _connection, _process, _channel, text: hear(int(str(text))))
    hear(None)  # what changed before we listened
    await closed.wait()
