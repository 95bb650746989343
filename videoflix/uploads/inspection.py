"""Looks at films while they are uploaded: what cannot become one is refused before all of it has come."""

import logging

from videoflix.encoding.context import JobContext
from videoflix.encoding.probe import probe_partial
from videoflix.errors import EncodeFailed, NotAFilm
from videoflix.uploads import queries as rows
from videoflix.uploads.lifecycle import UploadContext, refuse

log = logging.getLogger(__name__)

# ffprobe decides by the first 5 MB; what it looks for may come a little later.
ENOUGH_BYTES = 16 * 1024 * 1024


async def inspect(context: JobContext) -> None:
    """Every upload once. One that is whole before that is left to its ingest."""
    while True:
        async with context.database.connection() as connection:
            upload_id = await rows.to_inspect(connection, ENOUGH_BYTES)
        if upload_id is None:
            return
        file = context.storage.upload(upload_id)
        try:
            await probe_partial(context.settings.ffprobe, file)
        except NotAFilm as reason:
            log.info("an upload is refused: %s", reason)
            await refuse(UploadContext(context.settings, context.database, context.storage), upload_id, reason.detail)
        except (EncodeFailed, FileNotFoundError) as why:  # it has ended meanwhile, or tells too much of itself
            log.warning("an upload could not be looked at: %s", why)
