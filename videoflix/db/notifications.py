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

OnChange = Callable[[int | None], None]


@asynccontextmanager
async def listening(settings: Settings, on_change: OnChange) -> AsyncIterator[None]:
    """Call `on_change` with the number of each video that changes, or None for "any of them"."""
    task = asyncio.create_task(_listen(settings, on_change))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _listen(settings: Settings, on_change: OnChange) -> None:
    while True:
        try:
            connection = await asyncpg.connect(**connect_arguments(settings))
        except LOST:
            await asyncio.sleep(AGAIN_SECONDS)
            continue
        try:
            await _listen_until_closed(connection, on_change)
        except LOST as away:
            log.warning("no news of videos for a moment: %s", away)
        finally:
            connection.terminate()
            on_change(None)
        await asyncio.sleep(AGAIN_SECONDS)


async def _listen_until_closed(connection: "asyncpg.Connection[asyncpg.Record]", on_change: OnChange) -> None:
    closed = asyncio.Event()
    connection.add_termination_listener(lambda _: closed.set())
    await connection.add_listener(CHANNEL, lambda _connection, _process, _channel, text: on_change(int(str(text))))
    on_change(None)  # what changed before we listened
    await closed.wait()
