"""For those who watch over the server, people and machines."""

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from videoflix.accounts.auth import has_metrics_access
from videoflix.errors import DatabaseUnavailable
from videoflix.http.access import metrics_access, public
from videoflix.http.bodies import answer
from videoflix.monitoring.metrics import Scrape
from videoflix.monitoring.models import Number
from videoflix.monitoring.readiness import NEEDED, OK
from videoflix.monitoring.resources import NUMBERS, READINESS, REQUEST_METRICS


@public
async def health(request: web.Request) -> web.Response:
    """The process lives and its loop turns; it says nothing about its neighbours."""
    return answer({"detail": "alive"})


@public
async def ready(request: web.Request) -> web.Response:
    """Whether requests should be sent here. What is missing is told to those who may know, also a storage that takes
    nothing new: films can still be watched."""
    life = request.app[READINESS]
    parts = await life.parts()
    is_ready = not life.is_stopping and all(parts[name] == OK for name in NEEDED)
    detail = "ready" if is_ready else "stopping" if life.is_stopping else "not ready"
    more = {"parts": parts} if await has_metrics_access(request) else {}
    return answer({"detail": detail, **more}, status=200 if is_ready else 503)


@metrics_access
async def metrics(request: web.Request) -> web.Response:
    """In the words of Prometheus; of all web processes, whichever of them is asked."""
    numbers: list[Number] | None
    try:
        numbers = await request.app[NUMBERS].get("all")
    except DatabaseUnavailable:
        numbers = None
    registry = CollectorRegistry()
    registry.register(Scrape(request.app[REQUEST_METRICS], numbers))
    return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
