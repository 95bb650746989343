"""The filters of a unit's video: its frames at a constant rate, scaled to every rendition."""

from collections.abc import Sequence
from fractions import Fraction

from videoflix.encoding import colour
from videoflix.encoding.inputs import MAX_STEP, max_seconds
from videoflix.encoding.models import Probe, Rendition
from videoflix.encoding.timeline import frames_in
from videoflix.encoding.units import Unit


def filter_graph(probe: Probe, renditions: Sequence[Rendition], unit: Unit, entry: float | None = None) -> str:
    """One chain from the source down the ladder: each rendition is scaled from the one above it."""
    *lower, top = renditions
    prepare = []
    if probe.interlaced:  # it does not support a change of size
        prepare = [f"scale={probe.width}:{probe.height}:interl=-1", "bwdif=mode=send_frame"]
    prepare += _unit_frames(probe, unit, entry)
    prepare += colour.bt709(probe.colour, f"{top.width}:{top.height}")
    chains = [f"[0:{probe.video}]" + ",".join(prepare)]
    above = top
    for rendition in reversed(lower):
        chains[-1] += f",split[{above.name}][to{rendition.name}]"
        chains.append(f"[to{rendition.name}]scale={rendition.width}:{rendition.height}")
        above = rendition
    chains[-1] += f"[{above.name}]"
    return ";".join(chains)


def _unit_frames(probe: Probe, unit: Unit, entry: float | None) -> list[str]:
    """Exactly the frames of the unit, at the constant rate, counted from zero.

    What is missing at the end (the source stops early, or shows one frame for long) is filled with the last frame.
    """
    if unit.frames is None:
        astray = f"gt(abs(PTS*TB-({probe.first:.6f})-PREV_OUTT)\\,{MAX_STEP})"
        following = f"PREV_OUTPTS+1/(({probe.frame_rate})*TB)"
        begin = [f"setpts=if({astray}\\,{following}\\,PTS-round({probe.first:.6f}/TB))"]
        begin += [f"setpts=if(N\\,PTS-round({probe.hold:.6f}/TB)\\,PTS)"] if probe.hold else []
        repeat = [f"tpad=stop_mode=clone:stop_duration={probe.overhang:.6f}"] if probe.overhang else []
        # how long the last frame is shown before it is repeated is ffmpeg's guess
        seconds = probe.length if probe.length and probe.overhang else max_seconds(probe)
        end = f"trim=end_frame={frames_in(seconds, probe)}"
        return [*begin, f"fps={probe.frame_rate}:start_time=0", *repeat, end]
    start = float(unit.first_frame / probe.frame_rate)
    place = start if entry is None else entry
    # ffmpeg counts from the seek target, or from where the container's clock starts
    late = start - place if place else start + probe.first + (probe.origin if probe.in_one_piece else 0.0)
    return [
        *([f"setpts=PTS-round({late:.6f}/TB)"] if late else []),
        _repeat_last_frame(probe.frame_rate, unit.frames / probe.frame_rate + 1),
        f"fps={probe.frame_rate}:start_time=0",
        f"trim=end_frame={unit.frames}",
    ]


def _repeat_last_frame(rate: Fraction, seconds: Fraction) -> str:
    """Filters that repeat the last frame until a time in seconds: the first frame is inserted again at that time, and
    has to be trimmed. `tpad` would need a frame at or after 0, and the last one may be long before.

    `interleave` counts in microseconds: what is exactly between two frames is decided before it.
    """
    again = f"trim=end_frame=1,setpts={float(seconds):.6f}/TB"
    return f"split[shown][first];[first]{again}[end];[shown]fps={rate}[even];[even][end]interleave"
