"""The media folder. Files are staged and then renamed into place; published files never change.

originals/<video>                       the original, as it was added
films/<video>/<version>/480p/000.ts     a segment
films/<video>/<version>/audio/1/000.aac an audio segment; those of track 0 are removed when the film is complete
films/<video>/<version>/thumbnail.jpg   the first revision of the thumbnail; later ones are thumbnail-2.jpg, …, and
                                        thumbnail.320.jpg is the same in another width
films/<video>/<version>/candidates/     0.jpg, …: frames to choose a thumbnail from
films/<video>/<version>/storyboard/     000.jpg, …, and cues.vtt, which maps times to regions of these sheets
films/<video>/picture                   an uploaded image that thumbnails are scaled from; it is never served itself
uploads/<id>                            the received part of an upload; when complete, it becomes an original
staging/<random>/                       work in progress, of no use after its process has ended (see staging.py)
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Self
from uuid import UUID

from videoflix.durable import sync
from videoflix.errors import DiskFull, StorageUnavailable
from videoflix.settings import Settings
from videoflix.storage.disk_errors import translate_disk_errors
from videoflix.storage.names import THUMBNAIL_WIDTH, THUMBNAIL_WIDTHS, segment_name, thumbnail_name
from videoflix.storage.staging import abandoned, staging

COPY_BYTES = 4 * 1024 * 1024


class Storage:
    """The media folder. Methods that copy files block: call them in a thread."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._originals = root / "originals"
        self._films = root / "films"
        self._staging = root / "staging"
        self._uploads = root / "uploads"

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The media folder in the data folder."""
        return cls(settings.data_dir / "media")

    def prepare(self) -> None:
        """Create the folders, accessible only to the user that the server runs as."""
        for folder in (self._originals, self._films, self._staging, self._uploads):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def original(self, video_id: int) -> Path:
        return self._originals / str(video_id)

    def upload(self, upload_id: UUID) -> Path:
        return self._uploads / str(upload_id)

    def uploads(self) -> list[Path]:
        """Everything in the folder of uploads."""
        return _visible(self._uploads)

    def film(self, video_id: int) -> Path:
        return self._films / str(video_id)

    def version(self, video_id: int, version: int) -> Path:
        return self.film(video_id) / str(version)

    def has_versions(self, video_id: int) -> bool:
        """Whether anything was ever encoded under this id that is still on the disk."""
        return any(self.film(video_id).glob("*/"))

    def rendition(self, video_id: int, version: int, label: int) -> Path:
        return self.version(video_id, version) / f"{label}p"

    def labels(self, video_id: int, version: int) -> tuple[int, ...]:
        """The renditions of a version that are on the disk, lowest first. Empty if the version was removed."""
        folders = self.version(video_id, version).glob("*p/")
        return tuple(sorted(int(folder.name[:-1]) for folder in folders))

    def segment(self, key: tuple[int, ...]) -> Path:
        """A segment by its video, version, label and number."""
        video_id, version, label, number = key
        return self.rendition(video_id, version, label) / segment_name(number)

    def audio(self, video_id: int, version: int, track: int) -> Path:
        return self.version(video_id, version) / "audio" / str(track)

    def thumbnail(self, video_id: int, version: int, revision: int = 1, width: int = THUMBNAIL_WIDTH) -> Path:
        return self.version(video_id, version) / thumbnail_name(revision, width)

    def candidates(self, video_id: int, version: int) -> Path:
        return self.version(video_id, version) / "candidates"

    def candidate(self, video_id: int, version: int, number: int) -> Path:
        return self.candidates(video_id, version) / f"{number}.jpg"

    def thumbnail_source(self, video_id: int) -> Path:
        return self.film(video_id) / "picture"

    def storyboard(self, video_id: int, version: int) -> Path:
        return self.version(video_id, version) / "storyboard"

    def within_films(self, path: Path) -> str:
        """The path of a published file relative to films/, as it is passed to nginx."""
        return path.relative_to(self._films).as_posix()

    def free_bytes(self) -> int:
        """The free space on the disk. Raises StorageUnavailable."""
        self._check_mounted(self.root)
        with translate_disk_errors():
            return shutil.disk_usage(self.root).free

    def check_readable(self, video_id: int) -> None:
        """Read a byte of an original. Raises FileNotFoundError if it is missing, or StorageUnavailable."""
        self._check_mounted(self._originals)
        with translate_disk_errors(), self.original(video_id).open("rb") as reading:
            reading.read(1)

    def check_writable(self) -> None:
        """Write a test file. Raises DiskFull or StorageUnavailable."""
        self._check_mounted(self._staging)
        with translate_disk_errors(), TemporaryFile(dir=self._staging, buffering=0) as file:
            file.write(b"x")

    def _check_mounted(self, folder: Path) -> None:
        if not folder.is_dir():
            raise StorageUnavailable(f"The storage cannot be used: {folder.name} is missing. Is the disk mounted?")

    def check_free_space(self, reserve: int, needed: int = 0) -> None:
        """Raises DiskFull if fewer than `reserve` bytes would stay free after `needed` bytes are written, and
        StorageUnavailable."""
        free = self.free_bytes()
        if free - needed < reserve:
            start = f"The original has {format_bytes(needed)}, but the" if needed else "The"
            rule = f"{format_bytes(reserve)} have to stay free (DISK_FLOOR)."
            raise DiskFull(f"{start} disk has only {format_bytes(free)} free, and {rule}")

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

    def originals(self) -> list[Path]:
        """Everything in the folder of originals."""
        return _visible(self._originals)

    def films(self) -> list[Path]:
        """Everything in the folder of films."""
        return _visible(self._films)

    def copy_with_progress(self, source: Path, staged: Path, on_bytes: Callable[[int], None]) -> None:
        """Copy a file to `staged`, calling `on_bytes` with the number of bytes copied so far. Raises
        StorageUnavailable or OSError."""
        with translate_disk_errors(), source.open("rb") as reading, staged.open("xb") as writing:
            copied = 0
            while block := reading.read(COPY_BYTES):
                writing.write(block)
                copied += len(block)
                on_bytes(copied)

    def publish_original(self, staged: Path, video_id: int) -> None:
        """Link an original into place. Raises FileExistsError if the video already has one.

        A staged file that has another name as well keeps its mode, as it is not only ours. The folder is private.
        """
        target = self.original(video_id)
        with translate_disk_errors():
            sync(staged)
            if staged.stat().st_nlink == 1:
                staged.chmod(0o600)
            os.link(staged, target)
            sync(target.parent)

    def publish(self, staged: Path, target: Path) -> None:
        """Move a finished file into place, after syncing it to the disk."""
        with translate_disk_errors():
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync(staged)
            staged.replace(target)
            sync(target.parent)

    def publish_folder(self, staged: Path, target: Path) -> None:
        """The same for every file of a folder. Files of the same name are replaced."""
        with translate_disk_errors():
            target.mkdir(mode=0o700, parents=True, exist_ok=True)
            for file in sorted(staged.iterdir()):
                sync(file)
                file.replace(target / file.name)
            sync(target)

    def make_upload(self, upload_id: UUID) -> None:
        """Create the empty file of an upload. Raises StorageUnavailable."""
        self._check_mounted(self._uploads)
        with translate_disk_errors():
            self.upload(upload_id).touch(mode=0o600, exist_ok=False)
            sync(self._uploads)

    def remove_upload(self, upload_id: UUID) -> None:
        discard(self.upload(upload_id))

    def remove_version(self, video_id: int, version: int) -> None:
        """Also removes the folder of the film if it is empty then."""
        shutil.rmtree(self.version(video_id, version), ignore_errors=True)
        with suppress(OSError):
            self.film(video_id).rmdir()

    def remove_audio(self, video_id: int, version: int, track: int) -> None:
        shutil.rmtree(self.audio(video_id, version, track), ignore_errors=True)

    def remove_thumbnails(self, video_id: int, version: int, before: int) -> None:
        """Remove the revisions before this one."""
        for revision in range(1, before):
            for width in THUMBNAIL_WIDTHS:
                discard(self.thumbnail(video_id, version, revision, width))

    def remove_thumbnail_source(self, video_id: int) -> None:
        discard(self.thumbnail_source(video_id))

    def remove_original(self, video_id: int) -> None:
        discard(self.original(video_id))

    def remove_video(self, video_id: int) -> None:
        """Remove the original and every version. Open files stay readable until they are closed."""
        self.remove_original(video_id)
        shutil.rmtree(self.film(video_id), ignore_errors=True)


def discard(path: Path) -> None:
    """Remove a file or a folder that nothing needs. Errors are ignored: the cleanup job finds it again."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def sizes(folder: Path) -> dict[str, int]:
    """The sizes of all files below a folder, by path. Empty if the folder does not exist. No file is opened."""
    found: dict[str, int] = {}
    waiting = [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        found[entry.path] = entry.stat(follow_symlinks=False).st_size
        except FileNotFoundError:  # removed in the meantime
            continue
    return found


def format_bytes(count: int) -> str:
    """For example 1.4 GB or 20.0 MB."""
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.1f} MB"


def _visible(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if not path.name.startswith(".")]
