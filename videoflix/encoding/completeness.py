"""Whether a film is as long as its headers promise: interrupted copies and downloads lack their end."""

import re
import struct
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from videoflix.encoding.models import Probe
from videoflix.errors import NotAFilm

# In other containers the length is only what ffmpeg has found.
PROMISING = ("mov,mp4", "matroska,webm", "avi", "flv", "asf", "mxf", "rm")
# Headers are not exact: so many seconds, or this part of the film up to so many seconds, may be missing.
MIN_MISSING, MISSING_PART, MAX_MISSING = 1.0, 0.02, 10.0
# Less of a film than this is refused.
MIN_PART = 0.02
# Where an ASF header has its duration, in units of 100 ns: 64 bytes after the beginning of this object id.
ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
ASF_HEAD_BYTES = 64 * 1024
CLOCK = re.compile(r"(\d{1,5}):(\d\d):(\d\d(?:\.\d+)?)", re.ASCII)


def check(source: Path, found: Probe, container: dict[str, Any], video: dict[str, Any]) -> Probe:
    """Adds a note if the end of the film is missing; `container` and `video` are as ffprobe reports them.

    Raises NotAFilm if nearly nothing is there.
    """
    promised, there = _promised(source, found, container, video), found.seconds
    if promised is None or there is None:
        return found
    if there >= promised - max(MIN_MISSING, min(MISSING_PART * promised, MAX_MISSING)):
        return found
    if there < MIN_PART * promised:
        found_part = f"only {there:.1f} of {promised:.0f} seconds are there"
        raise NotAFilm(f"The file is incomplete: {found_part}. Please copy it again.")
    note = f"The file is incomplete: {there:.0f} of {promised:.0f} seconds are there."
    return replace(found, notes=(*found.notes, note))


def _promised(source: Path, found: Probe, container: dict[str, Any], video: dict[str, Any]) -> float | None:
    """In seconds from the first frame. Some files state when their last frame ends instead of their length, and
    some that were cut in an editor still list all frames: the smallest of several numbers counts."""
    name = container.get("format_name", "")
    if not name.startswith(PROMISING):
        return None
    if name == "avi":  # ffmpeg corrects its other numbers by the size of the file
        numbers = [_listed(video)]
    elif name == "asf":
        numbers = [_asf_seconds(source)]
    else:
        numbers = [_number(container.get("duration")), _number(video.get("duration")), _clock(video), _listed(video)]
    known = [number for number in numbers if number]
    return min(known) - max(0.0, found.origin + found.first) if known else None


def _asf_seconds(source: Path) -> float | None:
    """From the header: ffmpeg reports no length for a file whose size differs from the header."""
    with source.open("rb") as file:
        head = file.read(ASF_HEAD_BYTES)
    at = head.find(ASF_PROPERTIES) + 64
    if at < 64 or len(head) < at + 24:
        return None
    lasts, _, preroll = struct.unpack_from("<QQQ", head, at)
    return float(lasts / 10_000_000 - preroll / 1000)


def _listed(video: dict[str, Any]) -> float | None:
    """When the last of the frames begins that the index lists, at their average rate."""
    pictures = _number(video.get("nb_frames"))
    count, _, seconds = video.get("avg_frame_rate", "0/0").partition("/")
    return (pictures - 1) * float(seconds) / float(count) if pictures and float(count) else None


def _clock(video: dict[str, Any]) -> float | None:
    """The duration of a single track in Matroska."""
    match = CLOCK.match(video.get("tags", {}).get("DURATION", ""))
    return int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3]) if match else None


def _number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None
