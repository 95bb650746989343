"""The media folder on a disk. Files are staged beside it and then renamed into place.

Beside what names.py lists it contains staging/<random>/: work in progress, of no use after its process has ended.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID

from videoflix.durable import sync
from videoflix.storage import folders, names, staging
from videoflix.storage.disk_errors import translate_disk_errors
from videoflix.storage.incoming import Incoming, IncomingFile
from videoflix.storage.storage import Storage


class LocalStorage(Storage):
    """The media folder. Several hosts can share it."""

    has_disk = True

    def prepare(self) -> None:
        super().prepare()
        for folder in (names.ORIGINALS, names.FILMS, names.UPLOADS):
            (self.root / folder).mkdir(mode=0o700, parents=True, exist_ok=True)

    def check_usable(self) -> None:
        self.check_writable()

    def check_writable(self) -> None:
        self.check_staging()

    def check_readable(self, name: str) -> None:
        path = self.path(name)
        self._check_mounted(path.parent)
        with translate_disk_errors(), path.open("rb") as reading:
            reading.read(1)

    def path(self, name: str) -> Path:
        return self.root / name

    def publish(self, staged: Path, name: str) -> None:
        """Move it into place, after syncing it to the disk."""
        target = self.path(name)
        with translate_disk_errors():
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync(staged)
            staged.replace(target)
            sync(target.parent)

    def publish_new(self, staged: Path, name: str) -> None:
        """Link it into place.

        A staged file that has another name as well keeps its mode, as it is not only ours. The folder is private.
        """
        target = self.path(name)
        with translate_disk_errors():
            sync(staged)
            if staged.stat().st_nlink == 1:
                staged.chmod(0o600)
            os.link(staged, target)
            sync(target.parent)

    def publish_folder(self, staged: Path, folder: str) -> None:
        target = self.path(folder)
        with translate_disk_errors():
            target.mkdir(mode=0o700, parents=True, exist_ok=True)
            for file in sorted(staged.iterdir()):
                sync(file)
                file.replace(target / file.name)
            sync(target)

    def size(self, name: str) -> int | None:
        with translate_disk_errors():
            try:
                return self.path(name).stat().st_size
            except FileNotFoundError:
                return None

    def read(self, name: str, start: int = 0, count: int = -1) -> bytes:
        with translate_disk_errors(), self.path(name).open("rb") as reading:
            reading.seek(start)
            return reading.read(count)

    def sizes(self, name: str) -> dict[str, int]:
        path = self.path(name)
        with translate_disk_errors():
            if path.is_file():
                return {name: path.stat().st_size}
            skip = len(str(self.root)) + 1
            return {file[skip:]: size for file, size in folders.sizes(path).items()}

    def entries(self, folder: str) -> list[str]:
        with translate_disk_errors():
            try:
                found = [path.name for path in self.path(folder).iterdir()]
            except (FileNotFoundError, NotADirectoryError):
                return []
        return [f"{folder}/{name}" for name in found if not name.startswith(".")]

    def last_change(self, name: str) -> float:
        with translate_disk_errors():
            return staging.last_change(self.path(name))

    @asynccontextmanager
    async def as_file(self, name: str, *, keep: bool = True) -> AsyncIterator[Path]:
        yield self.path(name)

    def gather(self, wanted: Iterable[str], folder: Path) -> None:
        for name in wanted:
            path = self.path(name)
            if not path.is_file():
                raise FileNotFoundError(name)
            (folder / path.name).symlink_to(path)

    def remove(self, name: str) -> None:
        """A folder of a film is removed with the last of its files."""
        path = self.path(name)
        folders.discard(path)
        with suppress(OSError):  # it is not empty
            for folder in path.relative_to(self.root).parents[:-2]:
                (self.root / folder).rmdir()

    def make_upload(self, upload_id: UUID) -> None:
        path = self.path(names.upload(upload_id))
        self._check_mounted(path.parent)
        with translate_disk_errors():
            path.touch(mode=0o600, exist_ok=False)
            sync(path.parent)

    def open_upload(self, upload_id: UUID) -> Incoming:
        return IncomingFile(self.path(names.upload(upload_id)))

    def check_upload_space(self, reserve: int, coming: int = 0) -> None:
        self.check_free_space(reserve, coming)

    def received(self, upload_id: UUID, recorded: int) -> int | None:
        size = self.size(names.upload(upload_id))
        return None if size is None else min(size, recorded)

    def read_upload(self, upload_id: UUID, parts: tuple[str, ...], start: int, count: int) -> bytes:
        return self.read(names.upload(upload_id), start, count)

    def upload_as_file(self, upload_id: UUID, parts: tuple[str, ...]) -> AbstractAsyncContextManager[Path]:
        return self.as_file(names.upload(upload_id))

    async def place_upload(self, upload_id: UUID, parts: tuple[str, ...], name: str) -> None:
        await asyncio.to_thread(self.publish, self.path(names.upload(upload_id)), name)
