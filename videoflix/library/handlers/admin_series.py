"""Series in the admin pages: their texts, and which videos are their episodes, in which order."""

from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct, structs

from videoflix.accounts.resources import SESSION
from videoflix.errors import InvalidFields, NotFound, StorageUnavailable
from videoflix.http import bodies, paging
from videoflix.http.access import admin
from videoflix.http.forwarded import base_url
from videoflix.http.operations import choice, operation
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE
from videoflix.ids import Id
from videoflix.library import series_editing
from videoflix.library.handlers.bulk import MAX
from videoflix.library.metadata import escape_html, unescape_html
from videoflix.library.models import EncodeState
from videoflix.library.queries import admin_videos, audience, series
from videoflix.library.resources import LIBRARY_CONTEXT
from videoflix.library.series_editing import EpisodeFields, Number, SeriesFields

SORTS = tuple(direction + name for name in series.SORTS for direction in ("", "-"))
# Of a video, what the list of episodes shows.
SHOWN = ("id", "title", "thumbnail_url", "status", "is_playable", "duration")


class NewEpisodes(Struct, frozen=True):
    """Videos that become episodes, in a season, or in the one that the title of each names."""

    ids: Annotated[list[Id], Meta(min_length=1, max_length=MAX)]
    season: Number | None = None


class Order(Struct, frozen=True):
    """How a season begins."""

    season: Number
    ids: Annotated[list[Id], Meta(max_length=10_000)]


# What becomes of them when their series is deleted.
EPISODES = ("keep", "delete")


class AdminEpisode(Struct, frozen=True, kw_only=True):
    """An episode; `duration` is in seconds."""

    id: int
    title: str
    thumbnail_url: str
    status: EncodeState
    is_playable: bool
    duration: float | None
    number: int | None


class AdminSeason(Struct, frozen=True, kw_only=True):
    """The episodes of a season in order; season 0 is for specials."""

    season: int | None
    episodes: list[AdminEpisode]


class AdminSeries(Struct, frozen=True, kw_only=True):
    """A series with its seasons. Texts are plain; the middle four fields say who may see it."""

    id: int
    title: str
    description: str
    picture_video_id: int | None
    group_ids: tuple[int, ...] | None
    min_age: int
    is_draft: bool
    visible_from: datetime | None
    seasons: list[AdminSeason]


@operation(
    "List all series",
    paging.PageOf[series.SeriesEntry],
    errors=(InvalidFields,),
    parameters=(
        *paging.PARAMETERS,
        paging.search_parameter("Only series whose titles contain this."),
        choice("sort", SORTS, "The order, with `-` backwards."),
    ),
)
@admin
async def listing(request: web.Request) -> web.Response:
    page, text = paging.page(request), paging.searched(request)
    sort = paging.choice(request, "sort", SORTS) or "title"
    async with request.app[DATABASE].connection() as connection:
        entries, total = await series.page(
            connection,
            escape_html(text, paging.MAX_SEARCH_LENGTH) if text else None,
            sort.removeprefix("-"),
            page.size,
            page.skip,
            base_url(request),
            backwards=sort.startswith("-"),
        )
    return paging.answer(entries, total, page)


@operation("Create a series", AdminSeries, status=201, body=SeriesFields, errors=(InvalidFields,))
@admin
async def create(request: web.Request) -> web.Response:
    given = await bodies.read(request, SeriesFields)
    series_id = await series_editing.create(request.app[DATABASE], request[SESSION].user_id, given)
    return await _told(request, series_id, status=201)


@operation("Show a series to administrators", AdminSeries)
@admin
async def show(request: web.Request) -> web.Response:
    return await _told(request, path_id(request))


@operation("Change a series", AdminSeries, body=SeriesFields, errors=(InvalidFields,))
@admin
async def edit(request: web.Request) -> web.Response:
    given = await bodies.read(request, SeriesFields)
    await series_editing.edit(request.app[DATABASE], request[SESSION].user_id, path_id(request), given)
    return await _told(request, path_id(request))


@operation(
    "Delete a series",
    errors=(InvalidFields, StorageUnavailable),
    parameters=(choice("episodes", EPISODES, "Whether the episodes are kept or deleted."),),
)
@admin
async def remove(request: web.Request) -> web.Response:
    """`episodes` of the query says what becomes of them: `keep`, which is usual, or `delete`."""
    with_episodes = paging.choice(request, "episodes", EPISODES) == "delete"
    context, user_id = request.app[LIBRARY_CONTEXT], request[SESSION].user_id
    await series_editing.remove(context, user_id, path_id(request), with_episodes=with_episodes)
    return web.Response(status=204)


@operation("Add episodes to a series", AdminSeries, body=NewEpisodes, errors=(InvalidFields,))
@admin
async def add(request: web.Request) -> web.Response:
    new, user_id = await bodies.read(request, NewEpisodes), request[SESSION].user_id
    await series_editing.add(request.app[DATABASE], user_id, path_id(request), new.ids, new.season)
    return await _told(request, path_id(request))


@operation("Change the season or number of an episode", AdminSeries, body=EpisodeFields, errors=(InvalidFields,))
@admin
async def change(request: web.Request) -> web.Response:
    given, user_id = await bodies.read(request, EpisodeFields), request[SESSION].user_id
    await series_editing.change(request.app[DATABASE], user_id, path_id(request), path_id(request, "video"), given)
    return await _told(request, path_id(request))


@operation("Take an episode out of its series", AdminSeries)
@admin
async def take_out(request: web.Request) -> web.Response:
    user_id = request[SESSION].user_id
    await series_editing.take_out(request.app[DATABASE], user_id, path_id(request), path_id(request, "video"))
    return await _told(request, path_id(request))


@operation("Put the episodes of a season in order", AdminSeries, body=Order, errors=(InvalidFields,))
@admin
async def arrange(request: web.Request) -> web.Response:
    order, user_id = await bodies.read(request, Order), request[SESSION].user_id
    await series_editing.arrange(request.app[DATABASE], user_id, path_id(request), order.season, order.ids)
    return await _told(request, path_id(request))


async def _told(request: web.Request, series_id: int, *, status: int = 200) -> web.Response:
    """A series with its seasons and their episodes in order. Raises NotFound."""
    async with request.app[DATABASE].connection() as connection:
        text = await series.text(connection, series_id)
        seen = (await audience.series(connection, [series_id])).get(series_id)
        ordered = await series.episodes(connection, series_id)
        entries = await admin_videos.entries(connection, [one.id for one in ordered], base_url(request))
    if text is None or seen is None:
        raise NotFound
    shown = {one.id: {name: getattr(one, name) for name in SHOWN} for one in entries}
    seasons = [
        AdminSeason(
            season=season,
            episodes=[AdminEpisode(**shown[one.id], number=one.number) for one in episodes if one.id in shown],
        )
        for season, episodes in groupby(ordered, key=attrgetter("season"))
    ]
    texts = {"title": unescape_html(text.title), "description": unescape_html(text.description)}
    told = AdminSeries(
        **{"id": series_id, **structs.asdict(text), **texts, **structs.asdict(seen.audience)}, seasons=seasons
    )
    return bodies.answer(told, status=status)
