"""Argument lists that find out what an original contains, and what an ffmpeg can do.

All argument lists are made by pure functions, so that what is run can be read and tested.
"""

from pathlib import Path

from videoflix.encoding.inputs import INPUT, MAX_PIXELS, OTHERS
from videoflix.encoding.models import Probe

# For streams whose first packet ends late, as that of slides in a broadcast does: it ends where the next one begins.
# ffprobe reads for five seconds of the film otherwise.
PATIENT = ("-analyzeduration", "120M", "-probesize", "100M")


def probe(ffprobe: str, source: Path, *, patient: bool = False) -> list[str]:
    return [
        *(ffprobe, "-v", "error", *INPUT, *(PATIENT if patient else ()), "-print_format", "json"),
        *("-show_format", "-show_streams", f"file:{source}"),
    ]


def sample(ffmpeg: str, source: Path, stream: int, target: Path) -> list[str]:
    """The beginning of one stream, with its original time stamps."""
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-y", "-copyts", *INPUT, "-i", f"file:{source}"),
        *("-map", f"0:{stream}", "-c", "copy", "-t", "2", "-fs", "16M", "-f", "matroska", f"file:{target}"),
    ]


def identify(ffprobe: str, source: Path) -> list[str]:
    """The same for a file that is not a film: these demuxers read nothing but the file either."""
    whitelists = ("-protocol_whitelist", "file,pipe", "-format_whitelist", OTHERS)
    return [
        *(ffprobe, "-v", "error", *whitelists, "-max_pixels", str(MAX_PIXELS), "-print_format", "json"),
        *("-show_format", "-show_streams", f"file:{source}"),
    ]


def frames(ffprobe: str, source: Path, video: int, packets: int) -> list[str]:
    """The time stamps of the frames in the first packets of a stream, as JSON."""
    return [
        *(ffprobe, "-v", "error", *INPUT, "-print_format", "json", "-select_streams", str(video)),
        *("-read_intervals", f"%+#{packets}", "-show_entries", "frame=best_effort_timestamp_time", f"file:{source}"),
    ]


def first_frame(ffmpeg: str, source: Path, video: int) -> list[str]:
    """The first frame of a stream that can be decoded, tiny, on standard output. ffprobe would fail if another
    stream has a damaged header."""
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", *INPUT, "-i", f"file:{source}"),
        *("-map", f"0:{video}", "-vf", "scale=16:16", "-pix_fmt", "gray", "-frames:v", "1", "-f", "rawvideo", "-"),
    ]


def packets(ffprobe: str, source: Path, video: int, interval: str = "") -> list[str]:
    """The time stamps of the packets of a stream, as JSON; `interval` is in the syntax of ffprobe."""
    return [
        *(ffprobe, "-v", "error", *INPUT, "-print_format", "json", "-select_streams", str(video)),
        *(("-read_intervals", interval) if interval else ()),
        *("-show_entries", "packet=pts_time,duration_time,flags", f"file:{source}"),
    ]


def packet_times(ffprobe: str, source: Path, interval: str = "") -> list[str]:
    """The stream, presentation time, decode time, duration and flags of each packet, as CSV; `interval` is in the
    syntax of ffprobe."""
    return [
        *(ffprobe, "-v", "error", *INPUT, "-of", "csv=p=0"),
        *(("-read_intervals", interval) if interval else ()),
        *("-show_entries", "packet=stream_index,pts_time,dts_time,duration_time,flags", f"file:{source}"),
    ]


def copy_packets(ffmpeg: str, source: Path, found: Probe) -> list[str]:
    """The packets of a film's H.264 as lines on standard output: all of them, their IDR slices (5), and their
    parameter sets (7 and 8), as streams 0 to 2; the packets of the first audio track as stream 3."""
    copies = [*("-map", f"0:{found.video}") * 3]
    copies += [option for track in found.audio_tracks[:1] for option in ("-map", f"0:{track.stream}")]
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-copyts", *INPUT, "-i", f"file:{source}"),
        *(*copies, "-c", "copy", "-bsf:v:1", "filter_units=pass_types=5", "-bsf:v:2", "filter_units=pass_types=7-8"),
        *("-max_muxing_queue_size", "4096", "-f", "framecrc", "pipe:1"),
    ]


def packet_streams(ffprobe: str, source: Path, count: int) -> list[str]:
    """The streams of the first video packets of a file, as JSON."""
    return [
        *(ffprobe, "-v", "error", *INPUT, "-print_format", "json", "-select_streams", "v"),
        *("-read_intervals", f"%+#{count}", "-show_entries", "packet=stream_index", f"file:{source}"),
    ]


def first_packet(ffmpeg: str, source: Path, video: int) -> list[str]:
    """The first packet of a stream, unchanged, on standard output."""
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", *INPUT, "-i", f"file:{source}"),
        *("-map", f"0:{video}", "-c", "copy", "-frames:v", "1", "-f", "data", "pipe:1"),
    ]


def listed(ffmpeg: str, kind: str) -> list[str]:
    """What it has of a kind, such as `filters` or `decoders`, a line for each."""
    return [ffmpeg, "-v", "error", f"-{kind}"]


def option(ffmpeg: str, name: str) -> list[str]:
    """Nothing but an option, without its value."""
    return [ffmpeg, "-v", "error", f"-{name}"]


def scale_options(ffmpeg: str) -> list[str]:
    return [ffmpeg, "-v", "error", "-h", "filter=scale"]
