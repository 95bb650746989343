"""What is missing of the films after a restore: queued to be made again where the original is there."""

import asyncio

from msgspec import Struct

from videoflix.db.pool import Database
from videoflix.errors import NotReady, OriginalRemoved
from videoflix.library.inventory import mend, missing_in
from videoflix.storage import queries as rows
from videoflix.storage.models import StoredVideo, Version
from videoflix.storage.orphans import stored_originals, stored_versions
from videoflix.storage.storage import Storage


class Incomplete(Struct):
    """The films of which something is made again, and those of which something is missing without an original."""

    queued: list[StoredVideo]
    lost: list[StoredVideo]


async def queue_missing(database: Database, storage: Storage) -> Incomplete:
    """Compare the rows with the files, and queue what can be made again. Raises DatabaseUnavailable."""
    async with database.connection() as connection:
        videos = await rows.videos(connection)
        versions = [one for one in await rows.versions(connection) if not one.is_replaced]
    originals = await asyncio.to_thread(stored_originals, storage)
    films = await asyncio.to_thread(stored_versions, storage)
    queued, lost = set(), set()
    for version in versions:
        if version.video_id not in originals and (version.video_id, version.version) not in films:
            lost.add(version.video_id)  # most films of a backup without films: no query for each
            continue
        mended, given_up = await _mend(database, storage, version)
        queued |= {version.video_id} if mended else set()
        lost |= {version.video_id} if given_up else set()
    made = {one.video_id for one in versions}
    lost |= {one.id for one in videos if one.id not in made and one.id not in originals}
    return Incomplete(
        [one for one in videos if one.id in queued - lost],
        [one for one in videos if one.id in lost],
    )


async def _mend(database: Database, storage: Storage, version: Version) -> tuple[bool, bool]:
    """Whether something is made again, and whether something cannot be."""
    is_queued = is_lost = False
    for missing in await missing_in(database, storage, version):
        try:
            await mend(database, storage, missing)
            is_queued = True
        except OriginalRemoved:
            is_lost = True
        except NotReady:  # a newer version is being encoded anyway
            is_queued = True
    return is_queued, is_lost
