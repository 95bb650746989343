"""The argument list that copies the video of a unit, muxed with its audio, as segments of a transport stream."""

from pathlib import Path

from videoflix.encoding import muxing
from videoflix.encoding.inputs import INPUT, STEADY_CLOCK
from videoflix.encoding.models import EncodePlan
from videoflix.encoding.units import Unit, UnitAudio

# Reading ends so many seconds after the unit: its last frames are decoded before they are shown.
READ_ON = 2.0
# Nothing comes before the first frame, as in what is encoded: decode times rise by about a millisecond from there,
# until those of the original have caught up. (a+b+|a-b|)/2 is the larger of two numbers: ffmpeg 4.4 allows no comma.
RISING = "(STARTPTS+N*(floor(0.001/TB)+1))"
DECODE_FROM_ZERO = ("-bsf:v", f"setts=pts=PTS:dts=(DTS+{RISING}+abs(DTS-{RISING}))/2")


def copy(ffmpeg: str, source: Path, plan: EncodePlan, unit: Unit, audio: UnitAudio | None) -> list[str]:
    """Copy the packets of a unit of a film whose highest rendition is a copy.

    A seek may end at an earlier key frame: what is shown before the unit is left out. There may be a segment after
    its last one, which is not part of the unit.
    """
    assert unit.frames is not None
    probe, frame_seconds, start = plan.probe, float(1 / plan.probe.frame_rate), begin(plan, unit)
    is_first = unit.first_frame == 0
    seek = [] if is_first else ["-seek_timestamp", "1", "-ss", f"{start - frame_seconds / 2:.6f}"]
    sound = (
        ["-itsoffset", f"{start + float(audio.begin):.6f}", "-f", "aac", "-i", f"file:{audio.file}"] if audio else []
    )
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-progress", "pipe:1", "-stats_period", "0.5"),
        *("-copyts", *seek, "-t", f"{unit.frames * frame_seconds + READ_ON:.6f}"),
        *(*(STEADY_CLOCK if probe.is_steady else ()), *INPUT, "-i", f"file:{source}", *sound),
        *("-map", f"0:{probe.video}", *(("-map", "1:a") if audio else ()), "-c", "copy"),
        *(DECODE_FROM_ZERO if is_first else ("-copypriorss", "0")),
        *muxing.segments(plan.renditions[-1], plan, unit, delay=probe.delay, begin=start),
    ]


def begin(plan: EncodePlan, unit: Unit) -> float:
    """When a unit begins on the container's clock, which a copy keeps until it is muxed."""
    return plan.probe.origin + plan.probe.first + float(unit.first_frame / plan.probe.frame_rate)
