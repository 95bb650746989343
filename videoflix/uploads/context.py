"""What uploads need: settings, services, and threads for the disk."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

from msgspec import Struct

from videoflix.db.pool import Database
from videoflix.settings import Settings
from videoflix.storage.disk_errors import translate_disk_errors
from videoflix.storage.storage import Storage

Result = TypeVar("Result")


class UploadContext(Struct, frozen=True):
    """What uploads need; `threads` are those that block on the disk."""

    settings: Settings
    database: Database
    storage: Storage
    threads: Executor | None = None

    async def in_thread(self, work: Callable[..., Result], *arguments: object) -> Result:
        """Do something with the disk in a thread. Raises StorageUnavailable."""
        with translate_disk_errors():
            return await asyncio.get_running_loop().run_in_executor(self.threads, work, *arguments)
