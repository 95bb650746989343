"""Handlers for administrators: who has watched a film, what an account has watched, and how far a group is."""

from aiohttp import web

from videoflix.accounts.queries import groups, users
from videoflix.errors import InvalidFields, NotFound, StatisticsOff
from videoflix.http import paging
from videoflix.http.access import admin
from videoflix.http.operations import Media, operation, text
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE, SETTINGS
from videoflix.ids import parse_id
from videoflix.library.queries import admin_videos
from videoflix.watching import statistics
from videoflix.watching.statistics import Column, Member, Watched


class VideoStatistics(paging.PageOf[Watched], frozen=True):
    """Who has watched the film with this title."""

    title: str


class UserStatistics(paging.PageOf[Watched], frozen=True):
    """What the account with this address has watched."""

    email: str


class GroupStatistics(paging.PageOf[Member], frozen=True):
    """The members of a group, and the films that `seen` of each is about, in their order."""

    columns: list[Column]


# Which films the table of a group is about.
COLUMNS = (
    text("series", "The id of the series whose episodes are the columns.", "1", pattern="^([1-9][0-9]{0,17})?$"),
    paging.search_parameter("The category whose films are the columns.", "category", "Family"),
)


@operation(
    "Show who has watched a film",
    VideoStatistics,
    errors=(InvalidFields, StatisticsOff),
    parameters=paging.PARAMETERS,
)
@admin
async def of_video(request: web.Request) -> web.Response:
    _check(request)
    page = paging.page(request)
    async with request.app[DATABASE].connection() as connection:
        video = await admin_videos.entry(connection, path_id(request))
        found, total = await statistics.of_video(connection, path_id(request), page.size, page.skip)
    if video is None:
        raise NotFound
    return paging.answer(found, total, page, title=video.title)


@operation(
    "Export who has watched a film",
    Media("text/csv", "email,name,seen\n"),
    headers=("Content-Disposition",),
    errors=(StatisticsOff,),
)
@admin
async def of_video_as_csv(request: web.Request) -> web.Response:
    _check(request)
    async with request.app[DATABASE].connection() as connection:
        found, _ = await statistics.of_video(connection, path_id(request), statistics.ALL)
    head = ("email", "name", "seen", "played_at", "watched_at")
    rows = ((one.email, one.name, statistics.percent(one.seen), one.played_at, one.watched_at) for one in found)
    return _csv(f"video-{path_id(request)}", statistics.csv_text(head, rows))


@operation(
    "Show what an account has watched",
    UserStatistics,
    errors=(InvalidFields, StatisticsOff),
    parameters=paging.PARAMETERS,
)
@admin
async def of_user(request: web.Request) -> web.Response:
    _check(request)
    page = paging.page(request)
    async with request.app[DATABASE].connection() as connection:
        account = await users.account(connection, path_id(request))
        found, total = await statistics.of_user(connection, path_id(request), page.size, page.skip)
    if account is None:
        raise NotFound
    return paging.answer(found, total, page, email=account.email)


@operation(
    "Export what an account has watched",
    Media("text/csv", "email,name,seen\n"),
    headers=("Content-Disposition",),
    errors=(StatisticsOff,),
)
@admin
async def of_user_as_csv(request: web.Request) -> web.Response:
    _check(request)
    async with request.app[DATABASE].connection() as connection:
        found, _ = await statistics.of_user(connection, path_id(request), statistics.ALL)
    head = ("id", "title", "name", "seen", "played_at", "watched_at")
    rows = (
        (one.video_id, one.title, one.name, statistics.percent(one.seen), one.played_at, one.watched_at)
        for one in found
    )
    return _csv(f"account-{path_id(request)}", statistics.csv_text(head, rows))


@operation(
    "Show how far the members of a group are",
    GroupStatistics,
    errors=(InvalidFields, StatisticsOff),
    parameters=(*paging.PARAMETERS, *COLUMNS),
)
@admin
async def of_group(request: web.Request) -> web.Response:
    """The members of a group, and how far they have seen the episodes of a `series` or the films of a `category`."""
    page = paging.page(request)
    columns, found, total = await _table(request, page.size, page.skip)
    return paging.answer(found, total, page, columns=columns)


@operation(
    "Export how far the members of a group are",
    Media("text/csv", "email,name\n"),
    headers=("Content-Disposition",),
    errors=(InvalidFields, StatisticsOff),
    parameters=COLUMNS,
)
@admin
async def of_group_as_csv(request: web.Request) -> web.Response:
    columns, found, _ = await _table(request, statistics.ALL, 0)
    head = ("email", "name", *(_heading(column) for column in columns))
    rows = ((one.email, one.name, *map(statistics.percent, one.seen)) for one in found)
    return _csv(f"group-{path_id(request)}", statistics.csv_text(head, rows))


async def _table(request: web.Request, count: int, skip: int) -> tuple[list[Column], list[Member], int]:
    """Raises StatisticsOff, NotFound or InvalidFields."""
    _check(request)
    series_id, category = parse_id(request.query.get("series", "")), paging.searched(request, "category")
    if (series_id is None) == (category is None):
        raise InvalidFields({"series": "Please give the id of a series, or a category."})
    async with request.app[DATABASE].connection() as connection:
        if await groups.find(connection, path_id(request)) is None:
            raise NotFound
        if series_id is not None:
            columns = await statistics.columns_of_series(connection, series_id)
        else:
            columns = await statistics.columns_of_category(connection, category or "")
        found, total = await statistics.of_members(connection, path_id(request), columns, count, skip)
    return columns, found, total


def _heading(column: Column) -> str:
    if column.season is None:
        return column.title
    return f"S{column.season:02d}E{column.number:02d} {column.title}" if column.number is not None else column.title


def _check(request: web.Request) -> None:
    """Raises StatisticsOff."""
    if not request.app[SETTINGS].watch_statistics:
        raise StatisticsOff


def _csv(name: str, content: bytes) -> web.Response:
    disposition = f'attachment; filename="watched-{name}.csv"'
    return web.Response(
        body=content, headers={"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": disposition}
    )
