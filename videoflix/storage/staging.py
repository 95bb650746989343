"""Private folders for work in progress, and how to tell in which of them nobody works any more.

<random>/lock     locked by the process that works here, for as long as it lives; says on which machine
<random>/work/    its own

Within a machine the lock says it all. A shared folder may not carry locks to other hosts, or have none at all (NFS
without a lock daemon, `nolock`, some FUSE): there a lock that can be taken proves nothing, so a folder of another
machine, or without a lock, has to be silent for a day as well. No work lies still for that long: an encode writes all
the time or is stopped after a minute. A machine is known by its name or, across the containers on it, by the boot
of its kernel.
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
# A folder is made before its lock is.
QUIET_SECONDS = 60.0
FAR_QUIET_SECONDS = 86_400.0
BOOT = Path("/proc/sys/kernel/random/boot_id")


@contextmanager
def staging(parent: Path) -> Iterator[Path]:
    """A private folder that is gone when the block ends; if the process is killed meanwhile, `left` finds it."""
    folder = Path(tempfile.mkdtemp(dir=parent))
    try:
        with (folder / LOCK).open("x") as lock:
            with suppress(OSError):  # no locks here: it goes by its age
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            print(*_machine(), sep="\n", file=lock, flush=True)
            (folder / WORK).mkdir()
            yield folder / WORK
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def left(parent: Path) -> list[Path]:
    """The folders whose processes are dead. Nobody begins to work in one again: they may be removed at leisure."""
    return [folder for folder in parent.iterdir() if _is_left(folder)]


def last_change(path: Path) -> float:
    """When a file, or anything in a folder, was last written, moved or linked. Raises FileNotFoundError."""
    about = path.lstat()
    latest = max(about.st_mtime, about.st_ctime)
    for below in path.rglob("*") if path.is_dir() else ():
        with suppress(FileNotFoundError):
            about = below.lstat()
            latest = max(latest, about.st_mtime, about.st_ctime)
    return latest


def _is_left(folder: Path) -> bool:
    try:
        silent = time.time() - last_change(folder)
    except FileNotFoundError:
        return False
    try:
        with (folder / LOCK).open("r+") as lock:  # to write: NFS gives such a lock to writers alone
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = bool(_machine() & set(lock.read().split()))
    except BlockingIOError:
        return False
    except OSError:
        is_ours = False
    return silent > (QUIET_SECONDS if is_ours else FAR_QUIET_SECONDS)


def _machine() -> set[str]:
    names = {socket.gethostname()}
    with suppress(OSError):
        names.add(BOOT.read_text().strip())
    return names
