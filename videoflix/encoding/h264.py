"""The options of the H.264 encoder of a rendition: preset, level, rate control, and where its key frames are."""

from msgspec import Struct

from videoflix.encoding.h264_levels import level
from videoflix.encoding.ladder import BUFFER_SECONDS, MAX_KBITS
from videoflix.encoding.models import EncodePlan, Rendition
from videoflix.encoding.units import Unit

# The rate is constant, although the time stamps count in fractions of a frame.
CODEC = ("-c:v", "libx264", "-profile:v", "high", "-x264-params", "force-cfr=1")
# How full the rate control's buffer is at the start of a unit in the middle of the film. x264's default (0.9) suits a
# whole film; with every unit it would allow a burst that one long run could not afford. Grain at the ceiling came out
# 7.5 % larger with 0.9, and 3.9 % smaller with 0.3.
INITIAL_OCCUPANCY = 0.5


class Encoder(Struct, frozen=True):
    """What encodes the video: x264's preset, and the quality as its CRF (lower is better)."""

    preset: str
    crf: int


def h264(rendition: Rendition, plan: EncodePlan, unit: Unit, encoder: Encoder) -> list[str]:
    """Output options that encode a rendition of a unit."""
    most = MAX_KBITS[rendition.label]
    occupancy = round(INITIAL_OCCUPANCY * BUFFER_SECONDS * 1000 * most)
    least = level(rendition.width, rendition.height, plan.probe.frame_rate)
    return [
        *CODEC,
        *("-preset", encoder.preset),
        *(("-level", least) if least else ()),
        *("-crf", str(encoder.crf), "-maxrate", f"{most}k", "-bufsize", f"{BUFFER_SECONDS * most}k"),
        *(("-rc_init_occupancy", str(occupancy)) if unit.first_frame else ()),
        *_key_frames(plan),
    ]


def _key_frames(plan: EncodePlan) -> tuple[str, ...]:
    """Key frames at the same instants in all renditions, and nowhere else."""
    interval = str(plan.geometry.key_frame_interval(plan.probe.frame_rate))
    return ("-g", interval, "-keyint_min", interval, "-sc_threshold", "0")
