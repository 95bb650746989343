"""What a player asks for: playlists and segments. Published files never change."""

from aiohttp import web

from videoflix.encoding.ladder import best
from videoflix.errors import NotFound
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE, SETTINGS, STORAGE
from videoflix.http.responses import IMMUTABLE, REVALIDATE, CachedText, checksum, text
from videoflix.queue import queries as jobs
from videoflix.storage import names
from videoflix.streaming import playlist
from videoflix.streaming.files import FileAnswer, Key, can_sendfile
from videoflix.streaming.models import Film
from videoflix.streaming.resources import FILES, FILM_CACHE

ACCEL, PROTECTED = "X-Accel-Redirect", "/protected/films/"


async def master(request: web.Request) -> web.Response:
    film = await current_film(request)
    # What can be chosen is complete: players do not mix it with a film that grows.
    choices = (film.sounds, film.captions) if film.is_complete else ()
    body = playlist.master(film.renditions, *choices).encode()
    changes = [track.changed_at for tracks in choices for track in tracks if track.changed_at]
    return text(request, CachedText(body, checksum(body), max([film.published_at, *changes])))


async def media(request: web.Request) -> web.Response:
    asked = _resolution(request)
    film = await current_film(request)
    return text(request, await request.app[FILM_CACHE].playlist(film, best(film.labels, asked)))


async def segment(request: web.Request) -> web.StreamResponse:
    """A segment of the version that the address names, or of the current one."""
    film, key = await find(request)
    if not is_published(film, key):
        await _want(request, film, key[-1])
        raise NotFound
    return await _sent(request, key, IMMUTABLE if request.query.get("v") else REVALIDATE)


async def find(request: web.Request) -> tuple[Film, Key]:
    """The film and the segment that an address means, published or not. Raises NotFound."""
    asked, name = _resolution(request), request.match_info["segment"]
    if not names.SEGMENT.fullmatch(name):
        raise NotFound
    number = int(name[:-3])
    film = await request.app[FILM_CACHE].film_with(path_id(request), number)
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


async def current_film(request: web.Request) -> Film:
    film = await request.app[FILM_CACHE].film(path_id(request))
    if film is None:
        raise NotFound
    return film


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
