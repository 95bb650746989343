"""The application's resources for monitoring: readiness, request metrics, and samples from the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from videoflix.http.resources import DATABASE, QUEUES, SETTINGS, STORAGE
from videoflix.monitoring import queries
from videoflix.monitoring.models import Sample
from videoflix.monitoring.readiness import Readiness
from videoflix.monitoring.request_metrics import RequestMetrics
from videoflix.ttl_cache import TTLCache

READINESS = web.AppKey("readiness", Readiness)
REQUEST_METRICS = web.AppKey("request_metrics", RequestMetrics)
DATABASE_SAMPLES = web.AppKey("database_samples", TTLCache[str, list[Sample]])

# Samples from the database are at most this old.
SAMPLES_SECONDS = 5.0


@asynccontextmanager
async def lifespan(app: web.Application) -> AsyncIterator[None]:
    database = app[DATABASE]

    async def samples(key: str) -> list[Sample]:
        async with database.connection() as connection:
            return await queries.samples(connection)

    app[READINESS] = Readiness(database, app[QUEUES], app[STORAGE], app[SETTINGS].disk_floor)
    app[DATABASE_SAMPLES] = TTLCache(samples, seconds=SAMPLES_SECONDS, most=1)
    yield


def on_response_prepare(request: web.Request, response: web.StreamResponse) -> None:
    """Before a stop, responses close their connections, so that the next request goes to another process."""
    if request.app[READINESS].is_stopping:
        response.force_close()
        response.headers["Connection"] = "close"
