"""Tries whether an ffmpeg and an ffprobe can make films, with the same options as for films.

Version numbers say little: distributions leave parts out. What only some films need (zscale, captions) is not tried.
"""

import tempfile
from fractions import Fraction
from pathlib import Path

import msgspec
from msgspec.structs import replace

from videoflix.encoding import audio_encode, demo_film, stills, video_encode
from videoflix.encoding.capabilities import capabilities_of
from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.h264 import X264, Encoder
from videoflix.encoding.models import AudioTrack, EncodePlan, Probe, Rendition
from videoflix.encoding.probe import codecs_of, probe
from videoflix.encoding.process import capture, follow
from videoflix.encoding.storyboard import layout
from videoflix.encoding.units import UnitAudio, plan_units
from videoflix.errors import EncodeFailed, FfmpegUnavailable, NotAFilm
from videoflix.storage.names import segment_name

SECONDS = 30.0
# Small, so that the trial takes about a second, and two of them, as most films have.
RENDITIONS = (Rendition(480, 128, 72), Rendition(720, 256, 144))
FILM_SIZE = "256x144"
QUICK = Encoder(X264, "ultrafast", 23)


async def try_programs(ffmpeg: str, ffprobe: str) -> str | None:
    """Why these two cannot make films, in a line; None if they can."""
    with tempfile.TemporaryDirectory(prefix="videoflix-trial-") as name:
        try:
            await _make_film(ffmpeg, ffprobe, Path(name))
        except (EncodeFailed, FfmpegUnavailable, NotAFilm, msgspec.DecodeError, OSError) as failure:
            return " ".join(str(failure).split())
    return None


async def _make_film(ffmpeg: str, ffprobe: str, folder: Path) -> None:
    """Everything that is done with every film. Raises EncodeFailed, FfmpegUnavailable, NotAFilm,
    DecodeError or OSError."""
    source = folder / "source.mp4"
    await follow(demo_film.demo_film(ffmpeg, source, FILM_SIZE, seconds=1))
    if not source.is_file():
        raise EncodeFailed("It makes no file.")
    # audio that it cannot encode would be left out of a film; here it has to fail
    found = replace(await probe(ffmpeg, ffprobe, source), audio_tracks=(AudioTrack(stream=1),))
    audio, able = folder / "audio.aac", await capabilities_of(ffmpeg)
    arguments = audio_encode.audio_track(ffmpeg, source, found, found.audio_tracks[0], CURRENT, able)
    audio.write_bytes(await capture(arguments, seconds=SECONDS))
    await _encode(ffmpeg, source, found, folder / "units", audio)
    await _encode(ffmpeg, source, replace(found, frames=None, interlaced=True), folder / "one-piece", None)
    await _take_stills(ffmpeg, source, found, folder)


async def _encode(ffmpeg: str, source: Path, found: Probe, folder: Path, audio: Path | None) -> None:
    for rendition in RENDITIONS:
        (folder / rendition.name).mkdir(parents=True)
    able = await capabilities_of(ffmpeg)
    first, *_ = plan_units(found.frames, found.frame_rate, CURRENT)
    muxed = UnitAudio(audio, Fraction(0)) if audio else None
    plan = EncodePlan(found, RENDITIONS, CURRENT)
    arguments = video_encode.encode(ffmpeg, source, plan, first, muxed, capabilities=able, encoder=QUICK, cores=1)
    await follow(arguments, folder=folder)
    for rendition in RENDITIONS:
        codecs_of((folder / rendition.name / segment_name(0)).read_bytes(), has_audio=True)


async def _take_stills(ffmpeg: str, source: Path, found: Probe, folder: Path) -> None:
    thumbnail, lowest = folder / "thumbnail.jpg", RENDITIONS[0]
    await capture(stills.candidate(ffmpeg, source, found, 0.5, lowest.width, thumbnail, (16, 9)), seconds=SECONDS)
    await capture(stills.frame(ffmpeg, source, found, 0.5, 0.0, lowest.width, thumbnail), seconds=SECONDS)
    board = layout(found.frames or 1, found.frame_rate, lowest.width, lowest.height, CURRENT)
    lines = ("#EXTM3U", "#EXT-X-TARGETDURATION:10", "#EXTINF:1,", f"units/{lowest.name}/{segment_name(0)}")
    (folder / "film.m3u8").write_text("\n".join([*lines, "#EXT-X-ENDLIST", ""]))
    await follow(stills.storyboard(ffmpeg, "film.m3u8", board, "%03d.jpg"), folder=folder)
    for picture in (thumbnail, folder / "000.jpg"):
        if not picture.is_file():
            raise EncodeFailed("It makes no pictures.")
