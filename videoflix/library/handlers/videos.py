"""The list of videos, and everything about one."""

from datetime import datetime

from aiohttp import web
from msgspec import Struct

from videoflix.accounts.resources import SESSION
from videoflix.errors import NotFound
from videoflix.http.access import guest
from videoflix.http.conditions import matches
from videoflix.http.forwarded import base_url
from videoflix.http.operations import operation
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE
from videoflix.http.responses import accepts_gzip
from videoflix.library.models import CaptionKind, EncodeState
from videoflix.library.queries import videos
from videoflix.library.resources import VIDEO_LIST


class ListedVideo(Struct, frozen=True):
    """A video in the list, newest first. Texts are HTML-escaped."""

    id: int
    created_at: datetime
    title: str
    description: str
    thumbnail_url: str
    category: str


class VideoSeries(Struct, frozen=True):
    """The series of an episode; season 0 is for specials."""

    id: int
    title: str
    season: int | None
    number: int | None


class Rung(Struct, frozen=True):
    """A rendition: bits per second at most and on average, and the size in bytes."""

    resolution: str
    width: int
    height: int
    bandwidth: int
    average_bandwidth: int
    codecs: str
    bytes: int
    url: str


class VideoCaptions(Struct, frozen=True):
    language: str | None
    kind: CaptionKind
    name: str
    url: str


class VideoDetail(Struct, frozen=True):
    """Everything about a video. Texts are HTML-escaped; `duration` is in seconds, `progress` from 0 to 1.

    `status`, `error`, `progress` and `notes` are those of the newest encode.
    """

    id: int
    created_at: datetime
    title: str
    description: str
    thumbnail_url: str
    thumbnail_width: int
    thumbnail_colour: str | None
    category: str
    series: VideoSeries | None
    status: EncodeState
    error: str | None
    progress: float
    notes: list[str]
    duration: float | None
    original_bytes: int | None
    master_url: str | None
    rungs: list[Rung]
    captions: list[VideoCaptions]
    storyboard_url: str | None


@operation("List the videos that can be played", list[ListedVideo], is_conditional=True)
async def listing(request: web.Request) -> web.Response:
    films = await request.app[VIDEO_LIST].get(base_url(request), request[SESSION].viewer)
    headers = {"ETag": films.etag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if matches(request.headers.get("If-None-Match"), films.etag):
        return web.Response(status=304, headers=headers)
    body = films.text
    if films.compressed and accepts_gzip(request):
        headers["Content-Encoding"] = "gzip"
        body = films.compressed
    headers["Content-Type"] = "application/json; charset=utf-8"
    return web.Response(body=body, headers=headers)


@operation("Show everything about a video", VideoDetail)
@guest
async def detail(request: web.Request) -> web.Response:
    async with request.app[DATABASE].connection() as connection:
        text = await videos.detail(connection, path_id(request), base_url(request), request[SESSION].viewer)
    if text is None:
        raise NotFound
    return web.json_response(text=text)
