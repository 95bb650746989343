"""The routes of the reference."""

from aiohttp import web

from videoflix.reference import handlers

ROUTES = [
    web.get("/api/openapi.json", handlers.document),
    web.get("/api/docs/", handlers.page),
    web.get("/api/docs/{file}", handlers.file),
]
