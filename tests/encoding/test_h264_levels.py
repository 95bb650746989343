from fractions import Fraction

import pytest

from videoflix.encoding.h264_levels import level


@pytest.mark.parametrize(
    ("size", "rate", "expected"),
    [
        ((426, 240), 30, "3.0"),
        ((640, 360), 30, "3.0"),
        ((854, 480), 24, "3.0"),
        ((854, 480), 30, "3.1"),
        ((1280, 720), 30, "3.1"),
        ((1280, 720), 60, "3.2"),
        ((1920, 1080), 30, "4.0"),
        ((1080, 1920), 30, "4.0"),
        ((1920, 1080), 60, "4.2"),
        ((2560, 1440), 30, "5.0"),
        ((2560, 1440), 60, "5.1"),
        ((3840, 2160), 30, "5.1"),
        ((3840, 2160), 60, "5.2"),
        ((4096, 480), 10, "4.0"),
        ((16_000, 480), 1, None),
    ],
)
def test_the_lowest_level_for_a_size_and_a_rate(size: tuple[int, int], rate: int, expected: str | None) -> None:
    assert level(*size, Fraction(rate)) == expected
