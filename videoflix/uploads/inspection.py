"""Looks at uploads while they are received, so that what cannot become a film is refused early."""

import logging

from videoflix.encoding.context import JobContext
from videoflix.encoding.probe import probe_partial
from videoflix.errors import FfmpegUnavailable, NotAFilm
from videoflix.uploads import queries as rows
from videoflix.uploads.context import UploadContext
from videoflix.uploads.ending import refuse

log = logging.getLogger(__name__)

# ffprobe decides by the first 5 MB, and what it needs may follow a little later.
ENOUGH_BYTES = 16 * 1024 * 1024
# They are in the first parts, if it is stored in parts.
MAX_PARTS = 2


async def inspect(context: JobContext) -> None:
    """Look once at every upload. One that completes earlier is judged then."""
    while True:
        async with context.database.connection() as connection:
            found = await rows.to_inspect(connection, ENOUGH_BYTES)
        if found is None:
            return
        upload_id, parts = found
        try:
            async with context.storage.upload_as_file(upload_id, parts[:MAX_PARTS]) as file:
                await probe_partial(context.settings.ffprobe, file)
        except NotAFilm as reason:
            log.info("an upload is refused: %s", reason)
            await refuse(UploadContext(context.settings, context.database, context.storage), upload_id, reason.detail)
        except (FfmpegUnavailable, FileNotFoundError) as why:  # the upload may have ended meanwhile
            log.warning("an upload could not be inspected: %s", why)
