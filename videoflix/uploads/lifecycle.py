"""The life cycle of an upload, from its creation to the video that it becomes.

The bytes of an upload are in a file of its own until they are complete; then this file becomes the original. Every
step can be interrupted at any point: the next one finds rows and files that match, or makes them match (`place`,
`sweep`).
"""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

from msgspec import Struct, structs
from msgspec.structs import replace

from videoflix.accounts.queries import audit
from videoflix.db.pool import Connection, Database
from videoflix.encoding.probe import probe
from videoflix.errors import (
    EncodeFailed,
    EncodeInProgress,
    InvalidFields,
    NotAFilm,
    NotFound,
    TooLarge,
    UploadBusy,
    UploadClosed,
)
from videoflix.library import adding, editing
from videoflix.library.metadata import (
    apply,
    changed_fields,
    escaped,
    file_name,
    text_of_new,
    title_of,
    unescape_html,
)
from videoflix.library.models import Metadata
from videoflix.library.queries import videos
from videoflix.settings import Settings
from videoflix.storage.disk_errors import translate_disk_errors
from videoflix.storage.local import Storage, discard, format_bytes
from videoflix.storage.orphans import Orphan, old_enough
from videoflix.uploads import queries as rows
from videoflix.uploads import tus
from videoflix.uploads.models import Upload, UploadState

# Space is reserved for an upload, unless it has been silent for this long.
SILENT = timedelta(hours=1)
# A client waits for the answer, and proxies do not wait for ever.
JUDGE_SECONDS = 20.0

Result = TypeVar("Result")


class UploadContext(Struct, frozen=True):
    """What uploads need; `threads` are those that block on the disk."""

    settings: Settings
    database: Database
    storage: Storage
    threads: Executor | None = None

    async def in_thread(self, work: Callable[..., Result], *arguments: object) -> Result:
        """Do something with the disk in a thread. Raises StorageUnavailable."""
        with translate_disk_errors():
            return await asyncio.get_running_loop().run_in_executor(self.threads, work, *arguments)


async def begin(context: UploadContext, user_id: int, length: int, metadata: str) -> Upload:
    """Create an upload, without any bytes yet.

    Raises InvalidInput, NotAFilm, TooLarge, EncodeInProgress or StorageUnavailable; DuplicateFilm if the client sends
    the `fingerprint` of a film in the library, without `again`.
    """
    told = tus.metadata(metadata)
    most = context.settings.max_upload_size
    if most and length > most:
        raise TooLarge(f"A film may have up to {format_bytes(most)} (MAX_UPLOAD_SIZE).")
    if length == 0:
        raise NotAFilm("The file is empty.")
    if told.get("fingerprint") and not told.get("video") and not told.get("again"):
        await adding.check_unknown(context.database, context.storage, _fingerprint(told["fingerprint"]))
    async with context.database.transaction() as connection:
        upload = await _announced(connection, length, metadata, told)
        coming = await rows.outstanding(connection, SILENT)
        context.storage.check_free_space(context.settings.disk_floor + coming, length)
        await rows.insert(connection, upload)
        label = unescape_html(upload.title)
        await audit.record(
            connection, user_id, "upload.begin", f"upload:{upload.id}", label, file=upload.filename, bytes=length
        )
        await context.in_thread(context.storage.make_upload, upload.id)
    return upload


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
        try:
            size = (await context.in_thread(context.storage.upload(upload_id).stat)).st_size
        except FileNotFoundError:  # it may have become a video meanwhile
            async with context.database.connection() as connection:
                now = await rows.find(connection, upload_id)
            if now is not None and now.state is not UploadState.RECEIVING:
                return await look_up(context, upload_id)
            raise UploadClosed("What had come of this upload is lost.") from None
        return replace(upload, received=min(upload.received, size))
    return upload


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

    video_id = await adding.add_film(
        context.database,
        context.storage,
        context.storage.upload(upload.id),
        upload.text,
        also=also,
    )
    await context.in_thread(context.storage.remove_upload, upload.id)
    return replace(upload, state=UploadState.DONE, received=upload.length, video_id=video_id)


async def _judge(context: UploadContext, upload: Upload) -> None:
    """The same check as for films that are added by commands. If it takes long, it is left to the ingest job.
    Raises NotAFilm."""
    file, settings = context.storage.upload(upload.id), context.settings
    with suppress(TimeoutError, EncodeFailed):  # these say nothing about the film
        async with asyncio.timeout(JUDGE_SECONDS):
            await probe(settings.ffmpeg, settings.ffprobe, file)
    if not upload.replaces and not tus.metadata(upload.metadata).get("again"):
        mark = await context.in_thread(adding.fingerprint, file)
        await adding.check_unknown(context.database, context.storage, mark)


async def place(context: UploadContext, upload: Upload) -> None:
    """Move a new original over the old one, and let its encode start. Can be repeated after a crash."""
    if upload.video_id is not None:
        with suppress(FileNotFoundError):  # it was moved already
            await context.in_thread(
                context.storage.publish, context.storage.upload(upload.id), context.storage.original(upload.video_id)
            )
    async with context.database.transaction() as connection:
        await rows.end_placing(connection, upload.id)


async def refuse(context: UploadContext, upload_id: UUID, reason: str) -> None:
    async with context.database.connection() as connection:
        await rows.refuse(connection, upload_id, reason)
    await context.in_thread(context.storage.remove_upload, upload_id)


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
    await context.in_thread(context.storage.remove_upload, upload_id)


async def edit(context: UploadContext, user_id: int, upload_id: UUID, given: Metadata) -> Upload:
    """Change the metadata of an upload while bytes arrive or afterwards, and of the video that it belongs to.

    Raises NotFound, InvalidFields or UploadClosed.
    """
    texts = escaped(given)
    async with context.database.transaction() as connection:
        upload = await rows.lock(connection, upload_id)
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


async def sweep(context: UploadContext) -> None:
    """Runs regularly: finishes what a crash interrupted, ends uploads that have expired, and removes files that no
    upload needs."""
    files = await context.in_thread(context.storage.uploads)
    async with context.database.connection() as connection:
        placing = await rows.being_placed(connection)
        expired = await rows.expire(connection)
        await rows.forget(connection)
        needed = {str(one) for one in await rows.with_file(connection)}
    for upload_id in placing:
        await look_up(context, upload_id)
    for upload_id in expired:
        await context.in_thread(context.storage.remove_upload, upload_id)
    over = [Orphan(path, "its upload is over") for path in files if path.name not in needed]
    for orphan in await old_enough(over):
        await context.in_thread(discard, orphan.path)


async def _announced(connection: Connection, length: int, metadata: str, told: dict[str, str]) -> Upload:
    """Raises InvalidFields, EncodeInProgress."""
    filename, now = file_name(told.get("filename") or told.get("name") or ""), datetime.now(UTC)
    title = told.get("title") or title_of(Path(filename))
    text = text_of_new(Metadata(title, told.get("description"), told.get("category")))
    video_id = _video_id(told["video"]) if told.get("video") else None
    if video_id is not None:
        text = replace(text, title=await _replaceable(connection, video_id))
    return Upload(
        id=uuid4(),
        filename=filename,
        **structs.asdict(text),
        metadata=metadata,
        length=length,
        replaces=video_id is not None,
        video_id=video_id,
        created_at=now,
        expires_at=now + rows.LIFETIME,
    )


def _fingerprint(told: str) -> bytes:
    if not re.fullmatch(r"[0-9a-f]{64}", told):
        raise InvalidFields({"fingerprint": "This is no fingerprint of a film."})
    return bytes.fromhex(told)


def _video_id(told: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,17}", told):
        raise InvalidFields({"video": "This is no number of a video."})
    return int(told)


async def _replaceable(connection: Connection, video_id: int) -> str:
    """The title of a video whose film may be replaced now. Raises InvalidFields, EncodeInProgress."""
    title = await rows.video_title(connection, video_id)
    if title is None:
        raise InvalidFields({"video": "There is no such video."})
    if await rows.is_in_the_making(connection, video_id):
        raise EncodeInProgress
    return title


async def _replace_original(context: UploadContext, user_id: int, upload: Upload) -> None:
    """Commit to the next version of a film: from here on its original is the uploaded file, wherever that is stored.

    The encode waits until the file is in place. No other encode can start meanwhile, because this one is queued.
    """
    mark = await context.in_thread(adding.fingerprint, context.storage.upload(upload.id))
    async with context.database.transaction() as connection:
        video_id = upload.video_id or 0
        await videos.lock(connection, video_id)
        title = await rows.video_title(connection, video_id)
        if title is None:
            raise NotAFilm("The video that it was to replace has been deleted.")
        if await rows.is_in_the_making(connection, video_id):
            raise EncodeInProgress
        if not await rows.begin_placing(connection, upload.id):
            raise UploadClosed
        await rows.set_original(connection, video_id, upload.length, mark)
        await adding.queue_encode(connection, video_id)
        await rows.hold_encode(connection, video_id)
        await _record(connection, user_id, "video.replace", video_id, title, upload)


async def _record(
    connection: Connection, user_id: int, action: str, video_id: int, title: str, upload: Upload
) -> None:
    detail = {"upload": str(upload.id), "file": upload.filename, "bytes": upload.length}
    await audit.record(connection, user_id, action, f"video:{video_id}", unescape_html(title), **detail)
