"""The application: a table of contents."""

from aiohttp import web

from videoflix.settings import Settings
from videoflix.web import (
    accounts,
    contexts,
    cors,
    encodes,
    events,
    gateway,
    me,
    middlewares,
    ops,
    payload,
    pictures,
    sessions,
    stream,
    tracks,
    videos,
)
from videoflix.web.admin import audit, tus, uploads
from videoflix.web.keys import SETTINGS, TALLY
from videoflix.web.tally import Shared, Tally


def create_app(settings: Settings, shared: Shared | None = None, part: int = 0) -> web.Application:
    """Nothing connects before the application starts. Of several processes each counts in its part of `shared`."""
    app = web.Application(
        client_max_size=payload.MOST_BYTES,
        middlewares=[
            middlewares.failures,
            middlewares.origins,
            middlewares.authentication,
        ],
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
            contexts.uploads,
            contexts.life,
        ]
    )
    app.on_shutdown.append(contexts.end_streams)
    app.add_routes(
        [
            web.get("/health", ops.health),
            web.get("/ready", ops.ready),
            web.get("/metrics", ops.metrics),
            web.post("/api/register/", accounts.register),
            web.get("/api/activate/{uidb64}/{token}/", accounts.activate, allow_head=False),
            web.post("/api/password_reset/", accounts.ask_reset),
            web.post("/api/password_confirm/{uidb64}/{token}/", accounts.confirm_reset),
            web.post("/api/login/", sessions.login),
            web.post("/api/logout/", sessions.logout),
            web.post("/api/token/refresh/", sessions.refresh),
            web.get("/api/me/", me.show),
            web.delete("/api/me/", me.remove),
            web.post("/api/me/password/", me.change_password),
            web.get("/api/me/sessions/", me.list_sessions),
            web.delete("/api/me/sessions/{id}/", me.end_session),
            web.get("/api/video/", videos.listing),
            web.get("/api/video/{id}/", videos.detail),
            web.get("/api/video/{id}/events/", events.follow, allow_head=False),
            web.get("/api/video/{id}/master.m3u8", stream.master),
            web.get("/api/video/{id}/thumbnail.jpg", pictures.thumbnail),
            web.get("/api/video/{id}/storyboard.vtt", pictures.storyboard),
            web.get("/api/video/{id}/storyboard/{sheet}", pictures.sheet),
            web.get("/api/video/{id}/captions/{number}.vtt", tracks.captions),
            web.get("/api/video/{id}/captions/{number}/index.m3u8", tracks.captions_playlist),
            web.get("/api/video/{id}/audio/{number}/index.m3u8", tracks.sound_playlist),
            web.get("/api/video/{id}/audio/{number}/{piece}", tracks.piece),
            web.get("/api/video/{id}/{resolution}/index.m3u8", stream.media),
            web.get("/api/video/{id}/{resolution}/{segment}", stream.segment),
            web.get("/api/video/{id}/{resolution}/{segment}/", stream.segment),
            web.post("/api/admin/videos/{id}/retry/", encodes.retry),
            web.get("/api/admin/audit/", audit.listing),
            web.get("/api/admin/uploads/", uploads.listing),
            web.options("/api/admin/uploads/", tus.capabilities),
            web.post("/api/admin/uploads/", tus.create),
            web.get("/api/admin/uploads/{id}/", uploads.show, allow_head=False),
            web.head("/api/admin/uploads/{id}/", tus.head),
            web.patch("/api/admin/uploads/{id}/", tus.patch),
            web.delete("/api/admin/uploads/{id}/", tus.cancel),
            web.post("/api/admin/uploads/{id}/", tus.overridden),
            web.put("/api/admin/uploads/{id}/metadata/", uploads.describe),
            web.get("/internal/segment/{id}/{resolution}/{segment}", gateway.verdict),
        ]
    )
    cors.setup(app)
    app.on_response_prepare.append(middlewares.mark)
    app.on_response_prepare.append(tus.mark)
    app[TALLY] = Tally(app.router.routes(), shared or Shared(), part)
    return app
