"""Makes a video of a complete upload, or the next version of one.

The bytes of an upload are in a file of its own until they are complete; then this file becomes the original. Every
step can be interrupted at any point: `place` can be repeated, and `ending.sweep` repeats it after a crash.
"""

import asyncio
from contextlib import suppress

from msgspec.structs import replace

from videoflix.accounts.audit_actions import AuditAction
from videoflix.accounts.queries import audit
from videoflix.db.pool import Connection
from videoflix.encoding.probe import probe
from videoflix.errors import EncodeInProgress, FfmpegUnavailable, NotAFilm, UploadClosed
from videoflix.library import adding, audience, series_editing
from videoflix.library.audience import AudienceFields
from videoflix.library.metadata import unescape_html
from videoflix.library.queries import videos
from videoflix.storage import names, original_parts
from videoflix.uploads import queries as rows
from videoflix.uploads import tus
from videoflix.uploads.context import UploadContext
from videoflix.uploads.creating import episode_of
from videoflix.uploads.models import Upload, UploadState

# A client waits for the answer, and proxies do not wait for ever.
JUDGE_SECONDS = 20.0
# Larger uploads are not joined for that where they are stored in parts.
MAX_JOINED_BYTES = 256 * 1024 * 1024


async def finish(context: UploadContext, user_id: int, upload: Upload) -> Upload:
    """All bytes are stored: make a video of them, or the next version of one.

    Raises UploadClosed, EncodeInProgress, StorageUnavailable or NotAFilm (DuplicateFilm without `again`).
    """
    await _judge(context, upload)
    if upload.replaces:
        await _replace_original(context, user_id, upload)
        await place(context, upload)
        return replace(upload, state=UploadState.DONE, received=upload.length)

    async def also(connection: Connection, video_id: int) -> None:
        text = await rows.finish(connection, upload.id, video_id)
        if text is None:
            raise UploadClosed
        await videos.edit(connection, {video_id: text})  # it may have been edited since the upload was read
        await _record(connection, user_id, "video.add", video_id, text.title, upload)
        if tus.metadata(upload.metadata).get("draft"):
            await audience.edit_videos(connection, user_id, {video_id: AudienceFields(is_draft=True)})
        if episode := episode_of(upload.filename, tus.metadata(upload.metadata)):
            await series_editing.place(connection, user_id, video_id, episode)

    if upload.parts:
        mark = await _fingerprint(context, upload)
        async with context.database.transaction() as connection:
            video_id = await adding.insert_film(connection, upload.text, upload.length, mark)
            await original_parts.insert(connection, video_id, upload.id, upload.parts)
            await also(connection, video_id)
    else:
        async with context.storage.upload_as_file(upload.id, upload.parts) as file:
            video_id = await adding.add_film(context.database, context.storage, file, upload.text, also=also)
        await context.in_thread(context.storage.remove, names.upload(upload.id))
    return replace(upload, state=UploadState.DONE, received=upload.length, video_id=video_id)


async def _judge(context: UploadContext, upload: Upload) -> None:
    """The same check as for films that are added by commands. If it takes long, it is left to the ingest job.
    Raises NotAFilm."""
    if not upload.parts or upload.length <= MAX_JOINED_BYTES:
        await _probe(context, upload)
    if not upload.replaces and not tus.metadata(upload.metadata).get("again"):
        await adding.check_unknown(context.database, context.storage, await _fingerprint(context, upload))


async def _probe(context: UploadContext, upload: Upload) -> None:
    settings = context.settings
    async with context.storage.upload_as_file(upload.id, upload.parts) as file:
        with suppress(TimeoutError, FfmpegUnavailable):  # these say nothing about the film
            async with asyncio.timeout(JUDGE_SECONDS):
                await probe(settings.ffmpeg, settings.ffprobe, file)


async def _fingerprint(context: UploadContext, upload: Upload) -> bytes:
    def read(begin: int) -> bytes:
        return context.storage.read_upload(upload.id, upload.parts, begin, adding.EDGE_BYTES)

    return await context.in_thread(adding.digest, upload.length, read)


async def _replace_original(context: UploadContext, user_id: int, upload: Upload) -> None:
    """Commit to the next version of a film: from here on its original is the uploaded file, wherever that is stored.

    The encode waits until the file is in place. No other encode can start meanwhile, because this one is queued.
    """
    mark = await _fingerprint(context, upload)
    async with context.database.transaction() as connection:
        video_id = upload.video_id or 0
        await videos.lock(connection, video_id)
        title = await rows.video_title(connection, video_id)
        if title is None:
            raise NotAFilm("The video whose film it replaces has been deleted.")
        if await rows.is_in_the_making(connection, video_id):
            raise EncodeInProgress
        if not await rows.begin_placing(connection, upload.id):
            raise UploadClosed
        await rows.set_original(connection, video_id, upload.length, mark)
        if upload.parts:
            await original_parts.insert(connection, video_id, upload.id, upload.parts)
        await adding.queue_encode(connection, video_id)
        await rows.hold_encode(connection, video_id)
        await _record(connection, user_id, "video.replace", video_id, title, upload)


async def place(context: UploadContext, upload: Upload) -> None:
    """Move a new original over the old one, and let its encode start, which joins it if it is stored in parts. Can be
    repeated after a crash."""
    if upload.video_id is not None and not upload.parts:
        with suppress(FileNotFoundError):  # it was moved already
            await context.storage.place_upload(upload.id, upload.parts, names.original(upload.video_id))
    async with context.database.transaction() as connection:
        await rows.end_placing(connection, upload.id)


async def _record(
    connection: Connection, user_id: int, action: AuditAction, video_id: int, title: str, upload: Upload
) -> None:
    detail = {"upload": str(upload.id), "file": upload.filename, "bytes": upload.length}
    await audit.record(connection, user_id, action, f"video:{video_id}", unescape_html(title), **detail)
