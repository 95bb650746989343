"""The application: a table of contents."""

from aiohttp import web

from videoflix.settings import Settings
from videoflix.web import accounts, contexts, cors, middlewares, ops, payload, stream, videos
from videoflix.web.keys import SETTINGS


def create_app(settings: Settings) -> web.Application:
    """Nothing connects before the application starts."""
    app = web.Application(
        client_max_size=payload.MOST_BYTES,
        middlewares=[
            middlewares.failures,
            middlewares.hosts,
            middlewares.cross_site,
            middlewares.authentication,
        ],
    )
    app[SETTINGS] = settings
    app.cleanup_ctx.extend([contexts.secrets, contexts.storage, contexts.database, contexts.queues])
    app.add_routes(
        [
            web.get("/health", ops.health),
            web.post("/api/login/", accounts.login),
            web.post("/api/logout/", accounts.logout),
            web.post("/api/token/refresh/", accounts.refresh),
            web.get("/api/video/", videos.listing),
            web.get("/api/video/{id}/", videos.detail),
            web.get("/api/video/{id}/master.m3u8", stream.master),
            web.get("/api/video/{id}/thumbnail.jpg", stream.thumbnail),
            web.get("/api/video/{id}/{resolution}/index.m3u8", stream.media),
            web.get("/api/video/{id}/{resolution}/{segment}", stream.segment),
            web.get("/api/video/{id}/{resolution}/{segment}/", stream.segment),
        ]
    )
    cors.setup(app)
    return app
