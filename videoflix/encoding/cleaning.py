"""Removes files of films that nothing needs any more, and what crashes have left behind."""

import asyncio
import logging
from datetime import timedelta

from videoflix.encoding import queries
from videoflix.encoding.context import JobContext
from videoflix.errors import DatabaseUnavailable
from videoflix.library.queries import videos
from videoflix.storage import names
from videoflix.storage.orphans import orphans

log = logging.getLogger(__name__)

# How long a replaced version is kept for viewers who are watching it.
GRACE = timedelta(hours=6)


async def clean(context: JobContext) -> None:
    """Runs every hour; what is missed once is found the next time."""
    await asyncio.to_thread(context.storage.sweep_staging)
    async with context.database.connection() as connection:
        gone = await queries.remove_superseded(connection, GRACE)
    for video_id, version in gone:
        await asyncio.to_thread(context.storage.remove, names.version(video_id, version))
    if not context.settings.keep_originals:
        async with context.database.connection() as connection:
            there = await videos.with_original(connection)
        for video_id in there:
            await release_original(context, video_id)
    for orphan in await orphans(context.database, context.storage):
        log.warning("%s is removed: %s", orphan.name, orphan.reason)
        await asyncio.to_thread(context.storage.remove, orphan.name)


async def release_original(context: JobContext, video_id: int) -> None:
    """Remove the original of a complete film, unless originals are kept.

    The row is updated first. A crash in between leaves a file without a row, which the cleaning removes; the other
    order would leave a row that promises an original, and the next encode would be queued in vain.
    """
    if context.settings.keep_originals:
        return
    try:
        async with context.database.transaction() as connection:
            released = await videos.release_original(connection, video_id)
    except DatabaseUnavailable:  # the next cleaning does it
        return
    if released:
        await asyncio.to_thread(context.storage.remove, names.original(video_id))
        log.info("video %d is complete; its original is removed", video_id)
