"""The time line of a film: its frames, key frames, segments and packets of sound, and the units it is cut in."""

import math
from fractions import Fraction

from msgspec import Struct

MAX_RATE, MIN_RATE = Fraction(60), Fraction(1)
KEY_FRAME_SECONDS = 2
KEY_FRAMES_PER_SEGMENT = 3
MAX_SEGMENTS = 5
# All sound becomes AAC at this rate, in packets of so many samples.
SAMPLE_RATE, PACKET_SAMPLES = 48_000, 1024
# Where the film's clock begins, in seconds: room for the negative decode times of B-frames.
TIME_OFFSET = 10

# Rates that exist; a container's rounded clock tells something very near to one of them.
_REAL = [Fraction(n, d) for n in (24, 25, 30, 48, 50, 60) for d in (1,)] + [
    Fraction(n * 1000, 1001) for n in (24, 30, 48, 60)
]


class Unit(Struct, frozen=True):
    """A stretch of the film that is encoded in one go, a whole number of segments but for the film's end.

    Without a known length there is one unit, whose `frames` and `segments` are None.
    """

    number: int
    first_frame: int
    frames: int | None
    first_segment: int
    segments: int | None


def constant_rate(average: Fraction | None, nominal: Fraction | None) -> Fraction:
    """The constant frame rate to encode at, from 1 to 60: the average, put right if it is nearly a real one.

    If it is neither real nor the nominal one, the rate varies: pictures may come faster than the average says. Then
    it is the nominal rate, which has a place for each of them, or if that is a mere clock the next real one.
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
    """Frames from one key frame to the next: two seconds, as Apple's authoring rules ask."""
    return max(1, round(KEY_FRAME_SECONDS * rate))


def segment_frames(rate: Fraction) -> int:
    """Frames of a segment: three groups of pictures."""
    return KEY_FRAMES_PER_SEGMENT * key_frame_interval(rate)


def segment_seconds(rate: Fraction) -> float:
    """The length of a segment, as ffmpeg is told it.

    That is slightly less than it is: ffmpeg cuts at the first key frame at or after a multiple of it, and a
    time stamp that was rounded down must not push the cut to the next key frame. 20 µs per segment add up to
    less than a group of pictures in a film of a hundred hours.
    """
    return float(segment_frames(rate) / rate) - 20e-6


def plan(frames: int | None, rate: Fraction) -> tuple[Unit, ...]:
    """The units of a film of that many frames, in order.

    The first is a single segment, so that there is something to watch soon, the second two. After that units
    are as long as the machines are kept busy by: a quarter of what is left, so that at the end nobody waits
    long for the last one, and at most five segments, so that a lost one costs little.
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
    """The AAC packet that a segment's sound begins with: the first at or after its first frame.

    Packet 0 is the encoder's lead-in, one packet before the beginning of the film, and goes with no segment: a
    player's clock would begin with it, and the picture too late.
    """
    begin = segment * segment_frames(rate) / rate
    return math.ceil(begin * SAMPLE_RATE / PACKET_SAMPLES) + 1


def packet_seconds(packet: int) -> Fraction:
    """When a packet is heard, in seconds from the beginning of the film."""
    return Fraction((packet - 1) * PACKET_SAMPLES, SAMPLE_RATE)
