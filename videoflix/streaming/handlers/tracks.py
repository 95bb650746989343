"""Serves what viewers can choose beside the video: captions and additional audio tracks."""

import asyncio

from aiohttp import web

from videoflix.errors import NotFound
from videoflix.http.access import guest
from videoflix.http.operations import Media, Parameter, operation
from videoflix.http.paths import path_id
from videoflix.http.published import published
from videoflix.http.resources import DATABASE, STORAGE
from videoflix.http.responses import PLAYLIST_TYPE, CachedText, checksum, text
from videoflix.library import webvtt
from videoflix.library.models import Track
from videoflix.library.queries import captions as rows
from videoflix.storage import names
from videoflix.streaming import playlist
from videoflix.streaming.handlers import playlists
from videoflix.streaming.handlers.addresses import (
    VERSION_PARAMETER,
    caching,
    complete_film,
    current_film,
    requested_version,
)
from videoflix.streaming.handlers.elsewhere import is_on_disk, is_sent_here, send_elsewhere

CAPTIONS_TYPE = "text/vtt; charset=utf-8"
AUDIO_TYPE = "audio/aac"

TRACK = Parameter(
    name="number",
    description="The number of a further audio track, as the adaptive playlist names it.",
    schema={"type": "integer", "minimum": 1},
    example=1,
    place="path",
)
AUDIO_SEGMENT = Parameter(
    name="segment",
    description="The file name of the segment.",
    schema={"type": "string", "pattern": f"^{names.AUDIO_SEGMENT.pattern}$"},
    example="000.aac",
    place="path",
)


@operation("Get captions", Media("text/vtt", "WEBVTT\n"), has_ranges=True)
@guest
async def captions(request: web.Request) -> web.Response:
    """The WebVTT file of a caption track of the video or of its current version."""
    film = await current_film(request)
    track = _track(film.captions, path_id(request, "number"))
    async with request.app[DATABASE].connection() as connection:
        cues = await rows.text(connection, film.video_id, track.number)
    if cues is None:
        raise NotFound
    body = webvtt.with_timestamp_map(cues, film.geometry.time_offset).encode()
    return text(request, CachedText(body, checksum(body), track.changed_at or film.published_at, CAPTIONS_TYPE))


@operation("Get the playlist of captions", Media(PLAYLIST_TYPE, "#EXTM3U\n"), has_ranges=True)
@guest
async def captions_playlist(request: web.Request) -> web.Response:
    film = await complete_film(request)
    track = _track(film.captions, path_id(request, "number"))
    body = playlist.captions(track.number, film.duration).encode()
    return text(request, CachedText(body, checksum(body), film.published_at))


@operation(
    "Get the playlist of an audio track", Media(PLAYLIST_TYPE, "#EXTM3U\n"), has_ranges=True, parameters=(TRACK,)
)
@guest
async def audio_playlist(request: web.Request) -> web.Response:
    film = await complete_film(request)
    track = _track(film.audio_tracks[1:], path_id(request, "number"))
    rate = film.variants[0].frame_rate
    body = playlist.audio(track.segments, film.geometry, rate, film.duration, film.version).encode()
    whole = CachedText(body, checksum(body), film.published_at)
    return await playlists.answer(request, film, whole, f"audio/{track.number}")


@operation(
    "Get a segment of an audio track",
    Media(AUDIO_TYPE),
    has_ranges=True,
    more_answers={302: None},
    parameters=(TRACK, AUDIO_SEGMENT, VERSION_PARAMETER),
)
@guest
async def audio_segment(request: web.Request) -> web.StreamResponse:
    """An audio segment of the version that the address names, or of the current one."""
    number, name = path_id(request, "number"), request.match_info["segment"]
    if not names.AUDIO_SEGMENT.fullmatch(name):
        raise NotFound
    film = await current_film(request)
    version = requested_version(request, film)
    if version == film.version:
        _track(film.audio_tracks[1:], number)
    stored = f"{names.audio(film.video_id, version, number)}/{name}"
    if is_sent_here(request, on_disk=await is_on_disk(request, stored)):
        return await published(request, stored, AUDIO_TYPE, caching(request))
    if await asyncio.to_thread(request.app[STORAGE].size, stored) is None:
        raise NotFound
    return await send_elsewhere(request, stored, {"Content-Type": AUDIO_TYPE, "Cache-Control": caching(request)})


def _track(tracks: tuple[Track, ...], number: int) -> Track:
    """The track with that number. Raises NotFound."""
    for track in tracks:
        if track.number == number:
            return track
    raise NotFound
