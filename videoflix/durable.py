"""Small files that survive a power cut: the old content or the new one, never half of it or nothing."""

import os
import tempfile
from pathlib import Path


def write(file: Path, text: str) -> None:
    """Replace a file, with mode 0600; when this returns, its content and its name are on the disk. Raises OSError."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(descriptor, "w") as writing:
            writing.write(text)
            writing.flush()
            os.fsync(writing.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync(file.parent)


def sync(path: Path) -> None:
    """Wait until a file's content, or the names in a folder, are on the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
