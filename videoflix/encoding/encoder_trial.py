"""Chooses what encodes the video: a hardware encoder of this machine, if a real encode with it comes out right."""

import tempfile
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from videoflix.cores import cores
from videoflix.encoding import demo_film, video_encode
from videoflix.encoding.capabilities import Capabilities, capabilities_of
from videoflix.encoding.ffmpeg_errors import first_line
from videoflix.encoding.geometry import CURRENT, Geometry
from videoflix.encoding.h264 import X264, Encoder
from videoflix.encoding.h264_levels import level
from videoflix.encoding.hardware import HARDWARE
from videoflix.encoding.ladder import ladder
from videoflix.encoding.memory import memory_for
from videoflix.encoding.models import EncodePlan, Rendition
from videoflix.encoding.probe import codecs_of, probe
from videoflix.encoding.process import follow
from videoflix.encoding.units import Unit
from videoflix.errors import EncodeFailed, VideoflixError
from videoflix.settings import Settings

AUTO = "auto"
# Small, because it is only there to be scaled.
FILM_SIZE = "256x144"
# Two segments of one second, and a key frame for each: the second one shows that key frames come when they should.
GEOMETRY: Geometry = replace(CURRENT, segment_seconds=1, key_frame_seconds=1)
SEGMENTS = 2


class Choice(Struct, frozen=True):
    """The name of an encoder, and why others were not chosen, by their names."""

    encoder: str
    refused: dict[str, str]


async def choose(settings: Settings) -> Choice:
    """The encoder that TRANSCODE_ENCODER names, or for `auto` the first for which this machine has a device; x264 if
    it does not work. Takes no time without a device."""
    asked = settings.transcode_encoder
    names = [name for name, hardware in HARDWARE.items() if name == asked or (asked == AUTO and hardware.is_present)]
    refused: dict[str, str] = {}
    for name in names:
        why = await _try(settings, Encoder(name, settings.transcode_preset, settings.transcode_crf))
        if why is None:
            return Choice(name, refused)
        refused[name] = why
    return Choice(X264, refused)


async def _try(settings: Settings, encoder: Encoder) -> str | None:
    """Why a hardware encoder cannot be used, in a line; None if it can."""
    with tempfile.TemporaryDirectory(prefix="videoflix-trial-") as folder:
        try:
            able = await capabilities_of(settings.ffmpeg)
            if encoder.name not in able.encoders:
                return f"{settings.ffmpeg} does not have it"
            await _encode(settings, able, encoder, Path(folder))
        except (VideoflixError, OSError) as failure:
            return first_line(failure)
    return None


async def _encode(settings: Settings, able: Capabilities, encoder: Encoder, folder: Path) -> None:
    """Encode two seconds in all sizes of the ladder at once. Raises VideoflixError or OSError."""
    source, highest = folder / "source.mp4", max(settings.ladder)
    await follow(demo_film.demo_film(settings.ffmpeg, source, FILM_SIZE, SEGMENTS))
    found = replace(await probe(settings.ffmpeg, settings.ffprobe, source), audio_tracks=())
    plan = EncodePlan(found, ladder(highest * 16 // 9, highest, settings.ladder), GEOMETRY)
    for rendition in plan.renditions:
        (folder / rendition.name).mkdir()
    unit = Unit(0, 0, found.frames, 0, SEGMENTS)
    arguments = video_encode.encode(
        settings.ffmpeg, source, plan, unit, capabilities=able, encoder=encoder, cores=cores()
    )
    await follow(arguments, folder=folder, memory=memory_for(plan.renditions, is_hardware=True))
    for rendition in plan.renditions:
        _check(sorted((folder / rendition.name).glob("*.ts")), rendition, plan)


def _check(segments: list[Path], rendition: Rendition, plan: EncodePlan) -> None:
    """Raises EncodeFailed if the segments are not what x264 would have made."""
    if len(segments) != SEGMENTS:
        raise EncodeFailed(f"It makes key frames at the wrong times in {rendition.name}.")
    expected = level(rendition.width, rendition.height, plan.probe.frame_rate)
    codecs = codecs_of(segments[0].read_bytes(), has_audio=False)
    if not expected or not codecs.startswith("avc1.64") or int(codecs[-2:], 16) != round(float(expected) * 10):
        raise EncodeFailed(f"It makes {codecs} in {rendition.name} instead of High profile with level {expected}.")
