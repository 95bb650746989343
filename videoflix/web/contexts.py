"""What lives as long as the application: opened in this order, closed in the reverse one."""

import os
import sys
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from aiohttp import web

from videoflix.db.pool import open_database
from videoflix.jobs.queue import Queues
from videoflix.storage import Storage
from videoflix.tokens import Keyring
from videoflix.web.guard import Guard
from videoflix.web.keys import DATABASE, GUARD, HASHING, KEYRING, LIBRARY, QUEUES, SETTINGS, STORAGE
from videoflix.web.library import Library


@asynccontextmanager
async def database(app: web.Application) -> AsyncIterator[None]:
    app[DATABASE] = await open_database(app[SETTINGS])
    app[GUARD] = Guard(app[DATABASE])
    app[LIBRARY] = Library(app[DATABASE])
    yield
    await app[DATABASE].close()


@asynccontextmanager
async def queues(app: web.Application) -> AsyncIterator[None]:
    app[QUEUES] = Queues(app[SETTINGS])
    yield
    await app[QUEUES].close()


@asynccontextmanager
async def storage(app: web.Application) -> AsyncIterator[None]:
    app[STORAGE] = Storage(app[SETTINGS].data_dir / "media")
    app[STORAGE].prepare()
    yield


@asynccontextmanager
async def secrets(app: web.Application) -> AsyncIterator[None]:
    """The keys of the tokens, and as many threads for password hashes as there are cores."""
    app[KEYRING] = Keyring(app[SETTINGS].secret_key, *app[SETTINGS].secret_key_fallbacks)
    with ThreadPoolExecutor(os.cpu_count(), "hashing", initializer=_give_way) as threads:
        app[HASHING] = threads
        yield


def _give_way() -> None:
    """A storm of logins must not slow the loop down. Linux alone knows niceness per thread."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
