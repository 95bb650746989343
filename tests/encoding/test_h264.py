from fractions import Fraction

from msgspec.structs import replace

from tests.default_encode import LABELS, X264
from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.h264 import Encoder, h264
from videoflix.encoding.ladder import ladder
from videoflix.encoding.models import EncodePlan, Probe
from videoflix.encoding.units import plan_units

RATE = Fraction(30)
FOUND = Probe(video=0, width=1920, height=1080, frame_rate=RATE, duration=60.0, frames=1800)
PLAN = EncodePlan(FOUND, ladder(1920, 1080, LABELS), CURRENT)
UNITS = plan_units(1800, RATE, CURRENT)


def value(arguments: list[str], option: str) -> str:
    return arguments[arguments.index(option) + 1]


def test_the_size_is_limited_by_quality_and_by_the_ceiling_of_the_label() -> None:
    arguments = h264(PLAN.renditions[0], PLAN, UNITS[0], Encoder("slow", 18))
    assert (value(arguments, "-preset"), value(arguments, "-crf")) == ("slow", "18")
    assert (value(arguments, "-maxrate"), value(arguments, "-bufsize")) == ("1600k", "3200k")


def test_every_rendition_has_the_lowest_level_that_its_size_and_rate_allow() -> None:
    levels = [value(h264(each, PLAN, UNITS[0], X264), "-level") for each in PLAN.renditions]
    assert levels == ["3.1", "3.1", "4.0"]
    endless = replace(PLAN.renditions[0], width=16_000)
    assert "-level" not in h264(endless, PLAN, UNITS[0], X264)


def test_a_unit_in_mid_film_does_not_begin_with_a_full_buffer() -> None:
    top = PLAN.renditions[-1]
    assert "-rc_init_occupancy" not in h264(top, PLAN, UNITS[0], X264)
    second = h264(top, PLAN, UNITS[1], X264)
    occupied = int(value(second, "-rc_init_occupancy"))
    assert occupied == 1000 * int(value(second, "-bufsize").removesuffix("k")) // 2
