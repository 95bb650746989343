"""Looks at films while they are uploaded: what cannot become one is refused before all of it has come."""

import logging

from videoflix.db import uploads as rows
from videoflix.errors import EncodeFailed, NotAFilm
from videoflix.ffmpeg.probe import glance
from videoflix.jobs.rooms import Rooms
from videoflix.uploads import Dock, refuse

log = logging.getLogger(__name__)

# ffprobe decides by the first 5 MB; what it looks for may come a little later.
ENOUGH_BYTES = 16 * 1024 * 1024


async def inspect(rooms: Rooms) -> None:
    """Every upload once. One that is whole before that is left to its ingest."""
    while True:
        async with rooms.database.connection() as connection:
            upload_id = await rows.to_inspect(connection, ENOUGH_BYTES)
        if upload_id is None:
            return
        file = rooms.storage.upload(upload_id)
        try:
            await glance(rooms.settings.ffprobe, file)
        except NotAFilm as reason:
            log.info("an upload is refused: %s", reason)
            await refuse(Dock(rooms.settings, rooms.database, rooms.storage), upload_id, reason.detail)
        except (EncodeFailed, FileNotFoundError) as why:  # it has ended meanwhile, or tells too much of itself
            log.warning("an upload could not be looked at: %s", why)
