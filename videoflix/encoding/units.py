"""Plans the units of a film: the parts in which it is encoded, each in one run."""

from fractions import Fraction
from pathlib import Path

from msgspec import Struct

from videoflix.encoding.geometry import Geometry

MAX_SEGMENTS = 5


class Unit(Struct, frozen=True):
    """A part of the film that is encoded in one run, a whole number of segments except at the film's end.

    Without a known length there is one unit, whose `frames` and `segments` are None.
    """

    number: int
    first_frame: int
    frames: int | None
    first_segment: int
    segments: int | None


class UnitAudio(Struct, frozen=True):
    """The audio of a unit: a file of AAC packets, and when the first of them is played, in seconds after the unit's
    first frame."""

    file: Path
    begin: Fraction


def plan_units(
    frames: int | None, rate: Fraction, geometry: Geometry, *, in_one_piece: bool = False
) -> tuple[Unit, ...]:
    """The units of a film of that many frames, in order; a single one if seeks in it are not reliable.

    The first is a single segment, so that the film can be watched soon, the second two. After that a unit is a
    quarter of what is left divided among the machines, so that nobody waits long for the last one, and at most five
    segments, so that a lost one costs little.
    """
    if frames is None:
        return (Unit(0, 0, None, 0, None),)
    total = geometry.segments(frames, rate)
    if in_one_piece:
        return (Unit(0, 0, frames, 0, total),)
    units: list[Unit] = []
    done = 0
    while done < total:
        size = min(MAX_SEGMENTS, max(1, -(-(total - done) // 4)), len(units) + 1)
        first = geometry.first_frame(done, rate)
        end = geometry.first_frame(done + size, rate) if done + size < total else frames
        units.append(Unit(len(units), first, end - first, done, size))
        done += size
    return tuple(units)
