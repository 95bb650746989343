"""The time line of a film in frames: its rate, its key frames, its segments, and the units it is cut in."""

from fractions import Fraction

from msgspec import Struct

MOST_RATE = Fraction(60)
KEY_FRAME_SECONDS = 2
KEY_FRAMES_PER_SEGMENT = 3

# Rates that exist; a container's rounded clock tells something very near to one of them.
_REAL = [Fraction(n, d) for n in (24, 25, 30, 48, 50, 60) for d in (1,)] + [
    Fraction(n * 1000, 1001) for n in (24, 30, 48, 60)
]


class Unit(Struct, frozen=True):
    """A stretch of the film that is encoded in one go; `frames` is None if the film's length is not known."""

    number: int
    first_frame: int
    frames: int | None


def constant_rate(average: Fraction | None, nominal: Fraction | None) -> Fraction:
    """The constant frame rate to encode at, at most 60: the average, put right if it is nearly a real one."""
    rate = average or nominal or Fraction(25)
    near = min(_REAL, key=lambda real: abs(real - rate))
    if abs(near - rate) / near < Fraction(1, 2500):
        rate = near
    return min(rate, MOST_RATE).limit_denominator(1001)


def key_frame_interval(rate: Fraction) -> int:
    """Frames from one key frame to the next: two seconds, as Apple's authoring rules ask."""
    return max(1, round(KEY_FRAME_SECONDS * rate))


def segment_seconds(rate: Fraction) -> float:
    """The length of a segment in seconds: three groups of pictures.

    Slightly less is told to ffmpeg, which cuts at the first key frame at or after a multiple of it: a time
    stamp that was rounded down must not push the cut to the next key frame. 20 µs per segment add up to
    less than a group of pictures in a film of a hundred hours.
    """
    frames = KEY_FRAMES_PER_SEGMENT * key_frame_interval(rate)
    return float(frames / rate) - 20e-6


def plan(duration: float | None, rate: Fraction) -> tuple[Unit, ...]:
    """The units of a film of that many seconds, in order."""
    return (Unit(0, 0, max(1, round(duration * rate)) if duration else None),)
