"""The application: a table of contents."""

from aiohttp import web

from videoflix.settings import Settings
from videoflix.web import (
    contexts,
    cors,
    middlewares,
    payload,
)
from videoflix.web.admin import tus
from videoflix.web.keys import SETTINGS, TALLY
from videoflix.web.routes import ROUTES, without_slash
from videoflix.web.tally import Shared, Tally


def create_app(settings: Settings, shared: Shared | None = None, part: int = 0) -> web.Application:
    """Nothing connects before the application starts. Of several processes each counts in its part of `shared`."""
    app = web.Application(
        client_max_size=payload.MOST_BYTES,
        middlewares=[middlewares.failures, middlewares.admission],
    )
    app[SETTINGS] = settings
    app.cleanup_ctx.extend(
        [
            contexts.secrets,
            contexts.storage,
            contexts.database,
            contexts.news,
            contexts.queues,
            contexts.limits,
            contexts.shell,
            contexts.uploads,
            contexts.life,
        ]
    )
    app.on_shutdown.append(contexts.end_streams)
    app.add_routes([*ROUTES, *without_slash(ROUTES)])
    cors.setup(app)
    app.on_response_prepare.append(_finish)
    app[TALLY] = Tally(app.router.routes(), shared or Shared(), part)
    return app


async def _finish(request: web.Request, response: web.StreamResponse) -> None:
    """What every answer gets. One hook for all, as every segment pays for each."""
    cors.complete(request, response)
    middlewares.mark(request, response)
    tus.mark(request, response)
