"""The files of the admin pages, kept by the application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from videoflix.admin.assets import AdminAssets

ADMIN_ASSETS = web.AppKey("admin_assets", AdminAssets)


@asynccontextmanager
async def lifespan(app: web.Application) -> AsyncIterator[None]:
    app[ADMIN_ASSETS] = AdminAssets()
    yield
