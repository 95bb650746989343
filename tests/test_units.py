from fractions import Fraction

import pytest

from videoflix.units import constant_rate, key_frame_interval, plan, segment_seconds

NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("average", "nominal", "rate"),
    [
        (Fraction(25), Fraction(25), Fraction(25)),
        (NTSC, NTSC, NTSC),
        (Fraction(2997, 100), None, NTSC),
        (Fraction(359641, 12000), None, NTSC),
        (Fraction(24000, 1001), None, Fraction(24000, 1001)),
        (Fraction(24), None, Fraction(24)),
        (Fraction(15), None, Fraction(15)),
        (Fraction(120), None, Fraction(60)),
        (None, Fraction(50), Fraction(50)),
        (None, None, Fraction(25)),
        (Fraction(1), None, Fraction(1)),
    ],
)
def test_the_rate_is_constant_and_real(average: Fraction | None, nominal: Fraction | None, rate: Fraction) -> None:
    assert constant_rate(average, nominal) == rate


def test_key_frames_stand_every_two_seconds() -> None:
    assert key_frame_interval(Fraction(25)) == 50
    assert key_frame_interval(NTSC) == 60
    assert key_frame_interval(Fraction(1, 10)) == 1


def test_a_segment_is_three_groups_of_pictures() -> None:
    assert segment_seconds(Fraction(25)) == pytest.approx(6, abs=1e-4)
    assert segment_seconds(NTSC) == pytest.approx(6.006, abs=1e-4)


def test_a_plan_holds_every_frame() -> None:
    (unit,) = plan(60.0, NTSC)
    assert (unit.number, unit.first_frame, unit.frames) == (0, 0, 1798)
    assert plan(None, NTSC)[0].frames is None
