"""Copies of stored files on the disk of this host, for programs that need files: the latest used, up to a size.

Several processes may share the folder. A copy is locked while it is used, so that none is removed that a program is
about to open; it is fetched beside its place, and renamed when it is complete.

Programs that read ranges of the store instead would transfer more, unless many hosts share a film (docs/scale.md).
"""

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from videoflix.storage.disk_errors import translate_disk_errors
from videoflix.storage.parallel import for_each

RANGE_BYTES, RANGES_AT_ONCE = 8 * 1024 * 1024, 4
LOOK_SECONDS = 0.2
PART = ".part"

# Returns `count` bytes of a file from an offset on.
Read = Callable[[int, int], Awaitable[bytes]]


class FileCache:
    """`limit` is in bytes. A file that is larger than that is fetched as well, and removed by the next one."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit

    def prepare(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @asynccontextmanager
    async def file(self, key: str, size: int, modified: datetime, read: Read) -> AsyncIterator[Path]:
        """The copy of a file, which `read` fetches if there is none. The key changes with its content. Raises
        StorageUnavailable and what `read` raises."""
        path = self._folder / sha256(key.encode()).hexdigest()
        while True:
            with _in_use(path) as is_there:
                if is_there:
                    yield path
                    return
            async with _alone(path.with_suffix(PART)) as part:
                if not path.exists():
                    await asyncio.to_thread(self._make_room, size)
                    await _fetch(part, size, read)
                    os.utime(part.fileno(), (modified.timestamp(), modified.timestamp()))
                    path.with_suffix(PART).replace(path)

    def add(self, key: str, file: Path) -> None:
        """Keep a file of the same disk that is not needed elsewhere any more."""
        with translate_disk_errors():
            self._make_room(file.stat().st_size)
            file.replace(self._folder / sha256(key.encode()).hexdigest())

    def _make_room(self, size: int) -> None:
        """Remove the copies that were not used for the longest time, and fetches that ended with their process."""
        found = []
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError):
                status = path.stat()
                found.append((status.st_atime, status.st_size, path))
        total = sum(one[1] for one in found) + size
        for _, count, path in sorted(found):
            if total <= self._limit:
                return
            if _remove_unused(path):
                total -= count


@contextmanager
def _in_use(path: Path) -> Iterator[bool]:
    """Lock a copy against its removal. False if there is none."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        yield False
        return
    with file:
        fcntl.flock(file, fcntl.LOCK_SH)
        is_there = _is_at(path, file)  # unless it was removed before it was locked
        if is_there:
            os.utime(file.fileno(), ns=(time.time_ns(), os.fstat(file.fileno()).st_mtime_ns))
        yield is_there


@asynccontextmanager
async def _alone(path: Path) -> AsyncIterator[BinaryIO]:
    """The file that is fetched into, locked against other fetches of it."""
    while True:
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                await asyncio.sleep(LOOK_SECONDS)
                continue
            if _is_at(path, file):
                yield file
                return


async def _fetch(part: BinaryIO, size: int, read: Read) -> None:
    descriptor = part.fileno()
    with translate_disk_errors():
        os.ftruncate(descriptor, 0)
        os.ftruncate(descriptor, size)

    async def take(offset: int) -> None:
        block = await read(offset, min(RANGE_BYTES, size - offset))
        with translate_disk_errors():
            await asyncio.to_thread(os.pwrite, descriptor, block, offset)

    await for_each(range(0, size, RANGE_BYTES), take, RANGES_AT_ONCE)


def _remove_unused(path: Path) -> bool:
    """Whether it was removed: not one that is used or fetched."""
    with suppress(OSError), path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
        return True
    return False


def _is_at(path: Path, file: BinaryIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
