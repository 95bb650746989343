from fractions import Fraction
from itertools import pairwise

import pytest

from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.units import plan_units

NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize("frames", [1, 149, 150, 151, 1798, 107_892])
def test_a_plan_holds_every_frame_once(frames: int) -> None:
    units = plan_units(frames, NTSC, CURRENT)
    assert [unit.number for unit in units] == list(range(len(units)))
    assert units[0].first_frame == 0
    for one, following in pairwise(units):
        assert one.frames is not None
        assert one.segments is not None
        assert following.first_frame == one.first_frame + one.frames
        assert following.first_segment == one.first_segment + one.segments
        assert one.frames == one.segments * CURRENT.segment_frames(NTSC)
    assert units[-1].frames is not None
    assert units[-1].first_frame + units[-1].frames == frames


def test_a_film_begins_soon_and_ends_with_small_pieces() -> None:
    sizes = [unit.segments for unit in plan_units(3600 * 30, Fraction(30), CURRENT)]
    assert sizes[:6] == [1, 2, 3, 4, 5, 5]
    assert sizes[-5:] == [2, 1, 1, 1, 1]


def test_a_film_of_unknown_length_is_one_unit() -> None:
    (unit,) = plan_units(None, NTSC, CURRENT)
    assert (unit.frames, unit.segments) == (None, None)
