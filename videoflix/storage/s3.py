"""Stores everything in a bucket of an S3 store: an object for each file, whose key is its name after S3_PREFIX.

A folder cannot be published at once there: its objects become visible one after the other. Nobody asks for them
before the rows say that they are there, and what a kill leaves behind is found by the cleaning (orphans.py).
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import obstore
from obstore.store import S3Store

from videoflix.errors import StorageUnavailable, StoreUnavailable
from videoflix.storage import names
from videoflix.storage.disk_errors import translate_disk_errors
from videoflix.storage.etags import etag_of
from videoflix.storage.file_cache import FileCache
from videoflix.storage.incoming import Incoming
from videoflix.storage.objects import Objects
from videoflix.storage.parallel import for_each, in_threads
from videoflix.storage.s3_errors import translate_store_errors
from videoflix.storage.s3_objects import S3Objects
from videoflix.storage.s3_store import ignored_condition
from videoflix.storage.s3_upload import PART_BYTES, S3Upload
from videoflix.storage.storage import Storage

MEBIBYTE = 1024 * 1024
# An object has at most 10,000 parts of at least 5 MiB.
MAX_PARTS = 9_000
# Each takes a part's memory.
PARTS_AT_ONCE = 4
# Up to this size a file is sent at once, so that the store itself refuses to replace another.
AT_ONCE_BYTES = 16 * MEBIBYTE
TYPES = {".ts": "video/MP2T", ".aac": "audio/aac", ".jpg": "image/jpeg", ".vtt": "text/vtt; charset=utf-8"}


class S3Storage(Storage):
    """A bucket, and a folder on this host for work in progress and for copies of originals."""

    objects: Objects

    def __init__(self, root: Path, store: S3Store, cache_bytes: int) -> None:
        super().__init__(root)
        self._store = store
        self.objects = S3Objects(store)
        self._cache = FileCache(root / "cache", cache_bytes)
        # Whether ETags of objects that are not sent in parts are known to be MD5s; `check_usable` finds out.
        self._has_md5 = False

    def prepare(self) -> None:
        super().prepare()
        self._cache.prepare()

    def check_usable(self) -> None:
        """Write, read a range, list and delete, and find out what the store refuses. The list may lack what was just
        written."""
        self.check_staging()
        folder = f"checks/{uuid4()}"
        name = f"{folder}/object"
        with translate_store_errors():
            put = obstore.put(self._store, name, b"0123456789")
            try:
                part = bytes(obstore.get_range(self._store, name, start=3, length=4))
                listed = self.sizes(folder)
                ignored = ignored_condition(self._store, name)
            finally:
                obstore.delete(self._store, name)
        self._has_md5 = _etag(put) == hashlib.md5(b"0123456789", usedforsecurity=False).hexdigest()
        if part != b"3456":
            raise StoreUnavailable("The storage cannot be used: it answers requests for a range with other bytes.")
        if listed not in ({name: 10}, {}):
            raise StoreUnavailable("The storage cannot be used: its lists are of something else.")
        if ignored:
            raise StoreUnavailable(f"The storage cannot be used: it ignores {ignored}.")

    def check_writable(self) -> None:
        """The disk for work in progress; and the store answers. A put would cost more than a question."""
        self.check_staging()
        self.size("checks/none")

    def check_readable(self, name: str) -> None:
        if self.size(name) is None:
            raise FileNotFoundError(name)

    def publish(self, staged: Path, name: str) -> None:
        with translate_disk_errors(), translate_store_errors():
            obstore.put(self._store, name, staged, **_options(name, staged.stat().st_size))

    def publish_new(self, staged: Path, name: str) -> None:
        """A large object is sent in parts, which a store cannot refuse; so it is looked up before. Its id was never
        given to another."""
        with translate_disk_errors(), translate_store_errors():
            if (size := staged.stat().st_size) <= AT_ONCE_BYTES:
                obstore.put(self._store, name, staged.read_bytes(), mode="create", **_options(name, size))
                return
        if self.size(name) is not None:
            raise FileExistsError(name)
        self.publish(staged, name)

    def has_content(self, name: str, file: Path) -> bool:
        """Whether an object has the content of a file: by its size and its ETag, or, where that is no MD5 or one of
        other parts, by reading it. Raises FileNotFoundError if there is no such object, StorageUnavailable."""
        with translate_disk_errors(), translate_store_errors():
            meta, size = obstore.head(self._store, name), file.stat().st_size
            if meta["size"] != size:
                return False
            etag = _etag(meta)
            if etag == etag_of(file, _options(name, size)["chunk_size"]):
                return True
            if self._has_md5 and "-" not in etag:
                return False
            with file.open("rb") as reading:
                blocks = obstore.get(self._store, name).stream(min_chunk_size=MEBIBYTE)
                return all(reading.read(len(block)) == bytes(block) for block in blocks)

    def fetch(self, name: str, target: Path) -> None:
        """Copy an object to the disk, with the time at which it was written. Raises FileNotFoundError,
        StorageUnavailable."""
        with translate_disk_errors(), translate_store_errors(), target.open("xb") as writing:
            result = obstore.get(self._store, name)
            for block in result.stream(min_chunk_size=MEBIBYTE):
                writing.write(block)
            written_at = result.meta["last_modified"].timestamp()
        os.utime(target, (written_at, written_at))

    def publish_folder(self, staged: Path, folder: str) -> None:
        files = sorted(staged.iterdir())
        in_threads(lambda file: self.publish(file, f"{folder}/{file.name}"), files)
        for file in files:
            file.unlink()

    def publish_folder_new(self, staged: Path, folder: str) -> None:
        refused = []

        def publish(file: Path) -> None:
            try:
                self.publish_new(file, f"{folder}/{file.name}")
            except FileExistsError:
                refused.append(file.name)
            else:
                file.unlink()

        in_threads(publish, sorted(staged.iterdir()))
        if refused:
            raise FileExistsError(f"{folder}/{refused[0]}")

    def size(self, name: str) -> int | None:
        try:
            with translate_store_errors():
                return obstore.head(self._store, name)["size"]
        except FileNotFoundError:
            return None

    def read(self, name: str, start: int = 0, count: int = -1) -> bytes:
        with translate_store_errors():
            if count < 0:
                return bytes(obstore.get(self._store, name).bytes())[start:]
            return bytes(obstore.get_range(self._store, name, start=start, length=count))

    def sizes(self, name: str) -> dict[str, int]:
        with translate_store_errors():
            found = {one["path"]: one["size"] for one in obstore.list(self._store, name).collect()}
        if not found and (size := self.size(name)) is not None:
            return {name: size}
        return found

    def entries(self, folder: str) -> list[str]:
        with translate_store_errors():
            found = obstore.list_with_delimiter(self._store, folder)
        return [*found["common_prefixes"], *(one["path"] for one in found["objects"])]

    def last_change(self, name: str) -> float:
        with translate_store_errors():
            changes = [one["last_modified"] for one in obstore.list(self._store, name).collect()]
            changes = changes or [obstore.head(self._store, name)["last_modified"]]
        return max(changes).timestamp()

    @asynccontextmanager
    async def as_file(self, name: str, *, keep: bool = True) -> AsyncIterator[Path]:
        """A copy on the disk of this host, which is kept for the next job as long as there is room for it."""
        if not keep:
            with self.stage() as folder:
                copy = folder / names.last(name)
                await asyncio.to_thread(self.fetch, name, copy)
                yield copy
            return
        objects = self.objects
        stored = await objects.find(name)
        if stored is None:
            raise FileNotFoundError(name)

        async def read(start: int, count: int) -> bytes:
            return await objects.read(name, stored, start, count)

        async with self._cache.file(f"{name} {stored.etag}", stored.size, stored.modified, read) as path:
            yield path

    def gather(self, wanted: Iterable[str], folder: Path) -> None:
        def fetch(name: str) -> None:
            with translate_disk_errors():
                (folder / names.last(name)).write_bytes(self.read(name))

        in_threads(fetch, wanted)

    def remove(self, name: str) -> None:
        try:
            found = self.sizes(name)
            with translate_store_errors():
                obstore.delete(self._store, [name, *found])
        except (StorageUnavailable, FileNotFoundError):  # it is logged, and the cleaning finds what is left
            return

    def check_upload_space(self, reserve: int, coming: int = 0) -> None:
        """The bytes of uploads do not come to this disk."""
        self.check_free_space(reserve)

    def make_upload(self, upload_id: UUID) -> None:
        """Nothing: its parts are objects that its row names."""

    def open_upload(self, upload_id: UUID) -> Incoming:
        return S3Upload(self._store, names.upload(upload_id))

    def received(self, upload_id: UUID, recorded: int) -> int:
        """A part is recorded when the store has it."""
        return recorded

    def read_upload(self, upload_id: UUID, parts: tuple[str, ...], start: int, count: int) -> bytes:
        found = bytearray()
        while count > 0 and start < len(parts) * PART_BYTES:
            number, offset = divmod(start, PART_BYTES)
            piece = self.read(f"{names.upload(upload_id)}/{parts[number]}", offset, min(count, PART_BYTES - offset))
            found += piece
            if len(piece) < min(count, PART_BYTES - offset):
                break
            start, count = start + len(piece), count - len(piece)
        return bytes(found)

    @asynccontextmanager
    async def upload_as_file(self, upload_id: UUID, parts: tuple[str, ...]) -> AsyncIterator[Path]:
        with self.stage() as folder:
            await self._join(upload_id, parts, folder / "upload")
            yield folder / "upload"

    async def place_upload(self, upload_id: UUID, parts: tuple[str, ...], name: str) -> None:
        """The joined file is also the first copy for the jobs of this host."""
        with self.stage() as folder:
            joined = folder / "upload"
            await self._join(upload_id, parts, joined)
            size = joined.stat().st_size
            with translate_store_errors():
                result = await obstore.put_async(self._store, name, joined, **_options(name, size))
            await asyncio.to_thread(self._cache.add, f"{name} {result['e_tag']}", joined)

    async def _join(self, upload_id: UUID, parts: tuple[str, ...], target: Path) -> None:
        """Raises FileNotFoundError if a part is lost."""
        with target.open("xb") as file:

            async def take(number: int) -> None:
                with translate_store_errors():
                    result = await obstore.get_async(self._store, f"{names.upload(upload_id)}/{parts[number]}")
                    block = await result.bytes_async()
                with translate_disk_errors():
                    await asyncio.to_thread(os.pwrite, file.fileno(), block, number * PART_BYTES)

            await for_each(range(len(parts)), take, PARTS_AT_ONCE)


def _etag(meta: Mapping[str, Any]) -> str:
    """Without quotes."""
    return (meta["e_tag"] or "").strip('"')


def _options(name: str, size: int) -> dict[str, Any]:
    """How an object is written: what players are told of it, and how large its parts are."""
    kind = TYPES.get(Path(name).suffix)
    return {
        "attributes": {"Content-Type": kind, "Cache-Control": names.IMMUTABLE} if kind else {},
        "chunk_size": max(PART_BYTES, -(-size // MAX_PARTS)),
        "max_concurrency": PARTS_AT_ONCE,
    }
