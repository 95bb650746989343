"""Writes the body of a request to an upload: in constant memory, at the speed of the disk, never a wrong byte.

The offset that counts is the one in the row. It is recorded when the bytes before it are on the disk, about once a
second and at the end of a request. After a crash the file may be longer than the row says; the next request truncates
it. The lock on the file makes sure that only one request writes at a time.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from uuid import UUID

from msgspec.structs import replace

from videoflix.errors import ChecksumMismatch, NotAFilm, OffsetMismatch, TooLarge, UploadBusy, UploadClosed
from videoflix.library import containers
from videoflix.storage.incoming import Incoming
from videoflix.uploads import queries as rows
from videoflix.uploads.context import UploadContext
from videoflix.uploads.ending import refuse
from videoflix.uploads.finishing import finish
from videoflix.uploads.lookup import look_up
from videoflix.uploads.models import Upload, UploadState
from videoflix.uploads.tus import Checksum

KEEP_SECONDS = 1.0
# A client that resumes may find its own last request still being recorded.
BUSY_SECONDS, LOOK_SECONDS = 5.0, 0.05
TOO_MUCH = "The request sends more bytes than were announced (Upload-Length)."

# Returns the next bytes, in the chunks in which they arrived; nothing at the end, whether the body is complete or
# not.
Read = Callable[[], Awaitable[list[bytes]]]


async def receive(
    context: UploadContext,
    user_id: int,
    upload_id: UUID,
    offset: int,
    read: Read,
    *,
    announced: int = 0,
    checksum: Checksum | None = None,
) -> Upload:
    """Append the bytes of a request, and make a film of the upload when it is complete. Returns the upload as it is
    then.

    The client has announced so many bytes (0: unknown). Bytes before a lost connection are kept; with a checksum all
    or none of them are. Raises NotFound, UploadClosed, UploadBusy, OffsetMismatch, ChecksumMismatch, TooLarge,
    NotAFilm, EncodeInProgress or StorageUnavailable.
    """
    upload = await look_up(context, upload_id)
    if offset != upload.received:
        raise OffsetMismatch
    if announced > upload.length - offset:
        raise TooLarge(TOO_MUCH)
    if upload.state is UploadState.DONE:
        return upload
    async with _alone(context, upload) as file:
        upload = await look_up(context, upload_id)
        if offset != upload.received:
            raise OffsetMismatch
        await _check_space(context, upload.length - offset)
        part = _Part(context, upload, file, checksum)
        try:
            upload = await part.take_all(read)
            return await finish(context, user_id, upload) if upload.received == upload.length else upload
        except NotAFilm as reason:
            await refuse(context, upload_id, reason.detail)
            raise
        finally:
            await part.close()


@asynccontextmanager
async def _alone(context: UploadContext, upload: Upload) -> AsyncIterator[Incoming]:
    """The file of an upload, locked until the block ends. Raises UploadBusy, OffsetMismatch."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            file = await context.in_thread(context.storage.open_upload, upload.id)
            break
        except UploadBusy:
            if time.monotonic() > deadline:
                raise
        except FileNotFoundError:  # its former owner has just ended it
            raise OffsetMismatch from None
        await asyncio.sleep(LOOK_SECONDS)
    try:
        yield file
    finally:
        await context.in_thread(file.close)


async def _check_space(context: UploadContext, coming: int = 0) -> None:
    """Raises StorageUnavailable if the disk has no room for so many more bytes."""
    await context.in_thread(context.storage.check_upload_space, context.settings.disk_floor, coming)


class _Part:
    """The body of one request."""

    def __init__(self, context: UploadContext, upload: Upload, file: Incoming, checksum: Checksum | None) -> None:
        self._context = context
        self._upload = upload
        self._file = file
        self._checksum = checksum
        self._digest = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
        self._at = upload.received
        self._enough = min(containers.HEAD_BYTES, upload.length)
        self._is_seen = self._at >= self._enough
        self._keeping: asyncio.Task[None] | None = None
        self._kept_at = time.monotonic()

    async def take_all(self, read: Read) -> Upload:
        """Receive everything. Returns the upload; a complete one is only recorded together with what it becomes."""
        begin, parts = self._at, self._upload.parts
        await self._context.in_thread(self._file.cut, begin, parts)
        writing: asyncio.Task[None] | None = None
        try:
            while block := await read():
                if writing is not None:
                    await writing
                writing = asyncio.create_task(self._take(block))  # the next block arrives meanwhile
                if not self._is_seen:
                    await writing
        finally:
            if writing is not None:
                await writing
        if self._checksum and self._digest and self._digest.digest() != self._checksum.digest:
            await self._context.in_thread(self._file.cut, begin, parts)
            raise ChecksumMismatch
        await self._look()
        await self._settle()
        if self._at < self._upload.length:
            await self._keep(everything=True)
            return self._upload
        if self._file.has_parts:
            await self._keep_parts()
        return replace(self._upload, received=self._at)

    async def close(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)

    async def _take(self, block: list[bytes]) -> None:
        end = self._at + sum(map(len, block))
        if end > self._upload.length:
            raise TooLarge(TOO_MUCH)
        await self._context.in_thread(self._write, block)
        self._at = end
        if self._checksum is None:
            await self._look()
            await self._keep_now_and_then()

    def _write(self, block: list[bytes]) -> None:
        self._file.append(block)
        if self._digest is not None:
            for chunk in block:
                self._digest.update(chunk)

    async def _look(self) -> None:
        """Raises NotAFilm as soon as the first bytes show it."""
        if self._is_seen or self._at < self._enough:
            return
        self._is_seen = True
        reason = containers.refusal(await self._context.in_thread(self._file.head, self._enough))
        if reason:
            raise NotAFilm(reason)

    async def _keep_now_and_then(self) -> None:
        """In a task of its own: neither the disk nor the network waits for the other."""
        if self._keeping is not None and self._keeping.done():
            await self._settle()
        is_due = time.monotonic() - self._kept_at >= KEEP_SECONDS and self._at < self._upload.length
        if self._keeping is None and is_due:
            self._keeping = asyncio.create_task(self._keep(everything=False))

    async def _settle(self) -> None:
        """Wait until the recording has ended, and raise what it raised."""
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            await keeping

    async def _keep(self, *, everything: bool) -> None:
        """Store bytes safely and record them. Raises UploadClosed, OffsetMismatch, NotAFilm or StorageUnavailable."""
        kept = await self._context.in_thread(partial(self._file.keep, everything=everything))
        await self._record(kept.count, kept.parts)
        self._kept_at = time.monotonic()
        await _check_space(self._context)

    async def _keep_parts(self) -> None:
        """Record where all bytes are, but not that all have come: that is recorded with what they become."""
        kept = await self._context.in_thread(partial(self._file.keep, everything=True))
        await self._record(self._upload.received, kept.parts)

    async def _record(self, count: int, parts: tuple[str, ...]) -> None:
        async with self._context.database.connection() as connection:
            expires_at = await rows.advance(connection, self._upload, count, parts)
        if expires_at is None:
            now = await look_up(self._context, self._upload.id)
            raise OffsetMismatch if now.state is UploadState.RECEIVING else UploadClosed
        self._upload = replace(self._upload, received=count, parts=parts, expires_at=expires_at)
        await self._context.in_thread(self._file.confirm)
