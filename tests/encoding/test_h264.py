from fractions import Fraction

from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.h264 import h264
from videoflix.encoding.ladder import ladder
from videoflix.encoding.models import EncodePlan, Probe
from videoflix.encoding.units import plan_units

RATE = Fraction(30)
FOUND = Probe(video=0, width=1920, height=1080, frame_rate=RATE, duration=60.0, frames=1800)
PLAN = EncodePlan(FOUND, ladder(1920, 1080), CURRENT)
UNITS = plan_units(1800, RATE, CURRENT)


def value(arguments: list[str], option: str) -> str:
    return arguments[arguments.index(option) + 1]


def test_a_unit_in_mid_film_does_not_begin_with_a_full_buffer() -> None:
    top = PLAN.renditions[-1]
    assert "-rc_init_occupancy" not in h264(top, PLAN, UNITS[0], preset="fast")
    second = h264(top, PLAN, UNITS[1], preset="fast")
    occupied = int(value(second, "-rc_init_occupancy"))
    assert occupied == 1000 * int(value(second, "-bufsize").removesuffix("k")) // 2
