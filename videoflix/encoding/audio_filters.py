"""Filters that bring audio to one format, to its place on the film's clock, and to the length of the film."""

from videoflix.encoding.capabilities import Capabilities
from videoflix.encoding.geometry import Geometry
from videoflix.encoding.inputs import MAX_STEP
from videoflix.encoding.models import AudioTrack, Probe

# Audio starts at the film's start, and silence fills its gaps: also one lost packet of the shortest kind (20 ms,
# Opus), or everything after it would be early.
FILL = "aresample=async=1:first_pts=0:min_hard_comp=0.02"
# ffmpeg's own conversion from mono to stereo reduces the level by 3 dB.
MONO_TO_STEREO = "pan=stereo|FL=FL+FC|FR=FR+FC"


def to_stereo(track: AudioTrack, geometry: Geometry, capabilities: Capabilities) -> tuple[list[str], str]:
    """Options after the input that bring a track to one format, and the start of its chain of filters.

    In broadcasts it changes between stereo and 5.1. ffmpeg then restarts all filters of a track, and these count from
    the film's start: so only a decoder and a plain encoder may see the change. Older versions of ffmpeg cannot do
    that.
    """
    if not capabilities.loopback:
        return [], f"[0:{track.stream}]" + (f"{MONO_TO_STEREO}," if track.is_mono else "")
    return [
        *("-map", f"0:{track.stream}", "-c:a", "pcm_f32le", "-ac", "2", "-ar", str(geometry.sample_rate)),
        *(*(("-af", MONO_TO_STEREO) if track.is_mono else ()), "-f", "null", "-", "-dec", "0:0"),
    ], "[dec:0]"


def starting_at(probe: Probe, begin: float) -> str:
    """Filters that let audio begin at a time in seconds, with silence before it if needed."""
    time = f"PTS*TB-({begin:.6f})"
    if probe.frames:
        astray = f"gt({time}\\,{float(probe.frames / probe.frame_rate) + MAX_STEP:.3f})"
    else:
        astray = f"gt(abs({time}-PREV_OUTT)\\,{MAX_STEP})"
    return f"asetpts=if({astray}\\,PREV_OUTPTS+NB_SAMPLES\\,PTS-({begin:.6f})/TB),{FILL}"


def padded_to(seconds: float) -> str:
    """Filters that append silence up to so many seconds.

    If there is no audio at all at or after the first frame, silence has no time to continue from: it is counted anew,
    or nothing that waits for a time would ever end.
    """
    return f"apad=whole_dur={seconds:.6f},asetpts=N"


def silence_source(seconds: float, geometry: Geometry) -> str:
    """A source of silence, so many seconds long."""
    return f"anullsrc=channel_layout=stereo:sample_rate={geometry.sample_rate}:duration={seconds:.6f}"
