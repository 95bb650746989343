"""Changes the metadata of an upload, and of the video that it becomes."""

from uuid import UUID

from msgspec import structs
from msgspec.structs import replace

from videoflix.accounts.queries import audit
from videoflix.db.pool import Connection
from videoflix.errors import NotFound, UploadClosed
from videoflix.library import editing
from videoflix.library.metadata import apply, changed_fields, escaped, unescape_html
from videoflix.library.models import Metadata
from videoflix.library.queries import videos
from videoflix.uploads import queries as rows
from videoflix.uploads.context import UploadContext
from videoflix.uploads.models import Upload, UploadState


async def edit(context: UploadContext, user_id: int, upload_id: UUID, given: Metadata) -> Upload:
    """Change the metadata of an upload while bytes arrive or afterwards, and of the video that it belongs to.

    Raises NotFound, InvalidFields or UploadClosed.
    """
    texts = escaped(given)
    async with context.database.transaction() as connection:
        upload = await _lock(connection, upload_id)
        if upload is None:
            raise NotFound
        if upload.state in (UploadState.REFUSED, UploadState.GONE):
            raise UploadClosed
        text = apply(texts, upload.text)
        await rows.edit(connection, upload_id, text)
        if upload.video_id is not None:
            await editing.edit(connection, user_id, {upload.video_id: given})
        elif changes := changed_fields(upload.text, text):
            label = unescape_html(upload.title)
            await audit.record(connection, user_id, "upload.edit", f"upload:{upload_id}", label, **changes)
    return replace(upload, **structs.asdict(text))


async def _lock(connection: Connection, upload_id: UUID) -> Upload | None:
    """Lock an upload after its video, in the order in which an upload takes the place of a film."""
    seen = await rows.find(connection, upload_id)
    if seen is not None and seen.video_id is not None:
        await videos.lock(connection, seen.video_id)
    return await rows.lock(connection, upload_id)
