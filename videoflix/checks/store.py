"""Checks the S3 store, if films are stored in one: writes, reads a range, lists and deletes."""

import asyncio
from collections.abc import AsyncIterator

from videoflix.checks.finding import Finding, Mark
from videoflix.errors import StorageUnavailable
from videoflix.settings import Settings
from videoflix.storage.opening import open_storage


async def store(settings: Settings) -> AsyncIterator[Finding]:
    if settings.storage == ("local",):
        yield Finding(Mark.GOOD, "films are stored in the data folder (STORAGE)")
        return
    where = f"{settings.s3_bucket}/{settings.s3_prefix}".rstrip("/")
    storage = open_storage(settings)
    try:
        storage.prepare()
        await asyncio.to_thread(storage.check_usable)
    except (StorageUnavailable, OSError) as reason:
        yield Finding(Mark.BAD, f"{where}: {reason}")
        return
    if len(settings.storage) == 1:
        yield Finding(Mark.GOOD, f"films are stored in {where}")
        return
    first = where if settings.storage[0] == "s3" else "the data folder"
    told = f"films are read from the data folder and from {where}, and new ones stored in {first}"
    yield Finding(Mark.WARNING, f"{told}, until bin/storage move has moved all and STORAGE names one of them")
