"""Listens for changes of videos and accounts. After the connection was lost, any of them may have changed."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress

import asyncpg

from videoflix.db import clock
from videoflix.db.pool import AWAY, connect_arguments
from videoflix.settings import Settings

log = logging.getLogger(__name__)

AGAIN_SECONDS = 1.0
# A connection that only listens does not notice that the network was cut: as often as this it asks for the time.
PING_SECONDS = 10.0
# Any refusal may be temporary: a database that is being restored accepts no connections either.
LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, *AWAY)

OnChange = Callable[[int | None], None]
# By channel: `videos` or `accounts`.
OnChanges = Mapping[str, OnChange]


@asynccontextmanager
async def listening(settings: Settings, on_changes: OnChanges) -> AsyncIterator[None]:
    """Call the function of a channel with the id of what changes, or with None if anything may have changed."""
    task = asyncio.create_task(_listen(settings, on_changes))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _listen(settings: Settings, on_changes: OnChanges) -> None:
    while True:
        try:
            connection = await asyncpg.connect(**connect_arguments(settings))
        except LOST:
            await asyncio.sleep(AGAIN_SECONDS)
            continue
        try:
            await _listen_until_closed(connection, on_changes)
        except LOST as away:
            log.warning("the connection for change notifications was lost: %s", away)
        finally:
            connection.terminate()
            _anything_changed(on_changes)
        await asyncio.sleep(AGAIN_SECONDS)


async def _listen_until_closed(connection: "asyncpg.Connection[asyncpg.Record]", on_changes: OnChanges) -> None:
    closed = asyncio.Event()
    connection.add_termination_listener(lambda _: closed.set())
    for channel in on_changes:
        await connection.add_listener(
            channel, lambda _connection, _process, told, text: on_changes[told](int(str(text)))
        )
    _anything_changed(on_changes)  # what changed before we listened
    await clock.compare(connection)
    while not closed.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(PING_SECONDS):
                await closed.wait()
                return
        await clock.compare(connection)


def _anything_changed(on_changes: OnChanges) -> None:
    for on_change in on_changes.values():
        on_change(None)
