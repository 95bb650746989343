"""Staging folders: private folders for work in progress, which can be removed when their process has ended.

<random>/lock     locked by the process while it runs; contains the identity of its machine
<random>/work/    its files

On one machine, the lock decides. Network file systems may not propagate locks to other hosts, or may not support
them (NFS without a lock daemon, `nolock`, some FUSE). So the folder of another machine, or one without a lock file,
counts as abandoned only if nothing in it has changed for a day. No job is idle for that long: an encode writes
continuously, or is stopped after a minute. A machine is identified by its host name or, across the containers on it,
by the boot id of its kernel.
"""

import fcntl
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LOCK, WORK = "lock", "work"
# A folder exists for a moment before its lock does.
QUIET_SECONDS = 60.0
REMOTE_QUIET_SECONDS = 86_400.0
BOOT = Path("/proc/sys/kernel/random/boot_id")


@contextmanager
def staging(parent: Path) -> Iterator[Path]:
    """A private folder that is removed when the block ends, or found by `abandoned` if the process is killed."""
    folder = Path(tempfile.mkdtemp(dir=parent))
    try:
        with (folder / LOCK).open("x") as lock:
            with suppress(OSError):  # no locks here: the age decides
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            print(*_machine(), sep="\n", file=lock, flush=True)
            (folder / WORK).mkdir()
            yield folder / WORK
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def abandoned(parent: Path) -> list[Path]:
    """The folders whose processes have ended. They are never used again, so it is safe to remove them."""
    return [folder for folder in parent.iterdir() if _is_abandoned(folder)]


def last_change(path: Path) -> float:
    """When a file, or anything in a folder, was last written, moved or linked. Raises FileNotFoundError."""
    status = path.lstat()
    latest = max(status.st_mtime, status.st_ctime)
    for below in path.rglob("*") if path.is_dir() else ():
        with suppress(FileNotFoundError):
            status = below.lstat()
            latest = max(latest, status.st_mtime, status.st_ctime)
    return latest


def _is_abandoned(folder: Path) -> bool:
    try:
        idle = time.time() - last_change(folder)
    except FileNotFoundError:
        return False
    try:
        with (folder / LOCK).open("r+") as lock:  # NFS requires write access for an exclusive lock
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_local = bool(_machine() & set(lock.read().split()))
    except BlockingIOError:
        return False
    except OSError:
        is_local = False
    return idle > (QUIET_SECONDS if is_local else REMOTE_QUIET_SECONDS)


def _machine() -> set[str]:
    names = {socket.gethostname()}
    with suppress(OSError):
        names.add(BOOT.read_text().strip())
    return names
