"""The handler of the search."""

from aiohttp import web

from videoflix.accounts.resources import SESSION
from videoflix.http import bodies, paging
from videoflix.http.forwarded import base_url
from videoflix.http.resources import DATABASE
from videoflix.library.search import search
from videoflix.watching.cards import cards_for

MAX_FOUND = 50


async def found(request: web.Request) -> web.Response:
    """The films that match `q`, best first; none without `q`."""
    text, database = paging.searched(request) or "", request.app[DATABASE]
    ids = await search(database, text, MAX_FOUND)
    async with database.connection() as connection:
        cards = await cards_for(connection, request[SESSION].user_id, ids, base_url(request)) if ids else []
    return bodies.answer({"items": cards, "total": len(cards)})
