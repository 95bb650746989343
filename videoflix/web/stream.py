"""What a player asks for: playlists, segments, pictures. Published files never change."""

from datetime import datetime
from hashlib import sha256
from pathlib import Path

from aiohttp import web

from videoflix import playlist
from videoflix.db import jobs, videos
from videoflix.errors import NotFound
from videoflix.ladder import best
from videoflix.models import Film
from videoflix.web.conditions import decide, http_date
from videoflix.web.keys import DATABASE, LIBRARY, SESSION, STORAGE
from videoflix.web.videos import video_id

IMMUTABLE = "private, max-age=31536000, immutable"
ASK_AGAIN = "private, no-cache"
PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
PLACEHOLDER = Path(__file__).parent / "static" / "placeholder.svg"


async def master(request: web.Request) -> web.Response:
    film = await current_film(request)
    # What can be chosen is complete: players do not mix it with a film that grows.
    choices = (film.sounds, film.captions) if film.is_complete else ()
    text = playlist.master(film.renditions, *choices).encode()
    changes = [track.changed_at for tracks in choices for track in tracks if track.changed_at]
    return text_answer(request, text, checksum(text), max([film.published_at, *changes]))


async def media(request: web.Request) -> web.Response:
    asked = _resolution(request)
    film = await current_film(request)
    label = best(tuple(one.label for one in film.renditions), asked)
    text = await request.app[LIBRARY].playlist(film, label)
    etag = f'"{film.version}-{label}-{film.segments}{film.is_complete:d}"'
    return text_answer(request, text, etag, film.published_at)


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
    return file_answer(path, "video/MP2T", IMMUTABLE if wanted else ASK_AGAIN)


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
        return file_answer(PLACEHOLDER, "image/svg+xml", ASK_AGAIN)
    current = request.query.get("v") == str(film.version)
    path = request.app[STORAGE].thumbnail(film.video_id, film.version)
    return file_answer(path, "image/jpeg", IMMUTABLE if current else ASK_AGAIN)


async def current_film(request: web.Request) -> Film:
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


def _replaced(request: web.Request, film: Film, wanted: str, asked: int) -> Path:
    """The folder of an older version, which stays for a while for those who began with it."""
    if not wanted.isascii() or not wanted.isdigit() or len(wanted) > 9 or int(wanted) >= film.version:
        raise NotFound
    storage = request.app[STORAGE]
    labels = storage.labels(film.video_id, int(wanted))
    if not labels:
        raise NotFound
    return storage.rung(film.video_id, int(wanted), best(labels, asked))


def checksum(body: bytes) -> str:
    """An ETag for what may change in more than one way."""
    return f'"{sha256(body).hexdigest()[:24]}"'


def text_answer(
    request: web.Request, body: bytes, etag: str, modified: datetime, content_type: str = PLAYLIST_TYPE
) -> web.Response:
    """A text from memory, whole or in part."""
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
    return web.Response(status=decision.status, body=part, headers={**headers, "Content-Type": content_type})


def file_answer(path: Path, content_type: str, caching: str) -> web.FileResponse:
    return web.FileResponse(path, headers={"Content-Type": content_type, "Cache-Control": caching})
