"""The time line of a film: frames, key frames, segments and audio packets, and the units in which it is encoded."""

import math
from fractions import Fraction

from msgspec import Struct

MAX_RATE, MIN_RATE = Fraction(60), Fraction(1)
KEY_FRAME_SECONDS = 2
KEY_FRAMES_PER_SEGMENT = 3
MAX_SEGMENTS = 5
# All audio becomes AAC at this rate, in packets of so many samples.
SAMPLE_RATE, PACKET_SAMPLES = 48_000, 1024
# Where the film's clock starts, in seconds: space for the negative decode times of B-frames.
TIME_OFFSET = 10

# Standard rates; a container's rounded clock gives something very close to one of them.
_REAL = [Fraction(n, d) for n in (24, 25, 30, 48, 50, 60) for d in (1,)] + [
    Fraction(n * 1000, 1001) for n in (24, 30, 48, 60)
]


class Unit(Struct, frozen=True):
    """A part of the film that is encoded in one run, a whole number of segments except at the film's end.

    Without a known length there is one unit, whose `frames` and `segments` are None.
    """

    number: int
    first_frame: int
    frames: int | None
    first_segment: int
    segments: int | None


def constant_rate(average: Fraction | None, nominal: Fraction | None) -> Fraction:
    """The constant frame rate to encode at, from 1 to 60: the average, corrected if it is close to a standard rate.

    If it is neither a standard rate nor the nominal one, the rate varies: frames may come faster than the average.
    Then it is the nominal rate, which has room for each of them, or, if that is only a clock, the next standard one.
    """
    rate = average or nominal or Fraction(25)
    near = min(_REAL, key=lambda real: abs(real - rate))
    if _nearly(near, rate):
        rate = near
    elif nominal and not _nearly(nominal, rate):
        faster = (real for real in sorted(_REAL) if real >= rate)
        rate = nominal if rate < nominal <= MAX_RATE else next(faster, MAX_RATE)
    return max(MIN_RATE, min(rate, MAX_RATE).limit_denominator(1001))


def _nearly(one: Fraction, other: Fraction) -> bool:
    return abs(one - other) / one < Fraction(1, 2500)


def key_frame_interval(rate: Fraction) -> int:
    """Frames from one key frame to the next: two seconds, by Apple's authoring specification."""
    return max(1, round(KEY_FRAME_SECONDS * rate))


def segment_frames(rate: Fraction) -> int:
    """Frames of a segment: three groups of pictures."""
    return KEY_FRAMES_PER_SEGMENT * key_frame_interval(rate)


def segment_seconds(rate: Fraction) -> float:
    """The length of a segment in seconds, as it is given to ffmpeg.

    It is slightly less than the real one: ffmpeg cuts at the first key frame at or after a multiple of it, and a time
    stamp that was rounded down must not move the cut to the next key frame. 20 µs per segment add up to less than a
    group of pictures in a film of a hundred hours.
    """
    return float(segment_frames(rate) / rate) - 20e-6


def plan(frames: int | None, rate: Fraction) -> tuple[Unit, ...]:
    """The units of a film of that many frames, in order.

    The first is a single segment, so that the film can be watched soon, the second two. After that a unit is a
    quarter of what is left divided among the machines, so that nobody waits long for the last one, and at most five
    segments, so that a lost one costs little.
    """
    if frames is None:
        return (Unit(0, 0, None, 0, None),)
    per_segment = segment_frames(rate)
    total = -(-frames // per_segment)
    units: list[Unit] = []
    done = 0
    while done < total:
        size = min(MAX_SEGMENTS, max(1, -(-(total - done) // 4)), len(units) + 1)
        first = done * per_segment
        units.append(Unit(len(units), first, min(size * per_segment, frames - first), done, size))
        done += size
    return tuple(units)


def first_packet(segment: int, rate: Fraction) -> int:
    """The AAC packet that a segment's audio begins with: the first at or after its first frame.

    Packet 0 is the encoder's lead-in, one packet before the start of the film, and belongs to no segment: a player's
    clock would start with it, and the video would be late.
    """
    begin = segment * segment_frames(rate) / rate
    return math.ceil(begin * SAMPLE_RATE / PACKET_SAMPLES) + 1


def packet_seconds(packet: int) -> Fraction:
    """When a packet is played, in seconds from the start of the film."""
    return Fraction((packet - 1) * PACKET_SAMPLES, SAMPLE_RATE)
