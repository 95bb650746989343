"""What a player asks for: playlists and segments. Published files never change."""

from pathlib import Path

from aiohttp import web

from videoflix import playlist
from videoflix.db import jobs
from videoflix.errors import NotFound
from videoflix.ladder import best
from videoflix.models import Film
from videoflix.web.answers import ASK_AGAIN, IMMUTABLE, checksum, file, text
from videoflix.web.keys import DATABASE, LIBRARY, STORAGE
from videoflix.web.videos import video_id


async def master(request: web.Request) -> web.Response:
    film = await current_film(request)
    # What can be chosen is complete: players do not mix it with a film that grows.
    choices = (film.sounds, film.captions) if film.is_complete else ()
    body = playlist.master(film.renditions, *choices).encode()
    changes = [track.changed_at for tracks in choices for track in tracks if track.changed_at]
    return text(request, body, checksum(body), max([film.published_at, *changes]))


async def media(request: web.Request) -> web.Response:
    asked = _resolution(request)
    film = await current_film(request)
    label = best(tuple(one.label for one in film.renditions), asked)
    body = await request.app[LIBRARY].playlist(film, label)
    etag = f'"{film.version}-{label}-{film.segments}{film.is_complete:d}"'
    return text(request, body, etag, film.published_at)


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


async def current_film(request: web.Request) -> Film:
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
