"""Serves the playlists and segments of videos."""

import asyncio

from aiohttp import web

from videoflix.errors import NotFound
from videoflix.http.access import guest
from videoflix.http.operations import Media, Parameter, operation
from videoflix.http.paths import path_id
from videoflix.http.published import published
from videoflix.http.resources import DATABASE, STORAGE
from videoflix.http.responses import PLAYLIST_TYPE, CachedText, checksum, text
from videoflix.library.handlers.visible import check_visible
from videoflix.queue import queries as jobs
from videoflix.storage import names
from videoflix.streaming import playlist
from videoflix.streaming.files import Key, OpenFileResponse, can_sendfile
from videoflix.streaming.handlers import playlists
from videoflix.streaming.handlers.addresses import (
    RESOLUTION,
    answering,
    caching,
    current_film,
    requested_resolution,
    requested_version,
)
from videoflix.streaming.handlers.addresses import VERSION_PARAMETER as VERSION
from videoflix.streaming.handlers.elsewhere import is_sent_here, send_elsewhere
from videoflix.streaming.models import Film
from videoflix.streaming.resources import FILES, FILM_CACHE

SEGMENT_TYPE = "video/MP2T"
SEGMENT = Parameter(
    name="segment",
    description="The file name of the segment.",
    schema={"type": "string", "pattern": f"^{names.SEGMENT.pattern}$"},
    example="000.ts",
    place="path",
)


@operation("Get the adaptive playlist", Media(PLAYLIST_TYPE, "#EXTM3U\n"), has_ranges=True)
@guest
async def master(request: web.Request) -> web.Response:
    """The multivariant playlist, with a variant for each rendition."""
    film = await current_film(request)
    # Audio and caption playlists are VOD: players do not combine them with an EVENT playlist.
    tracks = (film.audio_tracks, film.captions) if film.is_complete else ()
    body = playlist.master(film.variants, *tracks).encode()
    changes = [track.changed_at for group in tracks for track in group if track.changed_at]
    return text(request, CachedText(body, checksum(body), max([film.published_at, *changes])))


@operation(
    "Get the playlist of a resolution", Media(PLAYLIST_TYPE, "#EXTM3U\n"), has_ranges=True, parameters=(RESOLUTION,)
)
@guest
async def media(request: web.Request) -> web.Response:
    """The media playlist of a rendition: the requested one, or the best below it."""
    resolution = requested_resolution(request)
    film = await current_film(request)
    label = answering(film.labels, resolution)
    return await playlists.answer(request, film, await request.app[FILM_CACHE].playlist(film, label), f"{label}p")


@operation(
    "Get a segment",
    Media(SEGMENT_TYPE),
    has_ranges=True,
    more_answers={302: None},
    parameters=(RESOLUTION, SEGMENT, VERSION),
)
@guest
async def segment(request: web.Request) -> web.StreamResponse:
    """A segment of the version that the address names, or of the current one."""
    film, key = await find_segment(request)
    if not is_published(film, key):
        await _prioritize(request, film, key[-1])
        raise NotFound
    return await _send(request, key)


async def find_segment(request: web.Request) -> tuple[Film, Key]:
    """The film and the key of the segment that an address names, published or not. Raises NotFound."""
    resolution, name = requested_resolution(request), request.match_info["segment"]
    if not names.SEGMENT.fullmatch(name):
        raise NotFound
    await check_visible(request)
    number = names.segment_number(name)
    film = await request.app[FILM_CACHE].film_with_segment(path_id(request), number)
    if film is None:
        raise NotFound
    version = requested_version(request, film)
    labels = film.labels
    if version != film.version:
        labels = await asyncio.to_thread(request.app[STORAGE].labels, film.video_id, version)
    return film, (film.video_id, version, answering(labels, resolution), number)


def is_published(film: Film, key: Key) -> bool:
    """Whether the current playlist already lists the segment; older versions are complete."""
    _, version, _, number = key
    return version != film.version or number < film.segments


async def _send(request: web.Request, key: Key) -> web.StreamResponse:
    """Send a segment with sendfile if possible, or let another server send it. Raises NotFound or
    StoreUnavailable."""
    files, storage = request.app[FILES], request.app[STORAGE]
    headers = {"Content-Type": SEGMENT_TYPE, "Cache-Control": caching(request)}
    on_disk = storage.has_disk
    if on_disk:
        try:
            await files.get(key)
        except OSError:
            if storage.objects is None:
                raise NotFound from None
            on_disk = False
    if not is_sent_here(request, on_disk=on_disk):
        return await send_elsewhere(request, names.segment(*key), headers)
    if on_disk and can_sendfile(request):
        return OpenFileResponse(files, key, headers)
    return await published(request, names.segment(*key), SEGMENT_TYPE, headers["Cache-Control"])


async def _prioritize(request: web.Request, film: Film, number: int) -> None:
    """Have the segment that a viewer is waiting for encoded next."""
    if not film.is_complete:
        async with request.app[DATABASE].connection() as connection:
            await jobs.want(connection, film.video_id, film.version, number)
