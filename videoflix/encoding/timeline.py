"""Measures a film's time line: where its video begins and ends, and whether seeks are exact."""

import asyncio
import math
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from videoflix.encoding import extent, inputs, probe_commands
from videoflix.encoding.extent import Extent
from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.models import Probe
from videoflix.encoding.process import capture, stream
from videoflix.errors import EncodeFailed, FfmpegUnavailable

# Containers with an index and exact times, in which a seek ends where it should.
SEEKABLE = ("mov,mp4", "matroska,webm")
# Containers whose clock may jump. ffmpeg counts their time from the first of the streams that it reads.
JUMPING = ("mpegts", "mpeg", "ogg")
SECONDS = 60.0
# Enough packets to see the first frames in presentation order;
# and, in a film that was cut without being encoded again, to reach the first that is not hidden.
HEAD_PACKETS = (24, 600)
TAIL_SECONDS = 15.0
# How much earlier than its start a unit is read, if seeks go too far.
STEPS_BACK = (0.0, 1.0, 5.0, 20.0, 60.0)
# Matroska counts in milliseconds.
ROUNDING = 0.001
# The largest step of a broadcast's clock between two packets; ffmpeg takes more for a jump.
MAX_STEP = 10.0
MAX_HOLD = 0.25
# Below this rate, half a frame is more than the 50 ms that nobody notices at the end of a film.
MIN_ROUNDED_RATE, ROUNDING_FRAMES = 10, 0.05
# Streams are cut a little before the time that an edit list or the first packet names.
MAX_EARLY = 1.0


async def measure(
    ffprobe: str, source: Path, found: Probe, container: str, start: float | None = None
) -> Probe | None:
    """The same with `first`, `hold`, and `frames` if it may be encoded in units, else `length` and `overhang` as far
    as they are known, or `max_length`; None if no frame can be decoded at the beginning.

    The video stream begins at `start`, in seconds of the container's clock.
    """
    try:
        head = await _head(ffprobe, source, found, start)
    except EncodeFailed:
        return None
    if head is None:
        return None
    begin = head[0] if head else found.origin
    found = replace(found, first=begin - found.origin, hold=_hold(head, found) if container == "avi" else 0.0)
    try:
        if head and container.startswith(SEEKABLE) and found.duration:
            measured = await _in_units(ffprobe, source, found, begin)
            if measured is not None:
                return measured
        return await _in_one_piece(ffprobe, source, found, begin, container)
    except EncodeFailed:
        return found


async def _in_units(ffprobe: str, source: Path, found: Probe, begin: float) -> Probe | None:
    """With the `frames` from the first, at `begin` on the container's clock, to the end of video and audio; None
    if seeks are not reliable. Raises EncodeFailed."""
    measured = await _tail(ffprobe, source, found)
    if measured.video_end is None or measured.end is None:
        return None
    frames = frames_in(measured.end - begin, found)
    needs_seeks = CURRENT.segments(frames, found.frame_rate) > 1
    if needs_seeks and not await _seeks(ffprobe, source, found, begin, measured.end):
        return None
    return replace(found, frames=frames)


async def _in_one_piece(ffprobe: str, source: Path, found: Probe, begin: float, container: str) -> Probe:
    """With the length by all packets of the file, if its clock does not jump. A single picture is shown from its
    beginning to the end of the audio: no seek is needed, so its `frames` are known."""
    max_step = MAX_STEP if container in JUMPING else inputs.MAX_STEP
    measured = await extent.measure(ffprobe, source, replace(found, duration=None), max_step=max_step)
    if measured.jumped or (measured.end is None and measured.frames > 1):
        return replace(found, max_length=measured.steps + measured.frames / float(found.frame_rate))
    found = replace(found, is_steady=True)
    length = max((measured.end or begin) - begin, 0.0)
    if measured.frames == 1:
        return replace(found, is_still=True, frames=frames_in(length, found))
    return replace(found, length=length, overhang=measured.overhang)


def frames_in(seconds: float, found: Probe) -> int:
    """The number of frames in so many seconds. At a low rate it is rounded up, or half a second of audio might be
    lost."""
    exact = seconds * float(found.frame_rate)
    return max(1, math.ceil(exact - ROUNDING_FRAMES) if found.frame_rate < MIN_ROUNDED_RATE else round(exact))


async def is_decodable(ffmpeg: str, source: Path, found: Probe) -> bool:
    """Whether any frame of the film can be decoded; reads it to the end if needed. Raises FfmpegUnavailable."""
    try:
        async with aclosing(stream(probe_commands.first_frame(ffmpeg, source, found.video))) as blocks:
            async for _ in blocks:
                return True
    except EncodeFailed:
        pass
    return False


def _hold(times: list[float], found: Probe) -> float:
    """How much too long an AVI's first frame is shown, in seconds.

    AVI has no time stamps, only a slot for every frame. Writers leave slots empty to delay the video until the audio
    starts, and do so after the first frame: the film would begin with a stutter.
    """
    frame_seconds = float(1 / found.frame_rate)
    held = times[1] - times[0] - frame_seconds if len(times) > 1 else 0.0
    return held if frame_seconds / 2 < held < MAX_HOLD else 0.0


async def entry(ffprobe: str, source: Path, found: Probe, at: float) -> float | None:
    """Where to seek so that reading begins at a key frame at or before `at`; both in seconds after the first frame.

    That is not always `at`: MP4 finds key frames by their decode time. After a frame that is shown for long this is
    long before they are shown.
    """
    with suppress(EncodeFailed, FfmpegUnavailable):  # a place that takes too long to find is of no use
        return await _entry(ffprobe, source, found, at)
    return None


async def _entry(ffprobe: str, source: Path, found: Probe, at: float) -> float | None:
    for back in STEPS_BACK:
        if at <= back:
            return 0.0
        place = found.origin + found.first + at - back
        told = await _ask(probe_commands.packets(ffprobe, source, found.video, f"{place:.3f}%+#1"))
        packets = [p for p in told.get("packets", []) if "pts_time" in p]  # an edit list may hide the key frame
        if packets and "K" in packets[0]["flags"]:
            begin = float(packets[0]["pts_time"]) - found.origin - found.first
            if begin <= at + ROUNDING:
                return at - back
    return None


async def _head(ffprobe: str, source: Path, found: Probe, start: float | None) -> list[float] | None:
    """When the first frames that can be decoded are shown, on the container's clock, as far as they have a time:
    covers have none. None if there are no such frames. A frame from long before its stream's start has a damaged time
    stamp and does not count."""
    for packets in HEAD_PACKETS:
        told = await _ask(probe_commands.frames(ffprobe, source, found.video, packets))
        frames = [frame.get("best_effort_timestamp_time") for frame in told.get("frames", [])]
        if frames:
            times = sorted(float(time) for time in frames if time is not None)
            return [time for time in times if start is None or time > start - MAX_EARLY] or times
    return None


async def _tail(ffprobe: str, source: Path, found: Probe) -> Extent:
    """The extent by the last packets. A film that ends before its container says so is read from end to end."""
    assert found.duration is not None
    begin = max(0.0, found.origin + found.duration - TAIL_SECONDS)
    measured = await extent.measure(ffprobe, source, found, f"{begin:.3f}%")
    return measured if measured.video_end is not None else await extent.measure(ffprobe, source, found)


async def _seeks(ffprobe: str, source: Path, found: Probe, begin: float, end: float) -> bool:
    """Whether seeks end on a key frame at or before the target, tried at three positions."""
    measured = replace(found, first=begin - found.origin)
    places = [part * (end - begin) for part in (0.25, 0.5, 0.75)]
    return None not in await asyncio.gather(*(entry(ffprobe, source, measured, place) for place in places))


async def _ask(arguments: list[str]) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.json.decode(await capture(arguments, seconds=SECONDS))
    return told
