"""HTTP handlers: health, readiness and metrics."""

from aiohttp import web
from msgspec import UNSET, Struct, UnsetType
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from videoflix.accounts.auth import has_metrics_access
from videoflix.errors import DatabaseUnavailable
from videoflix.http.access import metrics_access, public
from videoflix.http.bodies import answer
from videoflix.http.operations import Detail, Media, operation
from videoflix.monitoring.metrics import Scrape
from videoflix.monitoring.models import Sample
from videoflix.monitoring.readiness import NEEDED, OK
from videoflix.monitoring.resources import DATABASE_SAMPLES, READINESS, REQUEST_METRICS


class Ready(Struct, frozen=True):
    """`ready`, `not ready` or `stopping`, and for administrators the state of each part: `ok` or what is wrong."""

    detail: str
    parts: dict[str, str] | UnsetType = UNSET


@operation("Check that the process answers", Detail)
@public
async def health(request: web.Request) -> web.Response:
    """Liveness: the event loop of this process runs. Services are not checked."""
    return answer(Detail("alive"))


@operation("Check that requests can be answered", Ready, more_answers={503: Ready})
@public
async def ready(request: web.Request) -> web.Response:
    """Readiness: whether requests should be sent to this process.

    Clients with access to the metrics also get the state of each part. Without `storage` films can still be watched.
    """
    readiness = request.app[READINESS]
    parts = await readiness.parts()
    is_ready = not readiness.is_stopping and all(parts[name] == OK for name in NEEDED)
    detail = "ready" if is_ready else "stopping" if readiness.is_stopping else "not ready"
    shown = parts if await has_metrics_access(request) else UNSET
    return answer(Ready(detail, shown), status=200 if is_ready else 503)


@operation("Get metrics for Prometheus", Media("text/plain", "# HELP"))
@metrics_access
async def metrics(request: web.Request) -> web.Response:
    """Metrics of all web processes and of the database, in the text format of Prometheus."""
    samples: list[Sample] | None
    try:
        samples = await request.app[DATABASE_SAMPLES].get("all")
    except DatabaseUnavailable:
        samples = None
    registry = CollectorRegistry()
    registry.register(Scrape(request.app[REQUEST_METRICS], samples))
    return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
