"""Decides by which errors of the disk work waits until they pass, or until somebody mends what is wrong."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from videoflix.errors import DiskFull, StorageUnavailable

# A disk without room; and one that is read-only, closed to us, broken, or cut off (the latter of networks and FUSE).
FULL = (errno.ENOSPC, errno.EDQUOT)
UNAVAILABLE = (
    *(errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ENODEV, errno.ENXIO),
    *(errno.ESTALE, errno.ENOTCONN, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT),
)
# More than any program writes in one go.
TRIAL_BYTES = 1024 * 1024


def try_disk(folder: Path) -> None:
    """Write in a folder, to find out whether that is why a program could not. Raises DiskFull, StorageUnavailable."""
    with clear_when_unavailable(), TemporaryFile(dir=folder, buffering=0) as trial:
        trial.write(bytes(TRIAL_BYTES))
        os.fsync(trial.fileno())


@contextmanager
def clear_when_unavailable() -> Iterator[None]:
    """Raises DiskFull or StorageUnavailable, with the reason, for such an error; others pass."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise DiskFull from error
        if error.errno in UNAVAILABLE:
            raise StorageUnavailable(f"The storage cannot be used: {error.strerror}.") from error
        raise
