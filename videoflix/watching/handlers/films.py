"""Handlers for what everyone can watch, with what the viewer has done: home, all films, and the search."""

from aiohttp import web
from msgspec import Struct

from videoflix.accounts.resources import SESSION
from videoflix.db import clock
from videoflix.errors import InvalidFields
from videoflix.http import bodies, paging
from videoflix.http.forwarded import base_url
from videoflix.http.operations import operation
from videoflix.http.resources import DATABASE
from videoflix.library.metadata import MAX_LENGTHS, escape_html
from videoflix.library.queries import cards
from videoflix.library.resources import FILM_ROWS
from videoflix.library.search import search
from videoflix.watching.cards import cards_for, cards_of_found
from videoflix.watching.home import home as home_of
from videoflix.watching.models import Home, ViewerCard
from videoflix.watching.resources import RECORDER

MAX_FOUND = 50


class FoundFilms(Struct, frozen=True):
    """What was found, best first. Of a series with several hits, the series."""

    items: list[ViewerCard]
    total: int


@operation("Show the home page", Home)
async def home(request: web.Request) -> web.Response:
    session, app = request[SESSION], request.app
    await app[RECORDER].flush(session.profile_id)
    return bodies.answer(await home_of(app[DATABASE], app[FILM_ROWS], session, clock.now(), base_url(request)))


@operation(
    "List films and series",
    paging.PageOf[ViewerCard],
    errors=(InvalidFields,),
    parameters=(
        *paging.PARAMETERS,
        paging.search_parameter("Only films and series of this category.", "category", "Family"),
    ),
)
async def listing(request: web.Request) -> web.Response:
    """All films and series, or those of one `category`, newest first."""
    page, session = paging.page(request), request[SESSION]
    category = paging.searched(request, "category")
    wanted = escape_html(category, MAX_LENGTHS["category"]) if category else None
    async with request.app[DATABASE].connection() as connection:
        ids, total = await cards.films(connection, session.viewer, wanted, page.size, page.skip)
        found = await cards_for(connection, session, ids, base_url(request), whole_series=True)
    return paging.answer(found, total, page)


@operation(
    "Search films and series",
    FoundFilms,
    errors=(InvalidFields,),
    parameters=(paging.search_parameter("What to look for."),),
)
async def find(request: web.Request) -> web.Response:
    """The films that match `q`, best first; none without `q`."""
    text, database, session = paging.searched(request) or "", request.app[DATABASE], request[SESSION]
    ids = await search(database, session.viewer, text, MAX_FOUND)
    async with database.connection() as connection:
        found = await cards_of_found(connection, session, ids, base_url(request)) if ids else []
    return bodies.answer(FoundFilms(found, len(found)))
