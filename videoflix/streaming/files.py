"""Sends published files with sendfile. They never change, so all readers share one open descriptor per file."""

import asyncio
import os
import socket
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from multidict import CIMultiDict

from videoflix.http.conditions import content_range, decide, http_date

# How many bytes are read at once into the page cache, and how far apart the bytes are that test for it.
READ_BYTES, SAMPLE_EVERY = 1024 * 1024, 512 * 1024

# Only Linux has it.
CORK = getattr(socket, "TCP_CORK", 0)

Key = tuple[int, ...]


class OpenFile:
    """An open file with its headers. It is closed with the last reference to it: that of the cache, of a reader, or
    of a request that was cancelled while the file was being opened."""

    __slots__ = ("__weakref__", "etag", "headers", "modified", "size", "stream")

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        self.stream: BinaryIO = path.open("rb", buffering=0)
        weakref.finalize(self, self.stream.close)
        status = os.fstat(self.stream.fileno())
        self.size = status.st_size
        # The format of nginx: a player may resume a download at the gateway that it started here, and vice versa.
        self.etag = f'"{int(status.st_mtime):x}-{status.st_size:x}"'
        self.modified = datetime.fromtimestamp(status.st_mtime, UTC)
        self.headers = CIMultiDict(
            {
                "ETag": self.etag,
                "Last-Modified": http_date(self.modified),
                "Accept-Ranges": "bytes",
            }
        )


class OpenFiles:
    """An LRU cache of up to `max_open` open files. The first part of each key is the id of the video."""

    def __init__(self, find: Callable[[Key], Path], max_open: int) -> None:
        self._find = find
        self._max_open = max_open
        self._files: OrderedDict[Key, OpenFile] = OrderedDict()

    async def get(self, key: Key) -> OpenFile:
        """Raises OSError if there is no such file."""
        file = self._files.get(key)
        if file is None:
            # Concurrent requests may each open the file; the last one replaces the others.
            file = self._files[key] = await asyncio.to_thread(OpenFile, self._find(key))
        self._files.move_to_end(key)
        while len(self._files) > self._max_open:
            self._files.popitem(last=False)
        return file

    def forget(self, video_id: int | None = None) -> None:
        """Drop the files of a video, or all files. Responses that are being sent still finish."""
        for key in [key for key in self._files if video_id in (None, key[0])]:
            del self._files[key]


class OpenFileResponse(web.StreamResponse):
    """An open file, whole or in part. Bytes that are not in the page cache are read in a thread first, so that the
    event loop never waits for the disk."""

    def __init__(self, files: OpenFiles, key: Key, headers: Mapping[str, str]) -> None:
        super().__init__(headers=headers)
        self._files = files
        self._key = key

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        if self.prepared:
            return await super().prepare(request)
        file = await self._files.get(self._key)
        start, count = self._set_headers(request, file)
        if not count or request.method == "HEAD":
            return await super().prepare(request)
        if not _is_in_page_cache(file.stream.fileno(), start, count):
            await asyncio.to_thread(_read_into_page_cache, file.stream.fileno(), start, count)
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client has disconnected")
        try:
            with _corked(transport):
                writer = await super().prepare(request)
                sent = _send_without_waiting(transport, file, start, count)
                if sent < count:
                    loop = asyncio.get_running_loop()
                    sent += await loop.sendfile(transport, file.stream, start + sent, count - sent)
        finally:
            del file  # an error of asyncio references this frame, and would keep the file open until a GC run
        if writer:
            writer.output_size += sent
        await super().write_eof()
        return writer

    def _set_headers(self, request: web.BaseRequest, file: OpenFile) -> tuple[int, int]:
        """Set the status and the headers. Returns the offset and the number of the bytes to send."""
        decision = decide(request.headers, file.size, file.etag, file.modified)
        self.headers.extend(file.headers)
        if decision.status != 200:
            self.set_status(decision.status)
        self.headers.extend(content_range(decision, file.size))
        self.content_length = decision.count if decision.status != 304 else None
        if decision.status == 304:
            self._length_check = False
        return decision.start, decision.count


def can_sendfile(request: web.Request) -> bool:
    """Whether sendfile works for this connection: not with TLS, and only on a selector event loop."""
    transport = request.transport
    return (
        hasattr(os, "sendfile")
        and isinstance(asyncio.get_running_loop(), asyncio.SelectorEventLoop)
        and transport is not None
        and transport.get_extra_info("sslcontext") is None
    )


@contextmanager
def _corked(transport: asyncio.Transport) -> Iterator[None]:
    """Send the headers in one packet with the first bytes of the body."""
    connection = transport.get_extra_info("socket")
    if not CORK or connection.family not in (socket.AF_INET, socket.AF_INET6):
        yield
        return
    connection.setsockopt(socket.IPPROTO_TCP, CORK, 1)
    try:
        yield
    finally:
        if not transport.is_closing():
            connection.setsockopt(socket.IPPROTO_TCP, CORK, 0)


def _send_without_waiting(transport: asyncio.Transport, file: OpenFile, start: int, count: int) -> int:
    """Send as many bytes as fit into the socket buffer, often all of them. Returns their number.

    This is faster than loop.sendfile, which first pauses reading and checks the file.
    """
    if transport.get_write_buffer_size():  # the headers are not sent yet
        return 0
    try:
        return os.sendfile(transport.get_extra_info("socket").fileno(), file.stream.fileno(), start, count)
    except BlockingIOError:
        return 0
    except OSError as broken:
        raise ConnectionResetError("the client has disconnected") from broken


def _is_in_page_cache(file: int, start: int, count: int) -> bool:
    """Whether the bytes can be read without waiting for the disk, tested with a byte every SAMPLE_EVERY. True where
    the system cannot tell."""
    if not hasattr(os, "RWF_NOWAIT"):
        return True
    byte = bytearray(1)
    last = start + count - 1
    try:
        for offset in (*range(start, last, SAMPLE_EVERY), last):
            os.preadv(file, [byte], offset, os.RWF_NOWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _read_into_page_cache(file: int, start: int, count: int) -> None:
    for offset in range(start, start + count, READ_BYTES):
        os.pread(file, min(READ_BYTES, start + count - offset), offset)
