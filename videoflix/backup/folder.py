"""The folder of a backup.

manifest.json           what belongs to the backup; replaced when everything else is there
<run>/                  the dump of the database, settings and secrets
files/ab/ab12…          a file of the media folder, under its SHA-256; never changed

A run adds files, and at its end removes those that the new manifest does not name. So an interrupted one leaves the
earlier backup complete, and programs that copy the folder elsewhere find large files unchanged under the same names.
"""

import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from videoflix import durable
from videoflix.backup import manifest as manifests
from videoflix.backup.models import BackupFile, Manifest
from videoflix.errors import BackupError
from videoflix.storage.folders import COPY_BYTES, discard

FILES = "files"
# The folder of files, for one that is not complete.
PART = ".part-"
# Hard links are not possible between disks, on some file systems, and to files of others.
CANNOT_LINK = (errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS)


class BackupWriter:
    """A run that adds files to the folder of a backup. Its methods block: call them in a thread."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._added: list[Path] = []
        self._is_finished = False
        self._known = {file.path: file for file in _previous(root)}
        (root / FILES).mkdir(mode=0o700, exist_ok=True)
        self.run = Path(tempfile.mkdtemp(prefix=f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-", dir=root))

    def describe(self, path: str) -> BackupFile:
        """A file that was written into the folder of the run. Raises OSError."""
        file = self.run / path
        file.chmod(0o600)
        durable.sync(file)
        return BackupFile(path, file.stat().st_size, sha256_of(file))

    def add(self, source: Path, path: str) -> BackupFile | None:
        """Link a file into the backup, or copy it. None if it does not exist (any more). Raises OSError.

        A file that has not changed since the last backup is not read.
        """
        try:
            status = source.stat()
        except FileNotFoundError:
            return None
        known = self._known.get(path)
        is_same = known and (known.size, known.mtime_ns) == (status.st_size, status.st_mtime_ns)
        if known and is_same and _has_size(self._stored(known.sha256), known.size):
            return known
        part = self._root / FILES / f"{PART}{os.getpid()}"
        try:
            part.unlink(missing_ok=True)
            copy_or_link(source, part)
            # The source may be replaced meanwhile, so it is the part that is read.
            size, sha256 = part.stat().st_size, sha256_of(part)
            self._keep(part, sha256, size)
        except FileNotFoundError:
            if source.exists():
                raise
            return None
        finally:
            part.unlink(missing_ok=True)
        return BackupFile(path, size, sha256, status.st_mtime_ns)

    def finish(self, manifest: Manifest) -> None:
        """Make this the backup, and remove what only the last one needed. Raises OSError."""
        durable.sync(self.run)
        durable.write(self._root / manifests.FILE, manifests.encode(manifest))
        self._is_finished = True
        self._sweep(manifest)

    def undo(self) -> None:
        """Remove what this run has added, unless it is finished."""
        if self._is_finished:
            return
        discard(self.run)
        for path in self._added:
            discard(path)
            with suppress(OSError):
                path.parent.rmdir()

    def _keep(self, part: Path, sha256: str, size: int) -> None:
        """Move a file to its place, unless one with its content is there."""
        stored = self._stored(sha256)
        if _has_size(stored, size):
            return
        if not stored.parent.is_dir():
            stored.parent.mkdir(mode=0o700)
            durable.sync(stored.parent.parent)
        part.replace(stored)
        self._added.append(stored)
        durable.sync(stored.parent)

    def _sweep(self, manifest: Manifest) -> None:
        wanted = {str(manifest.stored(file)) for file in manifest.files}
        for path in self._root.iterdir():
            if manifests.RUN.fullmatch(path.name) and path.name != manifest.run:
                discard(path)
        for folder in (self._root / FILES).iterdir():
            if not folder.is_dir():
                discard(folder)  # a part that a killed run has left
                continue
            for path in folder.iterdir():
                if str(path.relative_to(self._root)) not in wanted:
                    discard(path)
            with suppress(OSError):
                folder.rmdir()

    def _stored(self, sha256: str) -> Path:
        return self._root / FILES / sha256[:2] / sha256


@contextmanager
def writing(root: Path) -> Iterator[BackupWriter]:
    """Write a backup into a folder, which is created if it is missing. If the block fails, nothing of it is left.

    Raises BackupError if the folder contains something else, or another backup is being written into it, and OSError.
    """
    is_new = not root.exists()
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with _locked(root):
            _check_is_ours(root)
            had_files = (root / FILES).exists()
            writer = BackupWriter(root)
            try:
                yield writer
            except BaseException:
                writer.undo()
                if not had_files:
                    with suppress(OSError):
                        (root / FILES).rmdir()
                raise
    except BaseException:
        if is_new:
            shutil.rmtree(root, ignore_errors=True)
        raise


def copy_or_link(source: Path, target: Path) -> None:
    """Link a file, or copy it where that is not possible. Raises OSError."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in CANNOT_LINK:
            raise
        _copy(source, target)


def sha256_of(file: Path) -> str:
    """Raises OSError."""
    with file.open("rb") as reading:
        return hashlib.file_digest(reading, "sha256").hexdigest()


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as reading, target.open("xb") as writing:
        os.fchmod(writing.fileno(), 0o600)
        shutil.copyfileobj(reading, writing, COPY_BYTES)
        writing.flush()
        os.fsync(writing.fileno())


def _previous(root: Path) -> list[BackupFile]:
    try:
        return manifests.read(root).media
    except BackupError:  # none, or damaged: everything is read again
        return []


def _has_size(file: Path, size: int) -> bool:
    try:
        return file.stat().st_size == size
    except FileNotFoundError:
        return False


def _check_is_ours(root: Path) -> None:
    ours = {manifests.FILE, FILES, "lost+found"}
    strange = [
        path.name
        for path in root.iterdir()
        if path.name not in ours
        and not manifests.RUN.fullmatch(path.name)
        and not path.name.startswith(f".{manifests.FILE}-")
    ]
    if strange:
        raise BackupError(f"{root} contains something else ({strange[0]}). Choose an empty folder, or a new one")


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"another backup is being written into {root}") from None
        except OSError:  # a file system without locks
            pass
        yield
    finally:
        os.close(descriptor)
