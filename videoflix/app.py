"""Creates the web application from the lifespans, middlewares and routes of the domains."""

from aiohttp import web
from aiohttp.hdrs import ORIGIN

from videoflix.accounts import resources as accounts
from videoflix.accounts.auth import auth_middleware
from videoflix.admin import resources as admin
from videoflix.http import bodies, cors, response_headers
from videoflix.http import resources as shared
from videoflix.http.error_middleware import error_middleware
from videoflix.http.request_checks import check_middleware
from videoflix.http.resources import SETTINGS
from videoflix.library import resources as library
from videoflix.monitoring import resources as monitoring
from videoflix.monitoring.request_metrics import RequestMetrics, SharedCounters
from videoflix.monitoring.resources import REQUEST_METRICS
from videoflix.pages import resources as pages
from videoflix.pages.handlers.rendering import page_middleware
from videoflix.reference import resources as reference
from videoflix.routes import ROUTES, without_slash
from videoflix.settings import Settings
from videoflix.streaming import resources as streaming
from videoflix.uploads import resources as uploads
from videoflix.uploads.handlers import tus
from videoflix.watching import resources as watching


def create_app(settings: Settings, counters: SharedCounters | None = None, slot: int = 0) -> web.Application:
    """Create the application; it connects to services when it starts.

    Each web process counts its requests in its own slot of `counters`.
    """
    app = web.Application(
        client_max_size=bodies.MAX_BYTES,
        middlewares=[page_middleware, error_middleware, check_middleware, auth_middleware],
    )
    app[SETTINGS] = settings
    pages.setup(app)
    reference.setup(app, ROUTES)
    app.cleanup_ctx.extend(
        [
            shared.lifespan,
            accounts.lifespan,
            library.lifespan,
            streaming.lifespan,
            watching.lifespan,
            uploads.lifespan,
            admin.lifespan,
            monitoring.lifespan,
        ]
    )
    app.on_shutdown.extend([library.end_streams, uploads.end_bodies])
    app.add_routes([*ROUTES, *without_slash(ROUTES)])
    cors.setup(app)
    app.on_response_prepare.append(_on_response_prepare)
    app[REQUEST_METRICS] = RequestMetrics(app.router.routes(), counters or SharedCounters(), slot)
    return app


async def _on_response_prepare(request: web.Request, response: web.StreamResponse) -> None:
    """Set the headers of every response. One function, because each hook costs time for every segment."""
    if ORIGIN in request.headers:
        await cors.on_response_prepare(request, response)
    response_headers.on_response_prepare(request, response)
    monitoring.on_response_prepare(request, response)
    tus.on_response_prepare(request, response)
