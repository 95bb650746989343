"""Checks whether films can be stored: the disk can be written, and has enough free space."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator

from videoflix.checks.finding import Finding, Mark
from videoflix.errors import StorageUnavailable
from videoflix.settings import Settings
from videoflix.storage.folders import format_bytes
from videoflix.storage.opening import open_storage

# Warn when less than this is free above DISK_FLOOR.
LOW_DISK = 5_000_000_000


async def disk(settings: Settings) -> AsyncIterator[Finding]:
    """In a thread, because a network disk may hang."""
    yield await asyncio.to_thread(_check, settings)


def _check(settings: Settings) -> Finding:
    media = open_storage(settings)
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.data_dir):
            free = shutil.disk_usage(settings.data_dir).free
        if media.root.is_dir():
            media.check_staging()
            free = media.free_bytes()
    except OSError as error:
        return Finding(Mark.BAD, f"{settings.data_dir} cannot be written: {error.strerror} (see DATA_DIR)")
    except StorageUnavailable as reason:
        return Finding(Mark.BAD, f"{media.root}: {reason.detail} Until then no film is added or encoded.")
    message, floor = f"{format_bytes(free)} free in {settings.data_dir}", settings.disk_floor
    if free < floor:
        return Finding(Mark.BAD, f"{message}: below {format_bytes(floor)} nothing is encoded (see DISK_FLOOR)")
    return Finding(Mark.WARNING if free < floor + LOW_DISK else Mark.GOOD, message)
