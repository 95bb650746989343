"""Measures a film's time line: where its picture begins and ends, and whether a seek goes where it should."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from videoflix.errors import EncodeFailed
from videoflix.ffmpeg import command
from videoflix.ffmpeg.process import capture
from videoflix.models import Probe
from videoflix.units import segment_frames

# Containers with an index and exact times, so that a seek ends where it should.
SEEKABLE = ("mov,mp4", "matroska,webm")
SECONDS = 60.0
# Enough packets to see the first frames in the order in which they are shown;
# and, of a film that was cut without being encoded anew, enough to come to the first that is not hidden.
HEAD_PACKETS = (24, 600)
TAIL_SECONDS = 15.0
# How much earlier than where it wants to be a unit begins to read, if seeks go too far.
STEPS_BACK = (0.0, 1.0, 5.0, 20.0, 60.0)
# Matroska counts in milliseconds.
ROUNDING = 0.001
MOST_LAST_FRAME = 10.0
MOST_HOLD = 0.25


async def measure(ffprobe: str, source: Path, found: Probe, container: str) -> Probe | None:
    """The same with `first`, `hold` and `frames`, the latter only where the film may be encoded in units; None if
    no picture can be decoded at the beginning."""
    try:
        head = await _head(ffprobe, source, found)
    except EncodeFailed:
        return None
    if not head:
        return None
    found = replace(found, first=head[0] - found.origin)
    if container == "avi":
        return replace(found, hold=_hold(head, found))
    if not container.startswith(SEEKABLE) or not found.duration:
        return found
    try:
        tail = await _tail(ffprobe, source, found)
        if tail is None:
            return found
        frames = round((tail - head[0]) * found.frame_rate)
        if frames > segment_frames(found.frame_rate) and not await _seeks(ffprobe, source, found, head[0], tail):
            return found
    except EncodeFailed:
        return found
    return replace(found, frames=max(1, frames))


def _hold(times: list[float], found: Probe) -> float:
    """How long an AVI's first frame stands too long, in seconds.

    AVI has no time stamps, only a place for every frame. Writers leave places empty to let the sound's delay
    pass, and do so after the first frame: taken at its word, the film would begin with a stutter.
    """
    frame_seconds = float(1 / found.frame_rate)
    held = times[1] - times[0] - frame_seconds if len(times) > 1 else 0.0
    return held if frame_seconds / 2 < held < MOST_HOLD else 0.0


async def entry(ffprobe: str, source: Path, found: Probe, at: float) -> float | None:
    """Where to seek so that reading begins at a key frame at or before `at`; both in seconds after the first frame.

    That is not always there: MP4 finds key frames by the time of their decoding. After a picture that stands for
    long this is long before they are shown.
    """
    for back in STEPS_BACK:
        if at <= back:
            return 0.0
        place = found.origin + found.first + at - back
        told = await _ask(command.packets(ffprobe, source, found.video, f"{place:.3f}%+#1"))
        packets = [p for p in told.get("packets", []) if "pts_time" in p]  # an edit list may hide the key frame
        if packets and "K" in packets[0]["flags"]:
            begin = float(packets[0]["pts_time"]) - found.origin - found.first
            if begin <= at + ROUNDING:
                return at - back
    return None


async def _head(ffprobe: str, source: Path, found: Probe) -> list[float]:
    """When the first frames that can be decoded are shown, by the container's clock."""
    times: list[float] = []
    for packets in HEAD_PACKETS:
        told = await _ask(command.frames(ffprobe, source, found.video, packets))
        frames = (frame.get("best_effort_timestamp_time") for frame in told.get("frames", []))
        times = sorted(float(time) for time in frames if time is not None)
        if times:
            break
    return times


async def _tail(ffprobe: str, source: Path, found: Probe) -> float | None:
    """When the last frame has been shown. A film that ends before its container says so is read from end to end."""
    assert found.duration is not None
    begin = max(0.0, found.origin + found.duration - TAIL_SECONDS)
    frame_seconds = float(1 / found.frame_rate)
    for interval in (f"{begin:.3f}%", ""):
        told = await _ask(command.packets(ffprobe, source, found.video, interval))
        ends = [_end(packet, frame_seconds) for packet in _shown(told)]
        ends = [end for end in ends if end <= found.origin + found.duration + TAIL_SECONDS]  # a damaged one lies
        if ends:
            return max(ends)
    return None


async def _seeks(ffprobe: str, source: Path, found: Probe, begin: float, end: float) -> bool:
    """Whether seeks end on a key frame at or before where they should, tried at three places."""
    measured = replace(found, first=begin - found.origin)
    places = [part * (end - begin) for part in (0.25, 0.5, 0.75)]
    return None not in await asyncio.gather(*(entry(ffprobe, source, measured, place) for place in places))


def _shown(told: dict[str, Any]) -> list[dict[str, Any]]:
    """The packets that have a time and are not cut away by an edit list."""
    return [p for p in told.get("packets", []) if "pts_time" in p and "D" not in p.get("flags", "")]


def _end(packet: dict[str, Any], frame_seconds: float) -> float:
    lasts = float(packet.get("duration_time", frame_seconds))
    return float(packet["pts_time"]) + (
        lasts if frame_seconds / 3 < lasts <= max(MOST_LAST_FRAME, frame_seconds) else frame_seconds
    )


async def _ask(arguments: list[str]) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.json.decode(await capture(arguments, seconds=SECONDS))
    return told
