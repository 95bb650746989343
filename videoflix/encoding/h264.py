"""The options of the H.264 encoder of a rendition: preset, level, rate control, and where its key frames are."""

from fractions import Fraction

from msgspec import Struct

from videoflix.encoding.h264_levels import level
from videoflix.encoding.hardware import HARDWARE, Hardware
from videoflix.encoding.ladder import BUFFER_SECONDS, MAX_KBITS
from videoflix.encoding.models import EncodePlan, Rendition
from videoflix.encoding.units import Unit

X264 = "libx264"
PROFILE = ("-profile:v", "high")
# How full the rate control's buffer is at the start of a unit in the middle of the film. x264's default (0.9) suits a
# whole film; with every unit it would allow a burst that one long run could not afford. Grain at the ceiling came out
# 7.5 % larger with 0.9, and 3.9 % smaller with 0.3.
INITIAL_OCCUPANCY = 0.5
# An interval of key frames that is longer than any unit.
NEVER = "1000000"


class Encoder(Struct, frozen=True):
    """What encodes the video: ffmpeg's name for it, the preset of x264, and the quality as x264's CRF (lower is
    better)."""

    name: str
    preset: str
    crf: int

    @property
    def hardware(self) -> Hardware | None:
        """None if it is x264."""
        return HARDWARE.get(self.name)


def h264(rendition: Rendition, plan: EncodePlan, unit: Unit, encoder: Encoder) -> list[str]:
    """Output options that encode a rendition of a unit.

    Profile and level are stated, so that all units of a film have the same, whichever encoder makes them.
    """
    most = MAX_KBITS[rendition.label]
    least = level(rendition.width, rendition.height, plan.probe.frame_rate)
    if encoder.hardware is None:
        occupancy = round(INITIAL_OCCUPANCY * BUFFER_SECONDS * 1000 * most)
        own = [
            # the rate is constant, although the time stamps count in fractions of a frame
            *("-preset", encoder.preset, "-x264-params", "force-cfr=1", "-sc_threshold", "0"),
            *("-forced-idr", "1"),
            *("-crf", str(encoder.crf), "-maxrate", f"{most}k", "-bufsize", f"{BUFFER_SECONDS * most}k"),
            *(("-rc_init_occupancy", str(occupancy)) if unit.first_frame else ()),
        ]
    else:
        least = least and encoder.hardware.level(least)
        own = [
            *encoder.hardware.options,
            *encoder.hardware.rate_control(encoder.crf, most, BUFFER_SECONDS * most),
            *("-bf", "0"),
        ]
    return ["-c:v", encoder.name, *PROFILE, *(("-level", least) if least else ()), *own, *_key_frames(plan, unit)]


def _key_frames(plan: EncodePlan, unit: Unit) -> tuple[str, ...]:
    """Key frames at the same instants in all renditions."""
    rate = plan.probe.frame_rate
    if not plan.geometry.key_frames or unit.frames is None:
        interval = str(plan.geometry.key_frame_interval(rate))
        return ("-g", interval, "-keyint_min", interval)
    # half a frame earlier, so that rounding moves none of them
    first = unit.first_frame
    keys = plan.geometry.key_frames_between(first, first + unit.frames)
    times = ",".join(f"{max(0.0, float((key - first - Fraction(1, 2)) / rate)):.4f}" for key in keys)
    return ("-g", NEVER, "-keyint_min", "1", "-force_key_frames", times)
