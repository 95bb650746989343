"""What the application holds for monitoring: readiness, request metrics, and numbers from the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from videoflix.http.resources import DATABASE, QUEUES, SETTINGS, STORAGE
from videoflix.monitoring import queries
from videoflix.monitoring.models import Number
from videoflix.monitoring.readiness import Readiness
from videoflix.monitoring.request_metrics import RequestMetrics
from videoflix.ttl_cache import TTLCache

READINESS = web.AppKey("readiness", Readiness)
REQUEST_METRICS = web.AppKey("request_metrics", RequestMetrics)
NUMBERS = web.AppKey("numbers", TTLCache[str, list[Number]])

# Numbers from the database are at most this old.
NUMBERS_SECONDS = 5.0


@asynccontextmanager
async def lifespan(app: web.Application) -> AsyncIterator[None]:
    database = app[DATABASE]

    async def numbers(key: str) -> list[Number]:
        async with database.connection() as connection:
            return await queries.numbers(connection)

    app[READINESS] = Readiness(database, app[QUEUES], app[STORAGE], app[SETTINGS].disk_floor)
    app[NUMBERS] = TTLCache(numbers, seconds=NUMBERS_SECONDS, most=1)
    yield


def on_response_prepare(request: web.Request, response: web.StreamResponse) -> None:
    """Before a stop every answer closes its connection, so that the next request goes to another process."""
    if request.app[READINESS].is_stopping:
        response.force_close()
        response.headers["Connection"] = "close"
