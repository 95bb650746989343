"""Reads published files from the disk of this host or from a bucket, wherever they are at that moment."""

import asyncio
import os
from datetime import UTC, datetime

from videoflix.storage.disk_errors import translate_disk_errors
from videoflix.storage.local import LocalStorage
from videoflix.storage.objects import Objects, StoredObject


class BothObjects(Objects):
    """A file may be moved while it is being read: the next bytes then come from its new place."""

    def __init__(self, disk: LocalStorage, store: Objects) -> None:
        self._disk = disk
        self._store = store

    async def find(self, name: str) -> StoredObject | None:
        """Raises StorageUnavailable."""
        return await asyncio.to_thread(self._find_on_disk, name) or await self._store.find(name)

    async def address(self, method: str, name: str, seconds: int) -> str:
        """Its address in the bucket, even if it is on the disk."""
        return await self._store.address(method, name, seconds)

    async def read(self, name: str, stored: StoredObject, start: int, count: int) -> bytes:
        """Published files never change, so one of the same size is the same. Raises FileNotFoundError or
        StorageUnavailable."""
        block = await asyncio.to_thread(self._read_from_disk, name, stored.size, start, count)
        if block is not None:
            return block
        moved = await self._store.find(name)
        if moved is None or moved.size != stored.size:
            raise FileNotFoundError(name)
        return await self._store.read(name, moved, start, count)

    def _find_on_disk(self, name: str) -> StoredObject | None:
        with translate_disk_errors():
            try:
                status = self._disk.path(name).stat()
            except FileNotFoundError:
                return None
        # The format of the ETag of files that are sent with sendfile.
        etag = f'"{int(status.st_mtime):x}-{status.st_size:x}"'
        return StoredObject(status.st_size, etag, datetime.fromtimestamp(status.st_mtime, UTC))

    def _read_from_disk(self, name: str, size: int, start: int, count: int) -> bytes | None:
        """None if no such file is there."""
        with translate_disk_errors():
            try:
                with self._disk.path(name).open("rb", buffering=0) as file:
                    if os.fstat(file.fileno()).st_size != size:
                        return None
                    return os.pread(file.fileno(), count, start)
            except FileNotFoundError:
                return None
