from fractions import Fraction
from itertools import pairwise

import pytest

from videoflix.encoding.units import (
    constant_rate,
    first_packet,
    key_frame_interval,
    packet_seconds,
    plan,
    segment_frames,
    segment_seconds,
)

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


def test_key_frames_stand_every_two_seconds() -> None:
    assert key_frame_interval(Fraction(25)) == 50
    assert key_frame_interval(NTSC) == 60
    assert key_frame_interval(Fraction(1, 10)) == 1


def test_a_segment_is_three_groups_of_pictures() -> None:
    assert segment_seconds(Fraction(25)) == pytest.approx(6, abs=1e-4)
    assert segment_seconds(NTSC) == pytest.approx(6.006, abs=1e-4)


@pytest.mark.parametrize("frames", [1, 149, 150, 151, 1798, 107_892])
def test_a_plan_holds_every_frame_once(frames: int) -> None:
    units = plan(frames, NTSC)
    assert [unit.number for unit in units] == list(range(len(units)))
    assert units[0].first_frame == 0
    for one, following in pairwise(units):
        assert one.frames is not None
        assert one.segments is not None
        assert following.first_frame == one.first_frame + one.frames
        assert following.first_segment == one.first_segment + one.segments
        assert one.frames == one.segments * segment_frames(NTSC)
    assert units[-1].frames is not None
    assert units[-1].first_frame + units[-1].frames == frames


def test_a_film_begins_soon_and_ends_with_small_pieces() -> None:
    sizes = [unit.segments for unit in plan(3600 * 30, Fraction(30))]
    assert sizes[:6] == [1, 2, 3, 4, 5, 5]
    assert sizes[-5:] == [2, 1, 1, 1, 1]


def test_a_film_of_unknown_length_is_one_unit() -> None:
    (unit,) = plan(None, NTSC)
    assert (unit.frames, unit.segments) == (None, None)


def test_packets_of_sound_belong_to_the_segment_that_they_begin_in() -> None:
    for rate in (Fraction(25), NTSC):
        assert first_packet(0, rate) == 1  # the encoder's lead-in is left out
        for segment in range(600):
            begin = segment * segment_frames(rate) / rate
            packet = first_packet(segment, rate)
            assert packet_seconds(packet - 1) < begin <= packet_seconds(packet)
