"""Listens for changes of videos. After the connection was lost, any video may have changed."""

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
# Any refusal may be temporary: a database that is being restored accepts no connections either.
LOST = (OSError, asyncpg.PostgresError, *AWAY)

OnChange = Callable[[int | None], None]


@asynccontextmanager
async def listening(settings: Settings, on_change: OnChange) -> AsyncIterator[None]:
    """Call `on_change` with the id of each video that changes, or with None if any may have changed."""
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
            log.warning("the connection for change notifications was lost: %s", away)
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
