"""What lives as long as the application: opened in this order, closed in the reverse one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from videoflix.db.news import listening
from videoflix.db.pool import open_database
from videoflix.jobs.queue import Queues
from videoflix.limits import Limits
from videoflix.passwords import Passwords
from videoflix.storage import Storage
from videoflix.tokens import Keyring
from videoflix.web.files import OpenFiles
from videoflix.web.guard import Guard
from videoflix.web.hashing import Hashing
from videoflix.web.keys import (
    DATABASE,
    FILES,
    GUARD,
    HASHING,
    KEYRING,
    LIBRARY,
    LIMITS,
    LIVE,
    QUEUES,
    SETTINGS,
    STORAGE,
)
from videoflix.web.library import Library
from videoflix.web.live import Live


@asynccontextmanager
async def database(app: web.Application) -> AsyncIterator[None]:
    app[DATABASE] = await open_database(app[SETTINGS])
    app[GUARD] = Guard(app[DATABASE])
    app[LIBRARY] = Library(app[DATABASE])
    app[LIVE] = Live(app[DATABASE])
    yield
    await app[DATABASE].close()


async def end_streams(app: web.Application) -> None:
    """Called before the server waits for what is under way: streams would let it wait for nothing."""
    app[LIVE].stop()


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
    app[FILES] = OpenFiles(app[STORAGE].published)
    yield


@asynccontextmanager
async def secrets(app: web.Application) -> AsyncIterator[None]:
    """The keys of the tokens, and the threads that hash passwords."""
    settings = app[SETTINGS]
    app[KEYRING] = Keyring(settings.secret_key, *settings.secret_key_fallbacks)
    app[HASHING] = Hashing(
        Passwords(settings.argon2_time_cost, settings.argon2_memory_kib, settings.argon2_parallelism)
    )
    yield
    app[HASHING].close()


@asynccontextmanager
async def limits(app: web.Application) -> AsyncIterator[None]:
    app[LIMITS] = Limits(app[SETTINGS])
    yield
    await app[LIMITS].close()
