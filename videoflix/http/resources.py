"""The resources that all domains share: settings, request ids, storage, database and queues."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from videoflix.db.pool import Database, open_database
from videoflix.http.request_ids import RequestIds
from videoflix.queue.queues import Queues
from videoflix.settings import Settings
from videoflix.storage.opening import open_storage
from videoflix.storage.storage import Storage

SETTINGS = web.AppKey("settings", Settings)
STORAGE = web.AppKey("storage", Storage)
DATABASE = web.AppKey("database", Database)
QUEUES = web.AppKey("queues", Queues)
REQUEST_IDS = web.AppKey("request_ids", RequestIds)

# Connections to PostgreSQL of all web processes together, and the minimum of one process. A reload doubles them for a
# moment, and each process listens for notifications on one more: four processes take up to 56 of the 100 connections
# that PostgreSQL accepts by default. A worker takes four.
CONNECTIONS, MIN_CONNECTIONS = 24, 4


@asynccontextmanager
async def lifespan(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    app[REQUEST_IDS] = RequestIds()
    app[STORAGE] = open_storage(settings)
    app[STORAGE].prepare()
    app[DATABASE] = await open_database(settings, most=max(MIN_CONNECTIONS, CONNECTIONS // settings.web_processes))
    app[QUEUES] = Queues(settings)
    yield
    await app[QUEUES].close()
    await app[DATABASE].close()
