"""The routes of monitoring."""

from aiohttp import web

from videoflix.monitoring import handlers

ROUTES = [
    web.get("/health", handlers.health),
    web.get("/ready", handlers.ready),
    web.get("/metrics", handlers.metrics),
]
