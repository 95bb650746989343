"""Argument lists that make thumbnails and storyboards."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from videoflix.encoding import colour
from videoflix.encoding.inputs import INPUT, MAX_PIXELS, decoder
from videoflix.encoding.models import Probe
from videoflix.encoding.storyboard import Layout

# An uploaded image is read as an image, whatever else it may be.
IMAGE = (
    *("-protocol_whitelist", "file,pipe", "-format_whitelist", "jpeg_pipe,png_pipe,webp_pipe"),
    *("-max_pixels", str(MAX_PIXELS)),
)
# For a JPEG of ours.
OWN_IMAGE = ("-protocol_whitelist", "file", "-f", "jpeg_pipe")
# For a playlist of ours over segments of ours.
OWN_SEGMENTS = ("-protocol_whitelist", "file", "-format_whitelist", "hls,mpegts", "-f", "hls")


def candidate(
    ffmpeg: str, source: Path, probe: Probe, at: float, width: int, target: Path, sample: tuple[int, int]
) -> list[str]:
    """A JPEG as `thumbnail` makes it, and the same frame small and gray, as raw bytes on standard output."""
    across, down = sample
    return [
        *_one_frame(ffmpeg, source, probe, at),
        *("-vf", f"scale={across}:{down},format=gray", "-f", "rawvideo", "pipe:1"),
        *("-map", f"0:{probe.video}", "-frames:v", "1", *_jpeg(_shown(probe, width), target)),
    ]


def thumbnail(ffmpeg: str, source: Path, probe: Probe, at: float | None, width: int, target: Path) -> list[str]:
    """One JPEG at about a time in seconds of the source's clock (None: the first frame), `width` pixels wide, with
    square pixels and the film's colours."""
    return [*_one_frame(ffmpeg, source, probe, at), *_jpeg(_shown(probe, width), target)]


def frame(ffmpeg: str, source: Path, probe: Probe, at: float, entry: float, width: int, target: Path) -> list[str]:
    """A JPEG of the frame that is shown at a time, as `thumbnail` makes it: the first frame that is less than a
    frame's duration older. The source is read from `entry` on; both in seconds after its first frame."""
    # ffmpeg counts from the seek target, or from where the container's clock starts
    counted = at - entry if entry else at + probe.first
    filters = _shown(probe, width)
    filters.insert(int(probe.interlaced), f"select=gte(t\\,{counted - 0.99 / float(probe.frame_rate):.6f})")
    seek = entry + probe.first if entry else None
    return [*_one_frame(ffmpeg, source, probe, seek), *_jpeg(filters, target)]


def image(ffmpeg: str, source: Path, most_width: int, most_height: int, target: Path) -> list[str]:
    """A JPEG of an uploaded image, reduced to these sides in pixels if it is larger."""
    sides = f"'min({most_width},iw)':'min({most_height},ih)'"
    box = f"scale={sides}:force_original_aspect_ratio=decrease"
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-y", *IMAGE),
        *("-threads", "1", "-i", f"file:{source}", "-map", "0:v:0", "-frames:v", "1"),
        *_jpeg([f"{box}:out_color_matrix=bt601:out_range=pc", "setsar=1"], target),
    ]


def image_width(ffprobe: str, picture: Path) -> list[str]:
    """The width of a JPEG of ours in pixels, on standard output."""
    return [
        *(ffprobe, "-v", "error", *OWN_IMAGE, "-select_streams", "v:0", "-show_entries", "stream=width"),
        *("-of", "csv=p=0", f"file:{picture}"),
    ]


def scaled(ffmpeg: str, picture: Path, targets: Mapping[int, Path], sample: tuple[int, int]) -> list[str]:
    """A JPEG of ours in these widths, and a small one as RGB on standard output."""
    across, down = sample
    arguments = [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-y", *OWN_IMAGE),
        *("-threads", "1", "-i", f"file:{picture}"),
        *("-vf", f"scale={across}:{down}:flags=area,format=rgb24", "-frames:v", "1", "-f", "rawvideo", "pipe:1"),
    ]
    for width, target in targets.items():
        arguments += ["-frames:v", "1", *_jpeg([f"scale={width}:'max(1,round({width}/a))'"], target)]
    return arguments


def storyboard(ffmpeg: str, playlist: str, board: Layout, sheets: str) -> list[str]:
    """The sheets of a storyboard, from a playlist over published segments. Both names are relative to the working
    directory; `sheets` contains the number as in printf.

    The frames are counted on the way: a sheet takes long, and must not look like a stall.
    """
    graph = [
        # the last key frame up to a time is used: a hundredth of a second protects that from rounding
        f"[0:v]setpts=PTS-STARTPTS-0.01/TB,fps={1 / board.interval}:round=up:start_time=0",
        f"trim=end_frame={board.pictures},scale={board.width}:{board.height},setsar=1",
        f"{colour.JPEG},split[pictures][tiles]",
    ]
    tile = f"[tiles]tile={board.columns}x{board.rows}[sheets]"
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-progress", "pipe:1", "-stats_period", "0.5"),
        *("-threads", "1", "-skip_frame", "nokey", *OWN_SEGMENTS, "-i", f"file:{playlist}"),
        *("-filter_complex", ",".join(graph) + ";" + tile, "-map", "[pictures]", "-f", "null", "-"),
        *("-map", "[sheets]", "-q:v", "5", "-start_number", "0", "-f", "image2", f"file:{sheets}"),
    ]


def _one_frame(ffmpeg: str, source: Path, probe: Probe, at: float | None) -> list[str]:
    # the key frame before it is enough, and costs one frame instead of a group of them
    seek = () if at is None else ("-noaccurate_seek", "-ss", f"{at:.6f}")
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-y", *INPUT),
        *("-threads", "1", *seek, *decoder(probe), "-i", f"file:{source}"),
        *("-map", f"0:{probe.video}", "-frames:v", "1"),
    ]


def _shown(probe: Probe, width: int) -> list[str]:
    """The filters that show a frame as the film does."""
    filters = ["bwdif"] if probe.interlaced else []
    # `dar` is the aspect ratio on the screen, whatever that of its pixels
    return [*filters, *colour.bt709(probe.colour, f"{width}:'max(2,2*round({width}/dar/2))'"), colour.JPEG]


def _jpeg(filters: Sequence[str], target: Path) -> list[str]:
    graph = ",".join([*filters, "format=yuvj420p"])
    return ["-vf", graph, "-q:v", "4", "-f", "image2", "-update", "1", f"file:{target}"]
