"""What every kind of storage can do. Everything that is stored has a name (names.py); nobody else knows where it is.

Published files never change. Work in progress is staged on the disk of this host, whatever the storage is.
"""

import re
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from uuid import UUID

from videoflix.errors import DiskFull, StorageUnavailable
from videoflix.storage import names
from videoflix.storage.disk_errors import translate_disk_errors
from videoflix.storage.folders import discard, format_bytes
from videoflix.storage.incoming import Incoming
from videoflix.storage.objects import Objects
from videoflix.storage.staging import abandoned, staging


class Storage(ABC):
    """Where originals, films and uploads are stored. The methods block: call them in a thread."""

    # Whether published files may be on the disk of this host, as `path` says.
    has_disk = False
    # What is published, if it is not, or not only, on the disk of this host.
    objects: Objects | None = None

    def __init__(self, root: Path) -> None:
        """`root` is the media folder on the disk of this host."""
        self.root = root
        self._staging = root / "staging"

    def prepare(self) -> None:
        """Create the folders, accessible only to the user that the server runs as. Nothing is connected to."""
        self._staging.mkdir(mode=0o700, parents=True, exist_ok=True)

    @abstractmethod
    def check_usable(self) -> None:
        """Try what the storage has to be able to do, at start. Raises StorageUnavailable with what is wrong."""

    @abstractmethod
    def check_writable(self) -> None:
        """Whether something can be published now. Raises DiskFull or StorageUnavailable."""

    @abstractmethod
    def check_readable(self, name: str) -> None:
        """Read a byte. Raises FileNotFoundError if the file is missing, or StorageUnavailable."""

    @abstractmethod
    def publish(self, staged: Path, name: str) -> None:
        """Publish a finished file, in place of one of the same name. Raises StorageUnavailable."""

    @abstractmethod
    def publish_new(self, staged: Path, name: str) -> None:
        """The same for a file that never replaces another. Raises FileExistsError."""

    @abstractmethod
    def publish_folder(self, staged: Path, folder: str) -> None:
        """Publish every file of a folder. Files of the same name are replaced. Raises StorageUnavailable."""

    def publish_folder_new(self, staged: Path, folder: str) -> None:
        """The same, for what another worker may publish late. Where that takes time, files are not replaced: they
        stay in the staged folder. Raises FileExistsError then."""
        self.publish_folder(staged, folder)

    def path(self, name: str) -> Path:
        """Where a file is on the disk of this host, whether it exists or not. Only with `has_disk`."""
        raise NotImplementedError

    def is_on_disk(self, name: str) -> bool:
        """Whether the disk of this host is where a published file or folder is read. Nothing is asked if that is true
        of all of them, or of none."""
        return self.has_disk

    @abstractmethod
    def size(self, name: str) -> int | None:
        """The size of a file in bytes, None if there is none. Raises StorageUnavailable."""

    @abstractmethod
    def read(self, name: str, start: int = 0, count: int = -1) -> bytes:
        """`count` bytes of a file from `start` on, fewer at its end, or all of them. Raises FileNotFoundError or
        StorageUnavailable."""

    @abstractmethod
    def sizes(self, name: str) -> dict[str, int]:
        """The sizes of a file, or of all files below a folder, by their names. Raises StorageUnavailable."""

    @abstractmethod
    def entries(self, folder: str) -> list[str]:
        """The names of the files and folders in a folder, in no order. Empty if there is no such folder. Raises
        StorageUnavailable."""

    @abstractmethod
    def last_change(self, name: str) -> float:
        """When a file, or anything in a folder, was last written, as a Unix time. Raises FileNotFoundError or
        StorageUnavailable."""

    @abstractmethod
    def as_file(self, name: str, *, keep: bool = True) -> AbstractAsyncContextManager[Path]:
        """A file on the disk of this host, for programs that need one, such as ffmpeg; it must not be changed.
        `keep`: a copy that has to be made for it may stay, because it is soon needed again.
        Raises FileNotFoundError, at the latest when it is opened, or StorageUnavailable."""

    @abstractmethod
    def gather(self, wanted: Iterable[str], folder: Path) -> None:
        """Make files readable in a folder, under the last part of their names. Raises FileNotFoundError or
        StorageUnavailable."""

    @abstractmethod
    def remove(self, name: str) -> None:
        """Remove a file, or a folder with everything below it. Errors are ignored: the cleanup job finds it again.
        Files that are being sent are sent to their end."""

    @abstractmethod
    def check_upload_space(self, reserve: int, coming: int = 0) -> None:
        """Raises DiskFull if fewer than `reserve` bytes would stay free when `coming` bytes of uploads have come, and
        StorageUnavailable."""

    @abstractmethod
    def make_upload(self, upload_id: UUID) -> None:
        """Prepare for the bytes of an upload. Raises StorageUnavailable."""

    @abstractmethod
    def open_upload(self, upload_id: UUID) -> Incoming:
        """Open an upload to append to it. Raises UploadBusy, FileNotFoundError or StorageUnavailable."""

    @abstractmethod
    def received(self, upload_id: UUID, recorded: int) -> int | None:
        """How many of the bytes that were recorded are stored; None if the upload is lost."""

    @abstractmethod
    def read_upload(self, upload_id: UUID, parts: tuple[str, ...], start: int, count: int) -> bytes:
        """`count` bytes of an upload from `start` on, fewer at its end. Raises FileNotFoundError or
        StorageUnavailable."""

    @abstractmethod
    def upload_as_file(self, upload_id: UUID, parts: tuple[str, ...]) -> AbstractAsyncContextManager[Path]:
        """An upload as a file on the disk of this host. Raises FileNotFoundError or StorageUnavailable."""

    @abstractmethod
    async def place_upload(self, upload_id: UUID, parts: tuple[str, ...], name: str) -> None:
        """Publish a complete upload under a name, in place of what has it. It can be repeated. Raises
        FileNotFoundError or StorageUnavailable."""

    def labels(self, video_id: int, version: int) -> tuple[int, ...]:
        """The renditions of a version that are stored, lowest first. Empty if the version was removed. Raises
        StorageUnavailable."""
        found = map(names.last, self.entries(names.version(video_id, version)))
        return tuple(sorted(int(name[:-1]) for name in found if re.fullmatch("[0-9]+p", name)))

    @contextmanager
    def stage(self) -> Iterator[Path]:
        """A private folder that is removed when the block ends. Raises StorageUnavailable, also for errors of the
        disk inside the block."""
        self._check_mounted(self._staging)
        with translate_disk_errors(), staging(self._staging) as folder:
            yield folder

    def abandoned_staging(self) -> list[Path]:
        """The staging folders of processes that have ended."""
        return abandoned(self._staging)

    def sweep_staging(self) -> None:
        """Remove the staging folders of processes that have ended."""
        for folder in self.abandoned_staging():
            discard(folder)

    def free_bytes(self) -> int:
        """The free space on the disk of this host. Raises StorageUnavailable."""
        self._check_mounted(self.root)
        with translate_disk_errors():
            return shutil.disk_usage(self.root).free

    def check_free_space(self, reserve: int, needed: int = 0) -> None:
        """Raises DiskFull if fewer than `reserve` bytes would stay free after `needed` bytes are written, and
        StorageUnavailable."""
        free = self.free_bytes()
        if free - needed < reserve:
            start = f"The original has {format_bytes(needed)}, but the" if needed else "The"
            rule = f"{format_bytes(reserve)} have to stay free (DISK_FLOOR)."
            raise DiskFull(f"{start} disk has only {format_bytes(free)} free, and {rule}")

    def check_staging(self) -> None:
        """Write a test file. Raises DiskFull or StorageUnavailable."""
        self._check_mounted(self._staging)
        with translate_disk_errors(), TemporaryFile(dir=self._staging, buffering=0) as file:
            file.write(b"x")

    def _check_mounted(self, folder: Path) -> None:
        if not folder.is_dir():
            raise StorageUnavailable(f"The storage cannot be used: {folder.name} is missing. Is the disk mounted?")
