from fractions import Fraction

import pytest

from videoflix.encoding.frame_rate import constant_rate

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
        (Fraction(1, 10), Fraction(1, 10), Fraction(1)),
        (Fraction(15), Fraction(15), Fraction(15)),
        (Fraction(534, 31), Fraction(25), Fraction(25)),
        (Fraction(249, 10), Fraction(25), Fraction(25)),
        (NTSC, Fraction(60), NTSC),
        (Fraction(283, 10), Fraction(1000), NTSC),
        (Fraction(283, 10), Fraction(120), NTSC),
        (Fraction(119), Fraction(1000), Fraction(60)),
    ],
)
def test_the_rate_is_constant_and_real(average: Fraction | None, nominal: Fraction | None, rate: Fraction) -> None:
    assert constant_rate(average, nominal) == rate
