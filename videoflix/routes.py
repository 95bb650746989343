"""Every address, and who answers it."""

from collections.abc import Iterable, Iterator

from aiohttp import web

from videoflix.accounts.handlers import admin as users
from videoflix.accounts.handlers import login as sessions
from videoflix.accounts.handlers import me
from videoflix.accounts.handlers import registration as accounts
from videoflix.admin.handlers import audit, jobs, pages, queues
from videoflix.library.handlers import admin as admin_videos
from videoflix.library.handlers import bulk, events, thumbnails, videos
from videoflix.library.handlers import captions as admin_captions
from videoflix.library.handlers import export as library
from videoflix.monitoring import handlers as ops
from videoflix.streaming.handlers import gateway, pictures, tracks
from videoflix.streaming.handlers import video as stream
from videoflix.uploads.handlers import admin as uploads
from videoflix.uploads.handlers import tus

ROUTES = [
    # what players ask for all the time: routes are tried in this order
    web.get(r"/api/video/{id}/{resolution:\d+p}/index.m3u8", stream.media),
    web.get(r"/api/video/{id}/{resolution:\d+p}/{segment}", stream.segment),
    web.get(r"/api/video/{id}/{resolution:\d+p}/{segment}/", stream.segment),
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
    web.get("/api/admin/audit/", audit.listing),
    web.get("/api/admin/users/", users.listing),
    web.post("/api/admin/users/", users.create),
    web.patch("/api/admin/users/{id}/", users.change),
    web.delete("/api/admin/users/{id}/", users.remove),
    web.post("/api/admin/users/{id}/activation/", users.send_activation),
    web.post("/api/admin/users/{id}/reset/", users.send_reset),
    web.delete("/api/admin/users/{id}/sessions/", users.end_sessions),
    web.get("/api/admin/jobs/", jobs.listing),
    web.get("/admin/queues/", queues.page),
    web.get("/admin/queues/queues/{queue}", queues.page),
    web.get("/admin/queues/queues/{queue}/jobs/{job}", queues.page),
    web.get("/admin/queues/static/{file}", queues.static),
    web.get("/admin/queues/api/queues", queues.listing),
    web.get("/admin/queues/api/queues/{queue}", queues.detail),
    web.get("/admin/queues/api/queues/{queue}/jobs/{job}", queues.job),
    web.post("/admin/queues/api/queues/{queue}/jobs/{job}/retry", queues.retry),
    web.post("/admin/queues/api/queues/{queue}/jobs/{job}/abort", queues.abort),
    web.get("/admin", pages.enter),
    web.get("/admin/", pages.index),
    web.get("/admin/login/", pages.login),
    web.get("/admin/static/{file}", pages.static),
    web.get("/admin/vendor/", pages.sources),
    web.get("/admin/vendor/{name}.js", pages.vendor),
    web.get("/api/admin/library.csv", library.as_csv),
    web.get("/api/admin/library.json", library.as_json),
    web.post("/api/admin/library/", library.take),
    web.get("/api/video/{id}/{resolution}/index.m3u8", stream.media),
    web.get("/api/video/{id}/{resolution}/{segment}", stream.segment),
    web.get("/api/video/{id}/{resolution}/{segment}/", stream.segment),
    web.get("/api/admin/videos/", admin_videos.listing),
    web.post("/api/admin/videos/bulk/", bulk.change),
    web.get("/api/admin/videos/{id}/", admin_videos.detail),
    web.patch("/api/admin/videos/{id}/", admin_videos.edit),
    web.delete("/api/admin/videos/{id}/", admin_videos.remove),
    web.post("/api/admin/videos/{id}/retry/", admin_videos.retry),
    web.post("/api/admin/videos/{id}/encode/", admin_videos.encode),
    web.put("/api/admin/videos/{id}/thumbnail/", thumbnails.choose),
    web.get("/api/admin/videos/{id}/thumbnails/", thumbnails.listing),
    web.get("/api/admin/videos/{id}/thumbnails/{number}.jpg", thumbnails.candidate),
    web.post("/api/admin/videos/{id}/captions/", admin_captions.add),
    web.delete("/api/admin/videos/{id}/captions/{number}/", admin_captions.remove),
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


def without_slash(routes: Iterable[web.RouteDef]) -> Iterator[web.RouteDef]:
    """The addresses of viewers once more, for clients that leave the last slash out; a redirect would lose a POST."""
    paths = {route.path for route in routes}
    for route in routes:
        path = route.path.rstrip("/")
        is_for_viewers = path.startswith("/api/") and not path.startswith("/api/admin/")
        if is_for_viewers and path != route.path and path not in paths:
            yield web.RouteDef(route.method, path, route.handler, route.kwargs)
