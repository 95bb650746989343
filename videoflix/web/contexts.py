"""What lives as long as the application: opened in this order, closed in the reverse one."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial

from aiohttp import web

from videoflix.db import watch
from videoflix.db.news import listening
from videoflix.db.pool import Database, open_database
from videoflix.jobs.queue import Queues
from videoflix.limits import Limits
from videoflix.models import Number
from videoflix.passwords import Passwords
from videoflix.storage import Storage
from videoflix.tokens import Keyring
from videoflix.uploads import Dock
from videoflix.web.admin.shell import Shell
from videoflix.web.bodies import Bodies
from videoflix.web.descriptors import most_files
from videoflix.web.files import OpenFiles
from videoflix.web.fresh import Fresh
from videoflix.web.guard import Guard
from videoflix.web.hashing import Hashing
from videoflix.web.keys import (
    BODIES,
    DATABASE,
    DOCK,
    FILES,
    GUARD,
    HASHING,
    KEYRING,
    LIBRARY,
    LIFE,
    LIMITS,
    LIVE,
    NUMBERS,
    QUEUES,
    SETTINGS,
    SHELL,
    STORAGE,
)
from videoflix.web.library import Library
from videoflix.web.life import Life
from videoflix.web.live import Live

# Connections to PostgreSQL of all web processes together, and the least that one of them gets. While they are
# reloaded there are twice as many, and each listens to the news on one more: with four processes 56, of the hundred
# that PostgreSQL has by default. A worker has four.
CONNECTIONS, LEAST_CONNECTIONS = 24, 4
# Threads that wait for the disk with uploads; those that send films are others.
UPLOAD_THREADS = 8
# What the database tells to those who watch is at most this old.
NUMBERS_SECONDS = 5.0


@asynccontextmanager
async def database(app: web.Application) -> AsyncIterator[None]:
    app[DATABASE] = await open_database(app[SETTINGS], most=_connections(app[SETTINGS].web_processes))
    app[GUARD] = Guard(app[DATABASE])
    app[LIBRARY] = Library(app[DATABASE])
    app[LIVE] = Live(app[DATABASE])
    app[NUMBERS] = Fresh(partial(_numbers, app[DATABASE]), seconds=NUMBERS_SECONDS, most=1)
    yield
    await app[DATABASE].close()


async def end_streams(app: web.Application) -> None:
    """Called before the server waits for what is under way: streams would let it wait for nothing."""
    app[LIVE].stop()
    app[BODIES].stop()


@asynccontextmanager
async def news(app: web.Application) -> AsyncIterator[None]:
    """What we remember of videos is forgotten when they change."""

    def forget(video_id: int | None) -> None:
        app[LIBRARY].forget(video_id)
        app[FILES].forget(video_id)

    async with listening(app[SETTINGS], forget):
        yield
    app[FILES].forget()


@asynccontextmanager
async def queues(app: web.Application) -> AsyncIterator[None]:
    app[QUEUES] = Queues(app[SETTINGS])
    yield
    await app[QUEUES].close()


@asynccontextmanager
async def storage(app: web.Application) -> AsyncIterator[None]:
    app[STORAGE] = Storage(app[SETTINGS].data_dir / "media")
    app[STORAGE].prepare()
    app[FILES] = OpenFiles(app[STORAGE].published, most_files())
    yield


@asynccontextmanager
async def uploads(app: web.Application) -> AsyncIterator[None]:
    threads = ThreadPoolExecutor(UPLOAD_THREADS, "uploads")
    app[DOCK] = Dock(app[SETTINGS], app[DATABASE], app[STORAGE], threads)
    app[BODIES] = Bodies()
    yield
    await asyncio.to_thread(threads.shutdown)


@asynccontextmanager
async def secrets(app: web.Application) -> AsyncIterator[None]:
    """The keys of the tokens, and the threads that hash passwords."""
    settings = app[SETTINGS]
    app[KEYRING] = Keyring(settings.secret_key, *settings.secret_key_fallbacks)
    app[HASHING] = Hashing(
        Passwords(settings.argon2_time_cost, settings.argon2_memory_kib, settings.argon2_parallelism),
        settings.web_processes,
    )
    yield
    app[HASHING].close()


@asynccontextmanager
async def limits(app: web.Application) -> AsyncIterator[None]:
    app[LIMITS] = Limits(app[SETTINGS])
    yield
    await app[LIMITS].close()


@asynccontextmanager
async def shell(app: web.Application) -> AsyncIterator[None]:
    """The admin pages, read once."""
    app[SHELL] = Shell()
    yield


@asynccontextmanager
async def life(app: web.Application) -> AsyncIterator[None]:
    app[LIFE] = Life(app[DATABASE], app[QUEUES], app[STORAGE], app[SETTINGS].disk_floor)
    yield


def _connections(processes: int) -> int:
    return max(LEAST_CONNECTIONS, CONNECTIONS // processes)


async def _numbers(database: Database, key: str) -> list[Number]:
    async with database.connection() as connection:
        return await watch.numbers(connection)
