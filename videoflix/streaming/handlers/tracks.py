"""What viewers choose beside the picture: subtitles and further sound tracks."""

import re

from aiohttp import web

from videoflix.encoding.units import TIME_OFFSET
from videoflix.errors import NotFound
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE, STORAGE
from videoflix.http.responses import IMMUTABLE, REVALIDATE, CachedText, checksum, file, text
from videoflix.library import webvtt
from videoflix.library.models import Track
from videoflix.library.queries import captions as rows
from videoflix.storage import names
from videoflix.streaming import playlist
from videoflix.streaming.handlers.video import current_film
from videoflix.streaming.models import Film

TEXT_TYPE = "text/vtt; charset=utf-8"


async def captions(request: web.Request) -> web.Response:
    """The text of those that came with the video, or with the version that is served."""
    film = await current_film(request)
    track = _one(film.captions, path_id(request, "number"))
    async with request.app[DATABASE].connection() as connection:
        cues = await rows.text(connection, film.video_id, track.number)
    if cues is None:
        raise NotFound
    body = webvtt.with_timestamp_map(cues, TIME_OFFSET).encode()
    return text(request, CachedText(body, checksum(body), track.changed_at or film.published_at, TEXT_TYPE))


async def captions_playlist(request: web.Request) -> web.Response:
    film = await _complete_film(request)
    track = _one(film.captions, path_id(request, "number"))
    body = playlist.captions(track.number, film.duration).encode()
    return text(request, CachedText(body, checksum(body), film.published_at))


async def sound_playlist(request: web.Request) -> web.Response:
    film = await _complete_film(request)
    track = _one(film.sounds[1:], path_id(request, "number"))
    rate = film.renditions[0].frame_rate
    body = playlist.sound(track.segments, rate, film.duration, film.version).encode()
    return text(request, CachedText(body, checksum(body), film.published_at))


async def piece(request: web.Request) -> web.FileResponse:
    """A piece of a sound track of the version that the address names, or of the current one."""
    number, name = path_id(request, "number"), request.match_info["piece"]
    if not names.PIECE.fullmatch(name):
        raise NotFound
    film = await current_film(request)
    wanted = request.query.get("v")
    version = film.version if wanted is None else _version(wanted, film)
    if version == film.version:
        _one(film.sounds[1:], number)
    path = request.app[STORAGE].audio(film.video_id, version, number) / name
    if not path.is_file():
        raise NotFound
    return file(path, "audio/aac", IMMUTABLE if wanted else REVALIDATE)


async def _complete_film(request: web.Request) -> Film:
    film = await current_film(request)
    if not film.is_complete:
        raise NotFound
    return film


def _one(tracks: tuple[Track, ...], number: int) -> Track:
    """Raises NotFound."""
    for track in tracks:
        if track.number == number:
            return track
    raise NotFound


def _version(wanted: str, film: Film) -> int:
    """The current version, or an older one, which stays for a while for those who began with it."""
    if not re.fullmatch(r"[1-9][0-9]{0,8}", wanted, re.ASCII) or int(wanted) > film.version:
        raise NotFound
    return int(wanted)
