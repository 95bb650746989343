"""Ends uploads: refuses, cancels, and sweeps those that have expired or were interrupted by a crash."""

from uuid import UUID

from videoflix.accounts.queries import audit
from videoflix.errors import UploadBusy
from videoflix.library.metadata import unescape_html
from videoflix.storage import names
from videoflix.storage.orphans import Orphan, old_enough
from videoflix.uploads import queries as rows
from videoflix.uploads.context import UploadContext
from videoflix.uploads.lookup import look_up
from videoflix.uploads.models import UploadState


async def refuse(context: UploadContext, upload_id: UUID, reason: str) -> None:
    async with context.database.connection() as connection:
        await rows.refuse(connection, upload_id, reason)
    await context.in_thread(context.storage.remove, names.upload(upload_id))


async def cancel(context: UploadContext, user_id: int, upload_id: UUID) -> None:
    """Cancel an upload, or remove one that has ended from the list. Raises NotFound, UploadClosed or UploadBusy."""
    async with context.database.transaction() as connection:
        cancelled = await rows.cancel(connection, upload_id)
        if cancelled and cancelled[0] is UploadState.RECEIVING:
            await audit.record(
                connection, user_id, "upload.cancel", f"upload:{upload_id}", unescape_html(cancelled[1])
            )
    if cancelled is None:
        await look_up(context, upload_id)
        raise UploadBusy
    if cancelled[0] is UploadState.RECEIVING:  # the parts of others may be an original by now
        await context.in_thread(context.storage.remove, names.upload(upload_id))


async def sweep(context: UploadContext) -> None:
    """Runs regularly: finishes what a crash interrupted, ends uploads that have expired, and removes files that no
    upload needs."""
    stored = await context.in_thread(context.storage.entries, names.UPLOADS)
    async with context.database.connection() as connection:
        placing = await rows.being_placed(connection)
        expired = await rows.expire(connection)
        await rows.forget(connection)
        needed = {names.upload(one) for one in await rows.with_file(connection)}
    for upload_id in placing:
        await look_up(context, upload_id)
    for upload_id in expired:
        await context.in_thread(context.storage.remove, names.upload(upload_id))
    over = [Orphan(name, "its upload has ended") for name in stored if name not in needed]
    for orphan in await old_enough(context.storage, over):
        await context.in_thread(context.storage.remove, orphan.name)
