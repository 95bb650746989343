"""Where originals and published films lie. Everything arrives by rename; what is published never changes.

originals/<video>                       as it was brought in
films/<video>/<version>/480p/000.ts     a published segment
films/<video>/<version>/audio/1/000.aac a piece of a sound track; those of track 0 go when the film is complete
films/<video>/<version>/thumbnail.jpg   the first revision; later ones are thumbnail-2.jpg …
films/<video>/<version>/candidates/     0.jpg …, among which the thumbnail can be chosen
films/<video>/<version>/storyboard/     000.jpg …, and cues.vtt, which tells what each part of them shows
films/<video>/picture                   one that was uploaded, of which thumbnails are made; nobody is served it
uploads/<id>                            what has come of an upload; it becomes an original
staging/<random>/                       work in progress, worth nothing after its process has ended (see staging)
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
from videoflix.storage.disk_errors import clear_when_unavailable
from videoflix.storage.names import segment_name
from videoflix.storage.staging import left, staging

COPY_BYTES = 4 * 1024 * 1024


class Storage:
    """The media folder. Its methods touch the disk: call those that copy in a thread."""

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
        """Make the folders; nobody but the server's own user looks into them."""
        for folder in (self._originals, self._films, self._staging, self._uploads):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def original(self, video_id: int) -> Path:
        return self._originals / str(video_id)

    def upload(self, upload_id: UUID) -> Path:
        return self._uploads / str(upload_id)

    def uploads(self) -> list[Path]:
        """Whatever lies where uploads lie."""
        return _visible(self._uploads)

    def film(self, video_id: int) -> Path:
        return self._films / str(video_id)

    def version(self, video_id: int, version: int) -> Path:
        return self.film(video_id) / str(version)

    def rung(self, video_id: int, version: int, label: int) -> Path:
        return self.version(video_id, version) / f"{label}p"

    def labels(self, video_id: int, version: int) -> tuple[int, ...]:
        """The rungs of a version that lie on the disk, lowest first; empty if it is gone."""
        folders = self.version(video_id, version).glob("*p/")
        return tuple(sorted(int(folder.name[:-1]) for folder in folders))

    def published(self, key: tuple[int, ...]) -> Path:
        """The file of a segment, by video, version, label and number."""
        video_id, version, label, number = key
        return self.rung(video_id, version, label) / segment_name(number)

    def audio(self, video_id: int, version: int, track: int) -> Path:
        return self.version(video_id, version) / "audio" / str(track)

    def thumbnail(self, video_id: int, version: int, revision: int = 1) -> Path:
        name = "thumbnail.jpg" if revision == 1 else f"thumbnail-{revision}.jpg"
        return self.version(video_id, version) / name

    def candidates(self, video_id: int, version: int) -> Path:
        return self.version(video_id, version) / "candidates"

    def candidate(self, video_id: int, version: int, number: int) -> Path:
        return self.candidates(video_id, version) / f"{number}.jpg"

    def picture(self, video_id: int) -> Path:
        return self.film(video_id) / "picture"

    def storyboard(self, video_id: int, version: int) -> Path:
        return self.version(video_id, version) / "storyboard"

    def within_films(self, path: Path) -> str:
        """Where something published lies in the folder of the films: digits and names of ours."""
        return path.relative_to(self._films).as_posix()

    def free_bytes(self) -> int:
        """Raises StorageUnavailable."""
        self._check_mounted(self.root)
        with clear_when_unavailable():
            return shutil.disk_usage(self.root).free

    def check_readable(self, video_id: int) -> None:
        """Raises StorageUnavailable if an original cannot be read, FileNotFoundError if that one is not there."""
        self._check_mounted(self._originals)
        with clear_when_unavailable(), self.original(video_id).open("rb") as reading:
            reading.read(1)

    def check_writable(self) -> None:
        """Try it. Raises StorageUnavailable."""
        self._check_mounted(self._staging)
        with clear_when_unavailable(), TemporaryFile(dir=self._staging, buffering=0) as trial:
            trial.write(b"x")

    def _check_mounted(self, folder: Path) -> None:
        if not folder.is_dir():
            raise StorageUnavailable(f"The storage cannot be used: {folder.name} is missing. Is the disk mounted?")

    def check_room(self, floor: int, more: int = 0) -> None:
        """Raises DiskFull if less than `floor` would stay free when `more` bytes come in, StorageUnavailable."""
        free = self.free_bytes()
        if free - more < floor:
            kept = f"the disk has {gigabytes(free)} left, and {gigabytes(floor)} of them stay free (DISK_FLOOR)."
            raise DiskFull(f"The original has {gigabytes(more)}, {kept}" if more else kept[0].upper() + kept[1:])

    @contextmanager
    def stage(self) -> Iterator[Path]:
        """A private folder that is gone when the block ends, whatever happens. Raises StorageUnavailable,
        also for what is written in it."""
        self._check_mounted(self._staging)
        with clear_when_unavailable(), staging(self._staging) as folder:
            yield folder

    def left_in_staging(self) -> list[Path]:
        """What dead processes have left."""
        return left(self._staging)

    def sweep_staging(self) -> None:
        """Remove what dead processes have left in staging; living ones are not disturbed."""
        for folder in self.left_in_staging():
            discard(folder)

    def originals(self) -> list[Path]:
        """Whatever lies where originals lie."""
        return _visible(self._originals)

    def films(self) -> list[Path]:
        """Whatever lies where the folders of films lie."""
        return _visible(self._films)

    def bring_in(self, source: Path, staged: Path, on_bytes: Callable[[int], None]) -> None:
        """Copy a file to `staged`, telling how many bytes have come so far. Raises StorageUnavailable, OSError."""
        with clear_when_unavailable(), source.open("rb") as reading, staged.open("xb") as writing:
            copied = 0
            while block := reading.read(COPY_BYTES):
                writing.write(block)
                copied += len(block)
                on_bytes(copied)

    def keep_original(self, staged: Path, video_id: int) -> None:
        """Give an original its place. Raises FileExistsError rather than replacing another film's."""
        target = self.original(video_id)
        with clear_when_unavailable():
            sync(staged)
            os.link(staged, target)
            target.chmod(0o600)
            sync(target.parent)

    def publish(self, staged: Path, target: Path) -> None:
        """Move a finished file to where it is served or kept, safe on the disk first."""
        with clear_when_unavailable():
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync(staged)
            staged.replace(target)
            sync(target.parent)

    def publish_folder(self, staged: Path, target: Path) -> None:
        """The same for every file of a folder; files of the same names that lie there are replaced."""
        with clear_when_unavailable():
            target.mkdir(mode=0o700, parents=True, exist_ok=True)
            for file in sorted(staged.iterdir()):
                sync(file)
                file.replace(target / file.name)
            sync(target)

    def make_upload(self, upload_id: UUID) -> None:
        """An empty file for what will come. Raises StorageUnavailable."""
        self._check_mounted(self._uploads)
        with clear_when_unavailable():
            self.upload(upload_id).touch(mode=0o600, exist_ok=False)
            sync(self._uploads)

    def remove_upload(self, upload_id: UUID) -> None:
        discard(self.upload(upload_id))

    def remove_version(self, video_id: int, version: int) -> None:
        """With the film's folder if nothing else is in it."""
        shutil.rmtree(self.version(video_id, version), ignore_errors=True)
        with suppress(OSError):
            self.film(video_id).rmdir()

    def remove_audio(self, video_id: int, version: int, track: int) -> None:
        shutil.rmtree(self.audio(video_id, version, track), ignore_errors=True)

    def remove_thumbnails(self, video_id: int, version: int, before: int) -> None:
        """Earlier editions."""
        for revision in range(1, before):
            discard(self.thumbnail(video_id, version, revision))

    def remove_picture(self, video_id: int) -> None:
        discard(self.picture(video_id))

    def remove_original(self, video_id: int) -> None:
        discard(self.original(video_id))

    def remove_video(self, video_id: int) -> None:
        """The original and every version. What is being read stays readable until it is closed."""
        self.remove_original(video_id)
        shutil.rmtree(self.film(video_id), ignore_errors=True)


def discard(path: Path) -> None:
    """Remove a file or a folder, as far as the disk lets us: nothing needs it, and the cleaning finds it again."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def sizes(folder: Path) -> dict[str, int]:
    """The sizes of all files in a folder and below, by their paths; nothing if it is not there. No file is opened."""
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
        except FileNotFoundError:  # it goes while we look
            continue
    return found


def gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.1f} MB"


def _visible(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if not path.name.startswith(".")]
