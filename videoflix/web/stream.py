"""What a player asks for: playlists and segments. Published files never change."""

from datetime import datetime
from pathlib import Path

from aiohttp import web

from videoflix import playlist
from videoflix.db import jobs
from videoflix.errors import NotFound
from videoflix.ladder import best
from videoflix.models import Film
from videoflix.web.answers import ASK_AGAIN, IMMUTABLE, file
from videoflix.web.conditions import decide, http_date
from videoflix.web.keys import DATABASE, LIBRARY, STORAGE
from videoflix.web.videos import video_id

PLAYLIST_TYPE = "application/vnd.apple.mpegurl"


async def master(request: web.Request) -> web.Response:
    film = await _film(request)
    text = playlist.master(film.renditions).encode()
    return _text(request, text, f'"{film.version}-master-{film.is_complete:d}"', film.published_at)


async def media(request: web.Request) -> web.Response:
    asked = _resolution(request)
    film = await _film(request)
    label = best(tuple(one.label for one in film.renditions), asked)
    text = await request.app[LIBRARY].playlist(film, label)
    return _text(request, text, f'"{film.version}-{label}-{film.segments}{film.is_complete:d}"', film.published_at)


async def segment(request: web.Request) -> web.FileResponse:
    """A segment of the version that the address names, or of the current one."""
    asked, name = _resolution(request), request.match_info["segment"]
    if not playlist.SEGMENT.fullmatch(name):
        raise NotFound
    number = int(name[:-3])
    film = await request.app[LIBRARY].film_with(video_id(request), number)
    if film is None:
        raise NotFound
    wanted = request.query.get("v")
    if wanted is None or wanted == str(film.version):
        if number >= film.segments:
            await _want(request, film, number)
            raise NotFound
        label = best(tuple(one.label for one in film.renditions), asked)
        path = request.app[STORAGE].rung(film.video_id, film.version, label) / name
    else:
        path = _replaced(request, film, wanted, asked) / name
    if not path.is_file():
        raise NotFound
    return file(path, "video/MP2T", IMMUTABLE if wanted else ASK_AGAIN)


async def _want(request: web.Request, film: Film, number: int) -> None:
    """Somebody waits for a segment that is not made yet: it is the next to be made."""
    if not film.is_complete:
        async with request.app[DATABASE].connection() as connection:
            await jobs.want(connection, film.video_id, film.version, number)


async def _film(request: web.Request) -> Film:
    film = await request.app[LIBRARY].film(video_id(request))
    if film is None:
        raise NotFound
    return film


def _resolution(request: web.Request) -> int:
    try:
        return playlist.RESOLUTIONS[request.match_info["resolution"]]
    except KeyError:
        raise NotFound from None


def _replaced(request: web.Request, film: Film, wanted: str, asked: int) -> Path:
    """The folder of an older version, which stays for a while for those who began with it."""
    if not wanted.isascii() or not wanted.isdigit() or len(wanted) > 9 or int(wanted) >= film.version:
        raise NotFound
    storage = request.app[STORAGE]
    labels = storage.labels(film.video_id, int(wanted))
    if not labels:
        raise NotFound
    return storage.rung(film.video_id, int(wanted), best(labels, asked))


def _text(request: web.Request, body: bytes, etag: str, modified: datetime) -> web.Response:
    """A playlist from memory, whole or in part."""
    decision = decide(request.headers, len(body), etag, modified)
    headers = {
        "ETag": etag,
        "Last-Modified": http_date(modified),
        "Accept-Ranges": "bytes",
        "Cache-Control": ASK_AGAIN,
    }
    if decision.status == 304:
        return web.Response(status=304, headers=headers)
    if decision.status == 206:
        end = decision.start + decision.count - 1
        headers["Content-Range"] = f"bytes {decision.start}-{end}/{len(body)}"
    if decision.status == 416:
        headers["Content-Range"] = f"bytes */{len(body)}"
    part = body[decision.start : decision.start + decision.count]
    return web.Response(status=decision.status, body=part, headers=headers, content_type=PLAYLIST_TYPE)
