"""The videos in the admin pages, whatever their state, and what can be done to one of them."""

import re
from datetime import date, datetime, time, timedelta

from aiohttp import web
from msgspec import Struct, structs

from videoflix.accounts.resources import SESSION
from videoflix.errors import (
    CannotRetry,
    EncodeInProgress,
    InvalidFields,
    NotFound,
    OriginalRemoved,
    StorageUnavailable,
)
from videoflix.http import bodies, paging
from videoflix.http.access import admin
from videoflix.http.forwarded import base_url
from videoflix.http.operations import Detail, choice, operation, text
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE, QUEUES, SETTINGS
from videoflix.ids import parse_id
from videoflix.library import actions, editing
from videoflix.library.editing import VideoFields
from videoflix.library.metadata import MAX_LENGTHS, escape_html
from videoflix.library.models import CaptionKind, EncodeState
from videoflix.library.queries import admin_videos as admin_videos
from videoflix.library.queries import captions
from videoflix.library.queries.admin_videos import VideoEntry
from videoflix.library.resources import LIBRARY_CONTEXT
from videoflix.library.search import search_all
from videoflix.queue.due import try_enqueue_due

SORTS = tuple(direction + name for name in admin_videos.SORTS for direction in ("", "-"))
USUAL_SORT = "-created_at"
DAY = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)


class AdminCaptions(Struct, frozen=True):
    id: int
    language: str | None
    kind: CaptionKind
    name: str


class AdminVideo(VideoEntry, frozen=True, kw_only=True):
    """A video with its captions."""

    captions: list[AdminCaptions]


class AdminVideoPage(paging.PageOf[VideoEntry], frozen=True):
    """Videos, and the categories of all."""

    categories: list[str]


# Days as `_midnight` takes them.
DAY_OR_NONE = f"^({DAY.pattern})?$"


@operation(
    "List all videos",
    AdminVideoPage,
    errors=(InvalidFields,),
    parameters=(
        *paging.PARAMETERS,
        paging.search_parameter("Only videos whose titles or descriptions contain this."),
        paging.search_parameter("Only videos of this category.", "category", "Family"),
        choice("status", tuple(EncodeState), "Only videos whose newest encode is in this state."),
        text("from", "Only videos since this day.", "2026-01-31", pattern=DAY_OR_NONE),
        text("to", "Only videos up to this day.", "2026-12-31", pattern=DAY_OR_NONE),
        choice(
            "audience",
            admin_videos.AUDIENCES,
            "Only videos that are for everyone, for groups, from an age on, drafts or scheduled.",
        ),
        text("group", "Only videos that the members of this group may see.", "1", pattern="^([1-9][0-9]{0,17})?$"),
        choice("sort", SORTS, "The order, with `-` backwards."),
    ),
)
@admin
async def listing(request: web.Request) -> web.Response:
    page, search, text = paging.page(request), _search(request), paging.searched(request)
    if text:
        search = structs.replace(search, found=tuple(await search_all(request.app[DATABASE], text)))
    async with request.app[DATABASE].connection() as connection:
        ids, total = await admin_videos.page(connection, search, page.size, page.skip)
        entries = await admin_videos.entries(connection, ids, base_url(request))
        categories = await admin_videos.categories(connection)
    return paging.answer(entries, total, page, categories=categories)


@operation("Show a video to administrators", AdminVideo)
@admin
async def detail(request: web.Request) -> web.Response:
    return await _told(request, path_id(request))


@operation("Change a video", AdminVideo, body=VideoFields, errors=(InvalidFields,))
@admin
async def edit(request: web.Request) -> web.Response:
    video = path_id(request)
    given = await bodies.read(request, VideoFields)
    await editing.edit_video(request.app[DATABASE], request[SESSION].user_id, video, given)
    return await _told(request, video)


@operation("Delete a video", errors=(StorageUnavailable,))
@admin
async def remove(request: web.Request) -> web.Response:
    await actions.remove(request.app[LIBRARY_CONTEXT], request[SESSION].user_id, path_id(request))
    return web.Response(status=204)


@operation("Retry what has failed", Detail, errors=(CannotRetry, OriginalRemoved))
@admin
async def retry(request: web.Request) -> web.Response:
    await actions.retry(request.app[LIBRARY_CONTEXT], request[SESSION].user_id, path_id(request))
    await try_enqueue_due(request.app[DATABASE], request.app[QUEUES])
    return bodies.answer(Detail("The failed parts are being encoded again."))


@operation("Encode a video again", Detail, status=202, errors=(EncodeInProgress, OriginalRemoved))
@admin
async def encode(request: web.Request) -> web.Response:
    await actions.encode(request.app[LIBRARY_CONTEXT], request[SESSION].user_id, path_id(request))
    await try_enqueue_due(request.app[DATABASE], request.app[QUEUES])
    return bodies.answer(Detail("The film is being encoded again."), status=202)


async def _told(request: web.Request, video: int) -> web.Response:
    async with request.app[DATABASE].connection() as connection:
        entry = await admin_videos.entry(connection, video, base_url(request))
        tracks = await captions.of_video(connection, video)
    if entry is None:
        raise NotFound
    texts = [AdminCaptions(one.number, one.language, one.kind, one.name) for one in tracks]
    return bodies.answer(AdminVideo(**structs.asdict(entry), captions=texts))


def _search(request: web.Request) -> admin_videos.Search:
    """The filters and the order that the query asks for. Raises InvalidFields."""
    text, category = paging.searched(request), paging.searched(request, "category")
    status = paging.choice(request, "status", list(EncodeState))
    sort = paging.choice(request, "sort", SORTS) or USUAL_SORT
    return admin_videos.Search(
        text=escape_html(text, paging.MAX_SEARCH_LENGTH) if text else None,
        category=escape_html(category, MAX_LENGTHS["category"]) if category else None,
        status=EncodeState(status) if status else None,
        since=_midnight(request, "from"),
        before=_midnight(request, "to", timedelta(days=1)),
        audience=paging.choice(request, "audience", admin_videos.AUDIENCES),
        group_id=_group(request),
        sort=sort.removeprefix("-"),
        backwards=sort.startswith("-"),
    )


def _group(request: web.Request) -> int | None:
    """Raises InvalidFields."""
    text = request.query.get("group", "")
    if text and parse_id(text) is None:
        raise InvalidFields({"group": "Please give the id of a group."})
    return parse_id(text)


def _midnight(request: web.Request, name: str, later: timedelta = timedelta()) -> datetime | None:
    """The beginning of a day of the query in the server's time zone, plus `days`. Raises InvalidFields."""
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
