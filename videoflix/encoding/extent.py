"""Measures how long a film's video and audio last, by the time stamps of their packets."""

import math
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from msgspec import Struct

from videoflix.encoding import inputs, probe_commands
from videoflix.encoding.models import Probe
from videoflix.encoding.process import stream

# The last frame is shown for longer than this only if the container says that the film is that long, or if other
# frames are.
MAX_LAST_FRAME = 10.0
# The longest audio packet whose duration is taken from the distance to the packet before it.
MAX_PACKET = 1.0
# Audio that lasts for less than this after the last frame is the padding of its last packets.
MIN_OVERHANG = 0.1
# A film that ends later than its container says by more than this has damaged time stamps.
MAX_EXCESS = 15.0
# Some containers count in milliseconds.
ROUNDING = 0.002


class Extent(Struct):
    """The number of frames and of packets of all streams, and when video and audio end, in seconds of the container's
    clock; None for a missing stream. A clock that has `jumped` says nothing about lengths, only that the film is not
    longer than all its forward `steps` without the jumps. A stream that `paused` for so long while the other went on
    is none."""

    frames: int = 0
    packets: int = 0
    steps: float = 0.0
    video_end: float | None = None
    audio_end: float | None = None
    jumped: bool = False
    paused: float = 0.0

    @property
    def end(self) -> float | None:
        """The end of the film: of its last frame, or of audio that lasts longer."""
        if self.video_end is None:
            return self.audio_end
        return self.video_end + self.overhang

    @property
    def overhang(self) -> float:
        """How much longer the audio lasts than the video, in seconds."""
        if self.jumped or self.video_end is None or self.audio_end is None:
            return 0.0
        longer = self.audio_end - self.video_end
        return longer if longer > MIN_OVERHANG else 0.0


async def measure(ffprobe: str, source: Path, found: Probe, interval: str = "", max_step: float = math.inf) -> Extent:
    """The extent of the video and of the first audio track.

    `interval` is in the syntax of ffprobe; None is the whole file. A step of more than `max_step` seconds between two
    packets is a jump of the clock, unless the other stream has packets between them. Raises EncodeFailed.
    """
    extent = Extent()
    audio = found.audio_tracks[0].stream if found.audio_tracks else None
    over = None if found.duration is None else found.origin + found.duration
    last: dict[int, float] = {}
    async with aclosing(_packets(probe_commands.packet_times(ffprobe, source, interval))) as packets:
        async for index, shown, decoded, lasts in packets:
            extent.packets += 1
            extent.frames += index == found.video
            time = decoded if shown is None else shown
            if index not in (found.video, audio) or time is None:
                continue
            clock = time if decoded is None else decoded  # the time of presentation goes back with each B-frame
            step = clock - last.get(index, clock)
            if abs(step) > max_step:
                half_way = clock - step / 2
                goes_on = step > 0 and any(other > half_way for stream, other in last.items() if stream != index)
                extent.paused = max(extent.paused, step if goes_on else 0.0)
                extent.jumped |= not goes_on
            extent.steps += step if 0 < step <= inputs.MAX_STEP else 0
            last[index] = clock
            if over is not None and time > over + MAX_EXCESS:
                continue
            if index == audio:
                extent.audio_end = max(extent.audio_end or -math.inf, time + _packet_seconds(lasts, step))
            else:
                end = time + _last_frame_seconds(found, time, lasts, over, max(MAX_LAST_FRAME, extent.paused))
                extent.video_end = max(extent.video_end or -math.inf, end)
    return extent


def _packet_seconds(lasts: float | None, step: float) -> float:
    """How long an audio packet lasts: as long as the one before it if the container does not say, as in ASF."""
    return min(max(step, 0.0), MAX_PACKET) if lasts is None else lasts


def _last_frame_seconds(found: Probe, time: float, lasts: float | None, over: float | None, longest: float) -> float:
    """How long the last frame is shown. `over` is when the container says that the film ends, and `longest` for how
    long frames are shown at most if it does not."""
    frame_seconds = float(1 / found.frame_rate)
    if lasts is None or lasts <= frame_seconds / 3:
        return frame_seconds
    fits = over is not None and time + lasts <= over + ROUNDING
    return lasts if fits or lasts <= max(longest, frame_seconds) else frame_seconds


async def _packets(
    arguments: list[str],
) -> AsyncGenerator[tuple[int, float | None, float | None, float | None], None]:
    """The stream, presentation time, decode time and duration of each packet that an edit list does not cut away."""
    rest = b""
    async with aclosing(stream(arguments)) as blocks:
        async for block in blocks:
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                index, shown, decoded, lasts, flags, *_ = line.decode("ascii", "replace").split(",") + [""] * 5
                if index.isdecimal() and "D" not in flags:
                    yield int(index), _number(shown), _number(decoded), _number(lasts)


def _number(text: str) -> float | None:
    return None if text in ("", "N/A") else float(text)
