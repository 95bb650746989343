"""The search. With a script it shows what is found as one types."""

from aiohttp import web

from videoflix.accounts.resources import SESSION
from videoflix.http.paging import MAX_SEARCH_LENGTH
from videoflix.http.resources import DATABASE
from videoflix.library.metadata import unescape_html
from videoflix.library.resources import FILM_ROWS
from videoflix.library.search import search
from videoflix.pages.handlers.rendering import page
from videoflix.watching.cards import cards_of_found

MAX_FOUND = 50


async def show(request: web.Request) -> web.Response:
    """What is found, or the largest categories if nothing is asked for."""
    text = request.query.get("q", "").replace("\0", "").strip()[:MAX_SEARCH_LENGTH]
    database = request.app[DATABASE]
    ids = await search(database, request[SESSION].viewer, text, MAX_FOUND)
    async with database.connection() as connection:
        films = await cards_of_found(connection, request[SESSION], ids) if ids else []
    rows = await request.app[FILM_ROWS].get(request[SESSION].viewer)
    categories = sorted((unescape_html(row.category) for row in rows if row.category), key=str.casefold)
    return page(request, "search.html", query=text, films=films, categories=categories)
