"""Handlers for the lists of a viewer: films to continue, history, and the own list."""

from aiohttp import web

from videoflix.accounts.resources import SESSION
from videoflix.db import clock
from videoflix.errors import InvalidFields, NotFound
from videoflix.http import paging
from videoflix.http.forwarded import base_url
from videoflix.http.operations import operation
from videoflix.http.resources import DATABASE
from videoflix.watching import queries
from videoflix.watching.cards import viewer_cards
from videoflix.watching.handlers.progress import playable_duration, watched_key
from videoflix.watching.models import ViewerCard
from videoflix.watching.resources import RECORDER


@operation(
    "List the films to continue", paging.PageOf[ViewerCard], errors=(InvalidFields,), parameters=paging.PARAMETERS
)
async def continuing(request: web.Request) -> web.Response:
    page, session = paging.page(request), request[SESSION]
    await request.app[RECORDER].flush(session.profile_id)
    async with request.app[DATABASE].connection() as connection:
        found, total = await queries.continuing(connection, session, clock.now(), page.size, page.skip)
        cards = await viewer_cards(connection, session, found, base_url(request))
    return paging.answer(cards, total, page)


@operation(
    "List the films that were played",
    paging.PageOf[ViewerCard],
    errors=(InvalidFields,),
    parameters=paging.PARAMETERS,
)
async def history(request: web.Request) -> web.Response:
    page, session = paging.page(request), request[SESSION]
    await request.app[RECORDER].flush(session.profile_id)
    async with request.app[DATABASE].connection() as connection:
        found, total = await queries.history(connection, session, page.size, page.skip)
        cards = await viewer_cards(connection, session, found, base_url(request))
    return paging.answer(cards, total, page)


@operation("Show the own list", paging.PageOf[ViewerCard], errors=(InvalidFields,), parameters=paging.PARAMETERS)
async def my_list(request: web.Request) -> web.Response:
    page, session = paging.page(request), request[SESSION]
    async with request.app[DATABASE].connection() as connection:
        found, total = await queries.my_list(connection, session, page.size, page.skip)
        cards = await viewer_cards(connection, session, found, base_url(request))
    return paging.answer(cards, total, page)


@operation("Remove a film from those to continue")
async def hide(request: web.Request) -> web.Response:
    """Remove a film from those to continue, until it is played again. Its position is kept."""
    key = watched_key(request)
    await request.app[RECORDER].flush(key[0])
    async with request.app[DATABASE].connection() as connection:
        if not await queries.hide(connection, key):
            raise NotFound
    return web.Response(status=204)


@operation("Delete the history")
async def forget_all(request: web.Request) -> web.Response:
    profile_id = request[SESSION].profile_id
    async with request.app[RECORDER].without(profile_id), request.app[DATABASE].connection() as connection:
        await queries.forget(connection, clock.now(), profile_id)
    return web.Response(status=204)


@operation("Add a film to the own list")
async def add(request: web.Request) -> web.Response:
    await playable_duration(request)
    async with request.app[DATABASE].connection() as connection:
        await queries.add_to_list(connection, watched_key(request))
    return web.Response(status=204)


@operation("Remove a film from the own list")
async def remove(request: web.Request) -> web.Response:
    """Remove a film from the list; it need not be on it."""
    async with request.app[DATABASE].connection() as connection:
        await queries.remove_from_list(connection, watched_key(request))
    return web.Response(status=204)
