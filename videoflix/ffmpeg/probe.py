"""What an original is: asks ffprobe, and refuses in plain words what cannot become a film."""

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec

from videoflix.errors import CannotRun, EncodeFailed, NotAFilm
from videoflix.ffmpeg import command
from videoflix.ffmpeg.process import capture
from videoflix.models import Probe
from videoflix.units import constant_rate

PROBE_SECONDS = 60.0
MOST_PIXELS = 8192 * 8192
MOST_SECONDS = 24 * 3600.0
MOST_STREAMS = 64
MOST_HOLD = 0.25


async def probe(ffprobe: str, source: Path) -> Probe:
    """Raises NotAFilm with the reason, or CannotRun for one that is not the film's."""
    try:
        if source.stat().st_size == 0:
            raise NotAFilm("The file is empty.")
        output = await capture(command.probe(ffprobe, source), seconds=PROBE_SECONDS)
    except PermissionError:
        raise NotAFilm("The file cannot be read: permission denied.") from None
    except FileNotFoundError:
        raise NotAFilm("The file is not there.") from None
    except CannotRun:
        raise
    except EncodeFailed as failure:
        raise NotAFilm(f"The file cannot be read as a film: {failure.detail}") from None
    told = msgspec.json.decode(output)
    found = understand(told)
    if told["format"]["format_name"] == "avi":
        return msgspec.structs.replace(found, hold=await _hold(ffprobe, source, found))
    return found


async def _hold(ffprobe: str, source: Path, found: Probe) -> float:
    """How long an AVI's first frame stands too long, in seconds.

    AVI has no time stamps, only a place for every frame. Writers leave places empty to let the sound's delay
    pass, and do so after the first frame: taken at its word, the film would begin with a stutter.
    """
    told = msgspec.json.decode(
        await capture(command.first_frames(ffprobe, source, found.video), seconds=PROBE_SECONDS)
    )
    times = [float(frame.get("best_effort_timestamp_time", "nan")) for frame in told["frames"]]
    frame_seconds = float(1 / found.frame_rate)
    hold = times[1] - times[0] - frame_seconds if len(times) == 2 else 0.0
    return hold if frame_seconds / 2 < hold < MOST_HOLD else 0.0


def understand(told: dict[str, Any]) -> Probe:
    """The facts in ffprobe's JSON. Raises NotAFilm."""
    streams = told.get("streams", [])
    if len(streams) > MOST_STREAMS:
        raise NotAFilm(f"The file has {len(streams)} streams; {MOST_STREAMS} are the limit.")
    video = next((s for s in streams if _is_picture(s)), None)
    if video is None:
        raise NotAFilm("The file has no moving picture.")
    width, height = _shown_size(video)
    if width * height > MOST_PIXELS:
        raise NotAFilm(f"The picture of {width}×{height} is too large.")
    duration = _seconds(told.get("format", {})) or _seconds(video)
    if duration and duration > MOST_SECONDS:
        raise NotAFilm("The film is longer than a day.")
    sounds = [s for s in streams if s.get("codec_type") == "audio" and s.get("codec_name")]
    sounds.sort(key=lambda s: not s.get("disposition", {}).get("default"))
    return Probe(
        video=video["index"],
        audio=sounds[0]["index"] if sounds else None,
        width=width,
        height=height,
        frame_rate=constant_rate(_rate(video, "avg_frame_rate"), _rate(video, "r_frame_rate")),
        duration=duration,
        interlaced=video.get("field_order") in ("tt", "bb", "tb", "bt"),
    )


def codecs_of(segment: bytes, *, has_audio: bool) -> str:
    """The CODECS of a segment of H.264 (and AAC) in a transport stream.

    RFC 6381: profile, constraints and level are the three bytes after the header of the sequence
    parameter set, which stands in the first packets of every segment. Raises EncodeFailed without one.
    """
    start = segment.find(b"\x00\x00\x01\x67")
    if start < 0:
        raise EncodeFailed("The encoder's output has no H.264 parameters.")
    codec = f"avc1.{segment[start + 4 : start + 7].hex()}"
    return f"{codec},mp4a.40.2" if has_audio else codec


def _is_picture(stream: dict[str, Any]) -> bool:
    attached = stream.get("disposition", {}).get("attached_pic")
    sized = stream.get("width", 0) > 0 and stream.get("height", 0) > 0
    return stream.get("codec_type") == "video" and bool(stream.get("codec_name")) and sized and not attached


def _shown_size(video: dict[str, Any]) -> tuple[int, int]:
    """The size on the screen: pixels made square, then turned upright."""
    width, height = video["width"], video["height"]
    shape = _fraction(video.get("sample_aspect_ratio", "").replace(":", "/"))
    if shape:
        width = max(2, round(width * shape))
    turns = [side.get("rotation", 0) for side in video.get("side_data_list", [])]
    turned = any(round(turn) % 180 == 90 for turn in turns)
    return (height, width) if turned else (width, height)


def _rate(video: dict[str, Any], name: str) -> Fraction | None:
    rate = _fraction(video.get(name, ""))
    return rate if rate and rate <= 1000 else None


def _fraction(text: str) -> Fraction | None:
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None
    return value if value > 0 else None


def _seconds(told: dict[str, Any]) -> float | None:
    try:
        seconds = float(told.get("duration", ""))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None
