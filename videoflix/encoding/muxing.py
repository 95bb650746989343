"""The output options that mux a rendition of a unit as segments of a transport stream, cut at given frames."""

from fractions import Fraction

from videoflix.encoding.models import EncodePlan, Rendition
from videoflix.encoding.units import Unit

LIST = "segments.csv"
# The packets of a unit are counted from zero: without the flag a strict reader takes them for damaged. The tables of
# what is in a stream are at the beginning of every segment, which is enough.
FORMAT = "mpegts_flags=+initial_discontinuity:pat_period=86400:sdt_period=86400"


def segments(
    rendition: Rendition, plan: EncodePlan, unit: Unit, *, delay: Fraction | float, begin: float = 0.0
) -> list[str]:
    """Segments in a folder named after the rendition, and a list of them.

    `delay` is how many seconds before they are shown its key frames are decoded: a segment ends where the decoding of
    the next one begins. Its audio has to reach as far as its video; a player that finds less loads the segment again
    when it switches the rendition there. `begin` is the time of the unit's first frame before it is muxed.
    """
    first = unit.first_frame / plan.probe.frame_rate
    return [
        *("-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1", "-max_muxing_queue_size", "4096"),
        *("-avoid_negative_ts", "disabled", "-muxdelay", "0", "-muxpreload", "0"),
        *("-audio_preload", str(round(delay * 1_000_000))),
        *("-f", "segment", "-segment_format", "mpegts", "-segment_format_options", FORMAT),
        *("-initial_offset", f"{plan.geometry.time_offset + float(first) - begin:.6f}", *_cuts(plan, unit)),
        *("-segment_start_number", str(unit.first_segment)),
        *("-segment_list", f"{rendition.name}/{LIST}", "-segment_list_type", "csv", f"{rendition.name}/%03d.ts"),
    ]


def _cuts(plan: EncodePlan, unit: Unit) -> tuple[str, str]:
    """Where segments end. The end of the unit is among the cuts: a copy may have packets after it."""
    geometry, rate = plan.geometry, plan.probe.frame_rate
    if unit.frames is None or unit.segments is None:
        return "-segment_time", f"{geometry.segment_time(rate):.6f}"
    inner = range(unit.first_segment + 1, unit.first_segment + unit.segments)
    frames = [geometry.first_frame(segment, rate) - unit.first_frame for segment in inner]
    return "-segment_frames", ",".join(map(str, [*frames, unit.frames]))
