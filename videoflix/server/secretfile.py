"""Secrets in files, generated when they are first needed, and again if a power cut has damaged the file."""

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
    """The secret in a file, or an empty string if the file is missing or is not text. Raises OSError."""
    try:
        text = file.read_text("utf-8").strip(" \t\r\n\0")
    except (FileNotFoundError, UnicodeDecodeError):
        return ""
    return text if text.isprintable() else ""


def make(file: Path) -> str:
    """The secret in a file, which is generated if it is missing. Raises OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(file.parent):
        if not read(file):
            if file.exists():
                log.warning("%s is damaged; generating a new secret", file)
            durable.write(file, secrets.token_urlsafe(48))
            durable.sync(file.parent.parent)
        return read(file)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Of several processes that generate a secret, all get that of the first."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
