"""Looks up how far an upload is, as clients ask before they resume."""

from uuid import UUID

from msgspec.structs import replace

from videoflix.errors import NotAFilm, NotFound, UploadClosed
from videoflix.uploads import queries as rows
from videoflix.uploads.context import UploadContext
from videoflix.uploads.finishing import place
from videoflix.uploads.models import Upload, UploadState


async def look_up(context: UploadContext, upload_id: UUID) -> Upload:
    """An upload with the number of bytes that are stored safely. Raises NotFound, UploadClosed, or NotAFilm if it
    was refused."""
    async with context.database.connection() as connection:
        upload = await rows.find(connection, upload_id)
    if upload is None:
        raise NotFound
    if upload.state is UploadState.GONE:
        raise UploadClosed
    if upload.state is UploadState.REFUSED:
        raise NotAFilm(upload.detail)
    if upload.state is UploadState.PLACING:
        await place(context, upload)
        return replace(upload, state=UploadState.DONE)
    if upload.state is UploadState.RECEIVING:
        received = await context.in_thread(context.storage.received, upload_id, upload.received)
        if received is None:  # it may have become a video meanwhile
            async with context.database.connection() as connection:
                now = await rows.find(connection, upload_id)
            if now is not None and now.state is not UploadState.RECEIVING:
                return await look_up(context, upload_id)
            raise UploadClosed("The received data of this upload has been lost.")
        return replace(upload, received=received)
    return upload
