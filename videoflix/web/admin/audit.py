"""Who did what, and when."""

from aiohttp import web

from videoflix.db import audit
from videoflix.web.access import admin
from videoflix.web.admin import paging
from videoflix.web.keys import DATABASE


@admin
async def listing(request: web.Request) -> web.Response:
    page = paging.page(request)
    async with request.app[DATABASE].connection() as connection:
        deeds, total = await audit.listing(connection, paging.searched(request), page.size, page.skip)
    return paging.answer(deeds, total, page)
