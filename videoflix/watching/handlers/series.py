"""Handlers for the series that a viewer may see."""

from aiohttp import web

from videoflix.accounts.resources import SESSION
from videoflix.errors import InvalidFields
from videoflix.http import bodies, paging
from videoflix.http.access import guest
from videoflix.http.forwarded import base_url
from videoflix.http.operations import operation
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE
from videoflix.library.queries import series
from videoflix.watching.cards import cards_for
from videoflix.watching.models import SeriesDetail, ViewerCard
from videoflix.watching.resources import RECORDER
from videoflix.watching.series import series_of


@operation("List series", paging.PageOf[ViewerCard], errors=(InvalidFields,), parameters=paging.PARAMETERS)
async def listing(request: web.Request) -> web.Response:
    """All series by title. The cards are those of series, so `series_id` leads to the series."""
    page, session = paging.page(request), request[SESSION]
    async with request.app[DATABASE].connection() as connection:
        ids, total = await series.visible_page(connection, session.viewer, page.size, page.skip)
        found = await cards_for(connection, session, ids, base_url(request), whole_series=True)
    return paging.answer(found, total, page)


@operation("Show a series", SeriesDetail)
@guest
async def show(request: web.Request) -> web.Response:
    """A series with its seasons and their episodes in order, and the one that comes next for the viewer."""
    return bodies.answer(await find(request, base_url(request)))


async def find(request: web.Request, base_url: str = "") -> SeriesDetail:
    """The series in the path. Addresses begin with `base_url`. Raises NotFound."""
    session, series_id = request[SESSION], path_id(request)
    if not session.is_guest:
        await request.app[RECORDER].flush(session.profile_id)
    async with request.app[DATABASE].connection() as connection:
        return await series_of(connection, session, series_id, base_url)
