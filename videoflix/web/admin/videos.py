"""All videos, whatever their state: the table that administrators work in, and what can be done to one of them."""

import re
from datetime import date, datetime, time, timedelta

from aiohttp import web
from msgspec import structs

from videoflix.db import captions, catalog
from videoflix.errors import InvalidFields, NotFound
from videoflix.metadata import MOST_CATEGORY, neutral
from videoflix.models import EncodeState
from videoflix.web import payload
from videoflix.web.access import admin
from videoflix.web.admin import deeds, paging
from videoflix.web.forwarded import base_url
from videoflix.web.keys import DATABASE, SETTINGS
from videoflix.web.videos import video_id

SORTS = tuple(direction + name for name in catalog.SORTS for direction in ("", "-"))
USUAL_SORT = "-created_at"
DAY = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)


@admin
async def listing(request: web.Request) -> web.Response:
    page, search = paging.page(request), _search(request)
    async with request.app[DATABASE].connection() as connection:
        ids, total = await catalog.page(connection, search, page.size, page.skip)
        entries = await catalog.entries(connection, ids, base_url(request))
        categories = await catalog.categories(connection)
    return paging.answer(entries, total, page, categories=categories)


@admin
async def detail(request: web.Request) -> web.Response:
    return await _told(request, video_id(request))


@admin
async def edit(request: web.Request) -> web.Response:
    video = video_id(request)
    await deeds.edit(request, video, await payload.read(request, deeds.Edit))
    return await _told(request, video)


@admin
async def remove(request: web.Request) -> web.Response:
    await deeds.remove(request, video_id(request))
    return web.Response(status=204)


@admin
async def retry(request: web.Request) -> web.Response:
    await deeds.retry(request, video_id(request))
    await deeds.tell(request)
    return payload.answer({"detail": "What has failed is tried again."})


@admin
async def encode(request: web.Request) -> web.Response:
    await deeds.encode(request, video_id(request))
    await deeds.tell(request)
    return payload.answer({"detail": "The film is made anew."}, status=202)


async def _told(request: web.Request, video: int) -> web.Response:
    async with request.app[DATABASE].connection() as connection:
        entry = await catalog.entry(connection, video, base_url(request))
        tracks = await captions.of_video(connection, video)
    if entry is None:
        raise NotFound
    texts = [{"id": one.number, "language": one.language, "kind": one.kind, "name": one.name} for one in tracks]
    return payload.answer({**structs.asdict(entry), "captions": texts})


def _search(request: web.Request) -> catalog.Search:
    """What the query asks for. Raises InvalidFields."""
    text, category = paging.searched(request), paging.searched(request, "category")
    status = paging.choice(request, "status", list(EncodeState))
    sort = paging.choice(request, "sort", SORTS) or USUAL_SORT
    return catalog.Search(
        text=neutral(text, paging.MOST_TEXT) if text else None,
        category=neutral(category, MOST_CATEGORY) if category else None,
        status=EncodeState(status) if status else None,
        since=_midnight(request, "from"),
        before=_midnight(request, "to", timedelta(days=1)),
        sort=sort.removeprefix("-"),
        backwards=sort.startswith("-"),
    )


def _midnight(request: web.Request, name: str, later: timedelta = timedelta()) -> datetime | None:
    """When a day of the query begins where the server stands, or so much later. Raises InvalidFields."""
    text = request.query.get(name, "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise InvalidFields({name: "Please give a day like 2026-01-31."})
    return datetime.combine(day + later, time(), request.app[SETTINGS].time_zone)
