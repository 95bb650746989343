"""Helpers for files and folders on the disk of this host."""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from videoflix.storage.disk_errors import translate_disk_errors

COPY_BYTES = 4 * 1024 * 1024


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


def copy_with_progress(source: Path, target: Path, on_bytes: Callable[[int], None]) -> None:
    """Copy a file to `target`, calling `on_bytes` with the number of bytes copied so far. Raises StorageUnavailable
    or OSError."""
    with translate_disk_errors(), source.open("rb") as reading, target.open("xb") as writing:
        copied = 0
        while block := reading.read(COPY_BYTES):
            writing.write(block)
            copied += len(block)
            on_bytes(copied)


def format_bytes(count: int) -> str:
    """For example 1.4 GB or 20.0 MB."""
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.1f} MB"
