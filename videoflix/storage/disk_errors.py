"""Recognises errors of the disk, after which work is tried again later."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from videoflix.errors import DiskFull, StorageUnavailable

# Unavailable: read-only, no permission, I/O error, or disconnected (network file systems and FUSE).
FULL = (errno.ENOSPC, errno.EDQUOT)
UNAVAILABLE = (
    *(errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ENODEV, errno.ENXIO),
    *(errno.ESTALE, errno.ENOTCONN, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT),
)
# More than any program writes at once.
TEST_BYTES = 1024 * 1024


def check_disk(folder: Path) -> None:
    """Write a test file, to find out whether a program failed because of the disk. Raises DiskFull or
    StorageUnavailable."""
    with translate_disk_errors(), TemporaryFile(dir=folder, buffering=0) as file:
        file.write(bytes(TEST_BYTES))
        os.fsync(file.fileno())


@contextmanager
def translate_disk_errors() -> Iterator[None]:
    """Turn an OSError of the disk into DiskFull or StorageUnavailable, with the reason. Other errors propagate."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise DiskFull from error
        if error.errno in UNAVAILABLE:
            raise StorageUnavailable(f"The storage cannot be used: {error.strerror}.") from error
        raise
