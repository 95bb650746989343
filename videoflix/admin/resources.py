"""What the application keeps for the admin pages: their files, and the checklist of their home."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from videoflix.admin.assets import AdminAssets
from videoflix.admin.checklist import checklist
from videoflix.admin.models import Step
from videoflix.http.resources import DATABASE, SETTINGS
from videoflix.ttl_cache import TTLCache

ADMIN_ASSETS = web.AppKey("admin_assets", AdminAssets)
CHECKLIST = web.AppKey("checklist", TTLCache[str, list[Step]])

# The checks ask the mail server and the pages of the links.
CHECKLIST_SECONDS = 60.0


@asynccontextmanager
async def lifespan(app: web.Application) -> AsyncIterator[None]:
    async def steps(key: str) -> list[Step]:
        return await checklist(app[SETTINGS], app[DATABASE])

    app[ADMIN_ASSETS] = AdminAssets(app[SETTINGS].media_origins)
    app[CHECKLIST] = TTLCache(steps, seconds=CHECKLIST_SECONDS, most=1)
    yield
