"""The routes of the library."""

from aiohttp import web

from videoflix.library.handlers import (
    admin,
    admin_series,
    bulk,
    captions,
    events,
    export,
    guest_links,
    thumbnails,
    videos,
)

ROUTES = [
    web.get("/api/video/", videos.listing),
    web.get("/api/video/{id}/", videos.detail),
    web.get("/api/video/{id}/events/", events.follow, allow_head=False),
    web.get("/api/admin/library.csv", export.as_csv),
    web.get("/api/admin/library.json", export.as_json),
    web.post("/api/admin/library/", export.take),
    web.get("/api/admin/videos/", admin.listing),
    web.post("/api/admin/videos/bulk/", bulk.change),
    web.get(r"/api/admin/videos/{id:\d+}/", admin.detail),
    web.patch(r"/api/admin/videos/{id:\d+}/", admin.edit),
    web.delete(r"/api/admin/videos/{id:\d+}/", admin.remove),
    web.post("/api/admin/videos/{id}/retry/", admin.retry),
    web.post("/api/admin/videos/{id}/encode/", admin.encode),
    web.put("/api/admin/videos/{id}/thumbnail/", thumbnails.choose),
    web.get("/api/admin/videos/{id}/thumbnails/", thumbnails.listing),
    web.get("/api/admin/videos/{id}/thumbnails/{number}.jpg", thumbnails.candidate),
    web.get("/api/admin/guest-links/", guest_links.listing),
    web.post("/api/admin/guest-links/", guest_links.create),
    web.delete("/api/admin/guest-links/{id}/", guest_links.revoke),
    web.get("/api/admin/series/", admin_series.listing),
    web.post("/api/admin/series/", admin_series.create),
    web.get("/api/admin/series/{id}/", admin_series.show),
    web.patch("/api/admin/series/{id}/", admin_series.edit),
    web.delete("/api/admin/series/{id}/", admin_series.remove),
    web.put("/api/admin/series/{id}/order/", admin_series.arrange),
    web.post("/api/admin/series/{id}/episodes/", admin_series.add),
    web.patch("/api/admin/series/{id}/episodes/{video}/", admin_series.change),
    web.delete("/api/admin/series/{id}/episodes/{video}/", admin_series.take_out),
    web.post("/api/admin/videos/{id}/captions/", captions.add),
    web.delete("/api/admin/videos/{id}/captions/{number}/", captions.remove),
]
