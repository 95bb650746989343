"""What a player asks for: playlists, segments, pictures. Published files never change."""

from datetime import datetime
from pathlib import Path

from aiohttp import web

from videoflix import playlist
from videoflix.db import jobs, videos
from videoflix.errors import NotFound
from videoflix.ladder import best
from videoflix.models import Film
from videoflix.web.conditions import decide, http_date
from videoflix.web.files import FileAnswer, Key, can_sendfile
from videoflix.web.keys import DATABASE, FILES, LIBRARY, SESSION, SETTINGS, STORAGE
from videoflix.web.videos import video_id

IMMUTABLE = "private, max-age=31536000, immutable"
ASK_AGAIN = "private, no-cache"
PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
ACCEL, PROTECTED = "X-Accel-Redirect", "/protected/films/"
PLACEHOLDER = Path(__file__).parent / "static" / "placeholder.svg"


async def master(request: web.Request) -> web.Response:
    film = await _film(request)
    text = playlist.master(film.renditions).encode()
    return _text(request, text, f'"{film.version}-master-{film.is_complete:d}"', film.published_at)


async def media(request: web.Request) -> web.Response:
    asked = _resolution(request)
    film = await _film(request)
    label = best(film.labels, asked)
    text = await request.app[LIBRARY].playlist(film, label)
    return _text(request, text, f'"{film.version}-{label}-{film.segments}{film.is_complete:d}"', film.published_at)


async def segment(request: web.Request) -> web.StreamResponse:
    """A segment of the version that the address names, or of the current one."""
    film, key = await find(request)
    if not is_published(film, key):
        await _want(request, film, key[-1])
        raise NotFound
    return await _sent(request, key, IMMUTABLE if request.query.get("v") else ASK_AGAIN)


async def find(request: web.Request) -> tuple[Film, Key]:
    """The film and the segment that an address means, published or not. Raises NotFound."""
    asked, name = _resolution(request), request.match_info["segment"]
    if not playlist.SEGMENT.fullmatch(name):
        raise NotFound
    number = int(name[:-3])
    film = await request.app[LIBRARY].film_with(video_id(request), number)
    if film is None:
        raise NotFound
    wanted = request.query.get("v")
    if wanted is None or wanted == str(film.version):
        version, label = film.version, best(film.labels, asked)
    else:
        version, label = _replaced(request, film, wanted, asked)
    return film, (film.video_id, version, label, number)


def is_published(film: Film, key: Key) -> bool:
    """Whether the playlist holds the segment by now; an older version is what it is."""
    _, version, _, number = key
    return version != film.version or number < film.segments


async def _sent(request: web.Request, key: Key, caching: str) -> web.StreamResponse:
    """A segment by sendfile if that is to be had, ours or that of the nginx in front. Raises NotFound."""
    files, storage = request.app[FILES], request.app[STORAGE]
    headers = {"Content-Type": "video/MP2T", "Cache-Control": caching}
    try:
        await files.get(key)
    except OSError:
        raise NotFound from None
    if request.app[SETTINGS].files_sent_by == "nginx":
        return web.Response(headers={**headers, ACCEL: PROTECTED + storage.within_films(storage.published(key))})
    if can_sendfile(request):
        return FileAnswer(files, key, headers)
    return web.FileResponse(storage.published(key), headers=headers)


async def _want(request: web.Request, film: Film, number: int) -> None:
    """Somebody waits for a segment that is not made yet: it is the next to be made."""
    if not film.is_complete:
        async with request.app[DATABASE].connection() as connection:
            await jobs.want(connection, film.video_id, film.version, number)


async def thumbnail(request: web.Request) -> web.FileResponse:
    film = await request.app[LIBRARY].film(video_id(request))
    if film is None:
        await _check_unpublished(request)
    if film is None or not film.has_thumbnail:
        return _file(PLACEHOLDER, "image/svg+xml", ASK_AGAIN)
    current = request.query.get("v") == str(film.version)
    path = request.app[STORAGE].thumbnail(film.video_id, film.version)
    return _file(path, "image/jpeg", IMMUTABLE if current else ASK_AGAIN)


async def _film(request: web.Request) -> Film:
    film = await request.app[LIBRARY].film(video_id(request))
    if film is None:
        raise NotFound
    return film


async def _check_unpublished(request: web.Request) -> None:
    """Only an admin may see that a video exists before it can be played. Raises NotFound."""
    if not request[SESSION].is_staff:
        raise NotFound
    async with request.app[DATABASE].connection() as connection:
        if not await videos.exists(connection, video_id(request)):
            raise NotFound


def _resolution(request: web.Request) -> int:
    try:
        return playlist.RESOLUTIONS[request.match_info["resolution"]]
    except KeyError:
        raise NotFound from None


def _replaced(request: web.Request, film: Film, wanted: str, asked: int) -> tuple[int, int]:
    """An older version, which stays for a while for those who began with it, and its rung."""
    if not wanted.isascii() or not wanted.isdigit() or len(wanted) > 9 or int(wanted) >= film.version:
        raise NotFound
    labels = request.app[STORAGE].labels(film.video_id, int(wanted))
    if not labels:
        raise NotFound
    return int(wanted), best(labels, asked)


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


def _file(path: Path, content_type: str, caching: str) -> web.FileResponse:
    return web.FileResponse(path, headers={"Content-Type": content_type, "Cache-Control": caching})
