"""Reads from the disk of this host and from a bucket, while films are moved from one to the other.

One rule holds in both directions: the disk is asked first, and what is not there is read from the bucket. New files
are written to one of them. So a file is moved when it is complete at its new place and removed from the disk, or
complete on the disk; nobody has to be told, and processes that move nothing see no difference.
"""

import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID

from videoflix.storage import names
from videoflix.storage.both_objects import BothObjects
from videoflix.storage.incoming import Incoming
from videoflix.storage.local import LocalStorage
from videoflix.storage.objects import Objects
from videoflix.storage.s3 import S3Storage
from videoflix.storage.storage import Storage


class BothStorage(Storage):
    """`is_store_first`: new files are stored in the bucket. A file of the same name on the disk is then removed,
    because it would be read instead. An older one in the bucket is never read, and stays."""

    has_disk = True
    objects: Objects

    def __init__(self, root: Path, disk: LocalStorage, store: S3Storage, *, is_store_first: bool) -> None:
        super().__init__(root)
        self.disk = disk
        self.store = store
        self.is_store_first = is_store_first
        self._first: Storage = store if is_store_first else disk
        self.objects = BothObjects(disk, store.objects)

    def prepare(self) -> None:
        self.disk.prepare()
        self.store.prepare()

    def check_usable(self) -> None:
        self.disk.check_usable()
        self.store.check_usable()

    def check_writable(self) -> None:
        self._first.check_writable()

    def check_readable(self, name: str) -> None:
        self._holder(name).check_readable(name)

    def publish(self, staged: Path, name: str) -> None:
        self._first.publish(staged, name)
        self._replace(name)

    def publish_new(self, staged: Path, name: str) -> None:
        if self.size(name) is not None:
            raise FileExistsError(name)
        self._first.publish_new(staged, name)

    def publish_folder(self, staged: Path, folder: str) -> None:
        self._publish_folder(self._first.publish_folder, staged, folder)

    def publish_folder_new(self, staged: Path, folder: str) -> None:
        self._publish_folder(self._first.publish_folder_new, staged, folder)

    def path(self, name: str) -> Path:
        return self.disk.path(name)

    def is_on_disk(self, name: str) -> bool:
        return self.path(name).exists()

    def size(self, name: str) -> int | None:
        size = self.disk.size(name)
        return self.store.size(name) if size is None else size

    def read(self, name: str, start: int = 0, count: int = -1) -> bytes:
        try:
            return self.disk.read(name, start, count)
        except FileNotFoundError:
            return self.store.read(name, start, count)

    def sizes(self, name: str) -> dict[str, int]:
        """The disk is asked first here, too: what is moved to the bucket meanwhile is found in either."""
        on_disk = self.disk.sizes(name)
        return {**self.store.sizes(name), **on_disk}

    def entries(self, folder: str) -> list[str]:
        on_disk = self.disk.entries(folder)
        return list({*on_disk, *self.store.entries(folder)})

    def last_change(self, name: str) -> float:
        changes = []
        for place in (self.disk, self.store):
            with suppress(FileNotFoundError):
                changes.append(place.last_change(name))
        if not changes:
            raise FileNotFoundError(name)
        return max(changes)

    @asynccontextmanager
    async def as_file(self, name: str, *, keep: bool = True) -> AsyncIterator[Path]:
        """A file of the disk gets a second name, which stays when it is moved."""
        with self.stage() as folder:
            if (linked := self._link(name, folder)) is not None:
                yield linked
                return
        async with self.store.as_file(name, keep=keep) as path:
            yield path

    def gather(self, wanted: Iterable[str], folder: Path) -> None:
        self.store.gather([name for name in wanted if self._link(name, folder) is None], folder)

    def remove(self, name: str) -> None:
        self.store.remove(name)
        self.disk.remove(name)

    def check_upload_space(self, reserve: int, coming: int = 0) -> None:
        self._first.check_upload_space(reserve, coming)

    def make_upload(self, upload_id: UUID) -> None:
        self._first.make_upload(upload_id)

    def open_upload(self, upload_id: UUID) -> Incoming:
        """Where it was begun."""
        return self._holder(names.upload(upload_id)).open_upload(upload_id)

    def received(self, upload_id: UUID, recorded: int) -> int | None:
        return self._holder(names.upload(upload_id)).received(upload_id, recorded)

    def read_upload(self, upload_id: UUID, parts: tuple[str, ...], start: int, count: int) -> bytes:
        return self._holder_of(parts).read_upload(upload_id, parts, start, count)

    def upload_as_file(self, upload_id: UUID, parts: tuple[str, ...]) -> AbstractAsyncContextManager[Path]:
        return self._holder_of(parts).upload_as_file(upload_id, parts)

    async def place_upload(self, upload_id: UUID, parts: tuple[str, ...], name: str) -> None:
        await self._holder_of(parts).place_upload(upload_id, parts, name)
        if parts:
            self.disk.remove(name)

    def _holder(self, name: str) -> Storage:
        """Where a file is, or would be."""
        return self.disk if self.is_on_disk(name) else self.store

    def _holder_of(self, parts: tuple[str, ...]) -> Storage:
        """Where an upload is: only the bucket has parts."""
        return self.store if parts else self.disk

    def _publish_folder(self, publish: Callable[[Path, str], None], staged: Path, folder: str) -> None:
        found = [f"{folder}/{file.name}" for file in staged.iterdir()]
        publish(staged, folder)
        for name in found:
            self._replace(name)

    def _replace(self, name: str) -> None:
        if self.is_store_first:
            self.disk.remove(name)

    def _link(self, name: str, folder: Path) -> Path | None:
        """The file in another folder; None if it is not on the disk."""
        path, linked = self.path(name), folder / names.last(name)
        try:
            os.link(path, linked)
        except FileNotFoundError:
            return None
        except OSError:  # not every file system has hard links
            linked.symlink_to(path)
        return linked
