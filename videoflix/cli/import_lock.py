"""Lets only one import run at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from videoflix.errors import NotReady


@contextmanager
def single_import(data: Path) -> Iterator[None]:
    """Two imports at the same time would add the same films twice. Raises NotReady."""
    with (data / "import.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotReady("Another import is running. Try again when it is done.") from None
        yield
