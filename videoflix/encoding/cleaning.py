"""Removes the files of films that nothing needs any more, and what crashes have left."""

import asyncio
import logging
from datetime import timedelta

from videoflix.encoding import queries
from videoflix.encoding.context import JobContext
from videoflix.errors import DatabaseUnavailable
from videoflix.library.queries import videos
from videoflix.storage.local import discard
from videoflix.storage.orphans import orphans

log = logging.getLogger(__name__)

# How long a replaced version stays for those who are watching it.
GRACE = timedelta(hours=6)


async def clean(context: JobContext) -> None:
    """By the clock. Whatever is missed now is found again an hour later."""
    await asyncio.to_thread(context.storage.sweep_staging)
    async with context.database.connection() as connection:
        gone = await queries.remove_superseded(connection, GRACE)
    for video_id, version in gone:
        await asyncio.to_thread(context.storage.remove_version, video_id, version)
    if not context.settings.keep_originals:
        async with context.database.connection() as connection:
            there = await videos.with_original(connection)
        for video_id in there:
            await release_original(context, video_id)
    for orphan in await orphans(context.database, context.storage):
        log.warning("%s is removed: %s", orphan.path.relative_to(context.storage.root), orphan.why)
        await asyncio.to_thread(discard, orphan.path)


async def release_original(context: JobContext, video_id: int) -> None:
    """Remove the original of a film that is complete, unless originals are kept.

    The row goes first. A crash in between leaves a file that no row knows, which the cleaning removes; the other way
    round it would leave a row that promises an original, and the next encode would be queued for nothing.
    """
    if context.settings.keep_originals:
        return
    try:
        async with context.database.transaction() as connection:
            released = await videos.release_original(connection, video_id)
    except DatabaseUnavailable:  # the clock comes by again
        return
    if released:
        await asyncio.to_thread(context.storage.remove_original, video_id)
        log.info("video %d is complete; its original is removed", video_id)
