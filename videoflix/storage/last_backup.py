"""Remembers the last backup in a file of the data folder: a row would be part of the backup, and return with it."""

from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from videoflix import durable

FILE = "last_backup.json"


class LastBackup(Struct, frozen=True, kw_only=True):
    """Where it is, as the command was told, its size, and whether it contains the originals and the films."""

    finished_at: datetime
    folder: str
    bytes: int
    has_originals: bool
    has_films: bool


def read(data: Path) -> LastBackup | None:
    """The last backup of this data folder; None if there was none, or if the file is damaged. Raises OSError."""
    try:
        return msgspec.json.decode((data / FILE).read_bytes(), type=LastBackup)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def write(data: Path, last: LastBackup) -> None:
    """Raises OSError."""
    durable.write(data / FILE, msgspec.json.encode(last).decode())
