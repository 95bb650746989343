"""Lists the audit log: who did what, and when."""

from aiohttp import web

from videoflix.accounts.models import AuditEntry
from videoflix.accounts.queries import audit
from videoflix.errors import InvalidFields
from videoflix.http import paging
from videoflix.http.access import admin
from videoflix.http.operations import operation
from videoflix.http.resources import DATABASE


@operation(
    "List who changed what",
    paging.PageOf[AuditEntry],
    errors=(InvalidFields,),
    parameters=(*paging.PARAMETERS, paging.search_parameter("Only entries that contain this.", example="video.edit")),
)
@admin
async def listing(request: web.Request) -> web.Response:
    page = paging.page(request)
    async with request.app[DATABASE].connection() as connection:
        entries, total = await audit.listing(connection, paging.searched(request), page.size, page.skip)
    return paging.answer(entries, total, page)
