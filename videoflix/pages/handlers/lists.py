"""Pages with many films: a category, the viewer's list, and the history."""

from typing import Any

from aiohttp import web

from videoflix.accounts.resources import SESSION
from videoflix.errors import NotFound
from videoflix.http import paging
from videoflix.http.access import form
from videoflix.http.paging import Page
from videoflix.http.resources import DATABASE
from videoflix.library.metadata import MAX_LENGTHS, escape_html
from videoflix.library.queries import cards as library_cards
from videoflix.pages.handlers.rendering import page, see_other
from videoflix.translations import gettext
from videoflix.watching import cards, queries
from videoflix.watching.handlers import lists, progress
from videoflix.watching.resources import RECORDER

PER_PAGE = 48
HISTORY = "/history/"


async def category(request: web.Request) -> web.Response:
    """The films of a category, newest first. Raises NotFound if there is none."""
    name, here = request.match_info["name"], _page(request)
    escaped = escape_html(name, MAX_LENGTHS["category"])
    async with request.app[DATABASE].connection() as connection:
        found, total = await library_cards.films(connection, request[SESSION].viewer, escaped, here.size, here.skip)
        films = await cards.cards_for(connection, request[SESSION], found, whole_series=True)
    if not films:
        raise NotFound
    return _grid(request, here, total, films=films, heading=name, empty="")


async def my_list(request: web.Request) -> web.Response:
    here = _page(request)
    async with request.app[DATABASE].connection() as connection:
        found, total = await queries.my_list(connection, request[SESSION], here.size, here.skip)
        films = await cards.viewer_cards(connection, request[SESSION], found)
    empty = gettext("Films that you add to your list appear here.")
    return _grid(request, here, total, films=films, heading=gettext("My list"), empty=empty)


async def history(request: web.Request) -> web.Response:
    here, session = _page(request), request[SESSION]
    await request.app[RECORDER].flush(session.profile_id)
    async with request.app[DATABASE].connection() as connection:
        found, total = await queries.history(connection, session, here.size, here.skip)
        films = await cards.viewer_cards(connection, request[SESSION], found)
    return page(request, "history.html", films=films, number=here.number, pages=-(-total // here.size))


@form
async def forget(request: web.Request) -> web.Response:
    await progress.forget(request)
    return see_other(HISTORY)


@form
async def forget_all(request: web.Request) -> web.Response:
    await lists.forget_all(request)
    return see_other(HISTORY)


def _page(request: web.Request) -> Page:
    return Page(paging.page(request).number, PER_PAGE)


def _grid(request: web.Request, here: Page, total: int, **context: Any) -> web.Response:
    return page(request, "grid.html", number=here.number, pages=-(-total // here.size), **context)
