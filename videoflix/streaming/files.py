"""Published files, kept open and sent by sendfile: they never change, so one descriptor serves all who read."""

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

from videoflix.http.conditions import decide, http_date

# How much is read at once when a file is not in memory, and how far apart it is looked whether it is.
WARM_BYTES, LOOK_EVERY = 1024 * 1024, 512 * 1024

# Linux alone has it.
CORK = getattr(socket, "TCP_CORK", 0)

Key = tuple[int, ...]


class OpenFile:
    """A file and what its headers say. It closes with the last who knows it, whether that one keeps it, reads it or
    went away while it was being opened."""

    __slots__ = ("__weakref__", "etag", "headers", "modified", "size", "stream")

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        self.stream: BinaryIO = path.open("rb", buffering=0)
        weakref.finalize(self, self.stream.close)
        about = os.fstat(self.stream.fileno())
        self.size = about.st_size
        # As nginx makes it: what a player has begun, it may go on with at the gateway, and the other way round.
        self.etag = f'"{int(about.st_mtime):x}-{about.st_size:x}"'
        self.modified = datetime.fromtimestamp(about.st_mtime, UTC)
        self.headers = CIMultiDict(
            {
                "ETag": self.etag,
                "Last-Modified": http_date(self.modified),
                "Accept-Ranges": "bytes",
            }
        )


class OpenFiles:
    """Up to `most` open files, the least recently read go first. Keys begin with the number of the video."""

    def __init__(self, find: Callable[[Key], Path], most: int) -> None:
        self._find = find
        self._most = most
        self._files: OrderedDict[Key, OpenFile] = OrderedDict()

    async def get(self, key: Key) -> OpenFile:
        """Raises OSError if there is no such file."""
        file = self._files.get(key)
        if file is None:
            # Of those who ask at the same time the last one's stays.
            file = self._files[key] = await asyncio.to_thread(OpenFile, self._find(key))
        self._files.move_to_end(key)
        while len(self._files) > self._most:
            self._files.popitem(last=False)
        return file

    def forget(self, video_id: int | None = None) -> None:
        """Let the files of a video go, or all; those who are reading read on to the end."""
        for key in [key for key in self._files if video_id in (None, key[0])]:
            del self._files[key]


class FileAnswer(web.StreamResponse):
    """An open file, whole or in part. What is not in memory is read in a thread first: the loop never waits for
    the disk."""

    def __init__(self, files: OpenFiles, key: Key, headers: Mapping[str, str]) -> None:
        super().__init__(headers=headers)
        self._files = files
        self._key = key

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        if self.prepared:
            return await super().prepare(request)
        file = await self._files.get(self._key)
        start, count = self._decide(request, file)
        if not count or request.method == "HEAD":
            return await super().prepare(request)
        if not _is_in_memory(file.stream.fileno(), start, count):
            await asyncio.to_thread(_read_into_memory, file.stream.fileno(), start, count)
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client has gone")
        try:
            with _in_one_go(transport):
                writer = await super().prepare(request)
                sent = _send_at_once(transport, file, start, count)
                if sent < count:
                    rest = (start + sent, count - sent)
                    sent += await asyncio.get_running_loop().sendfile(transport, file.stream, *rest)
        finally:
            del file  # asyncio's error holds this frame, and would hold the file until garbage is collected
        if writer:
            writer.output_size += sent
        await super().write_eof()
        return writer

    def _decide(self, request: web.BaseRequest, file: OpenFile) -> tuple[int, int]:
        decision = decide(request.headers, file.size, file.etag, file.modified)
        self.headers.extend(file.headers)
        if decision.status != 200:
            self.set_status(decision.status)
        if decision.status == 206:
            end = decision.start + decision.count - 1
            self.headers["Content-Range"] = f"bytes {decision.start}-{end}/{file.size}"
        elif decision.status == 416:
            self.headers["Content-Range"] = f"bytes */{file.size}"
        self.content_length = decision.count if decision.status != 304 else None
        if decision.status == 304:
            self._length_check = False
        return decision.start, decision.count


def can_sendfile(request: web.Request) -> bool:
    """Whether the kernel may send a file into this connection: not through TLS, and not from every loop."""
    transport = request.transport
    return (
        hasattr(os, "sendfile")
        and isinstance(asyncio.get_running_loop(), asyncio.SelectorEventLoop)
        and transport is not None
        and transport.get_extra_info("sslcontext") is None
    )


@contextmanager
def _in_one_go(transport: asyncio.Transport) -> Iterator[None]:
    """Headers go out with the first bytes that follow them: every packet of its own wakes the other side up."""
    line = transport.get_extra_info("socket")
    if not CORK or line.family not in (socket.AF_INET, socket.AF_INET6):
        yield
        return
    line.setsockopt(socket.IPPROTO_TCP, CORK, 1)
    try:
        yield
    finally:
        if not transport.is_closing():
            line.setsockopt(socket.IPPROTO_TCP, CORK, 0)


def _send_at_once(transport: asyncio.Transport, file: OpenFile, start: int, count: int) -> int:
    """As many bytes as the kernel takes without waiting, often all of them: that spares the loop's own sendfile,
    which first has the reading paused and looks whether the file is there."""
    if transport.get_write_buffer_size():  # the headers are not out yet
        return 0
    try:
        return os.sendfile(transport.get_extra_info("socket").fileno(), file.stream.fileno(), start, count)
    except BlockingIOError:
        return 0
    except OSError as broken:
        raise ConnectionResetError("the client has gone") from broken


def _is_in_memory(file: int, start: int, count: int) -> bool:
    """Whether it can be read without waiting for the disk, tried with a byte here and there. Where the system
    cannot tell, we hope."""
    if not hasattr(os, "RWF_NOWAIT"):
        return True
    byte = bytearray(1)
    last = start + count - 1
    try:
        for place in (*range(start, last, LOOK_EVERY), last):
            os.preadv(file, [byte], place, os.RWF_NOWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _read_into_memory(file: int, start: int, count: int) -> None:
    for place in range(start, start + count, WARM_BYTES):
        os.pread(file, min(WARM_BYTES, start + count - place), place)
