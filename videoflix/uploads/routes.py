"""The routes of uploads."""

from aiohttp import web

from videoflix.uploads.handlers import admin, tus

ROUTES = [
    web.get("/api/admin/uploads/", admin.listing),
    web.options("/api/admin/uploads/", tus.capabilities),
    web.post("/api/admin/uploads/", tus.create),
    web.get("/api/admin/uploads/{id}/", admin.show, allow_head=False),
    web.head("/api/admin/uploads/{id}/", tus.head),
    web.patch("/api/admin/uploads/{id}/", tus.patch),
    web.delete("/api/admin/uploads/{id}/", tus.cancel),
    web.post("/api/admin/uploads/{id}/", tus.overridden),
    web.put("/api/admin/uploads/{id}/metadata/", admin.edit),
]
