"""Secrets that are kept in files: made when they are first asked for, and again when a power cut has emptied them."""

import fcntl
import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from videoflix import durable

log = logging.getLogger(__name__)


def read(file: Path) -> str:
    """The secret in a file; empty if there is none, or none that can be read as text. Raises OSError."""
    try:
        text = file.read_text("utf-8").strip(" \t\r\n\0")
    except (FileNotFoundError, UnicodeDecodeError):
        return ""
    return text if text.isprintable() else ""


def make(file: Path) -> str:
    """The secret in a file, which is made where there is none. Raises OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(file.parent):
        if not read(file):
            if file.exists():
                log.warning("%s is damaged; a new secret is made", file)
            durable.write(file, secrets.token_urlsafe(48))
            durable.sync(file.parent.parent)
        return read(file)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Of several processes that make a secret, all get that of the first."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # no locks here
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
