from fractions import Fraction
from pathlib import Path

from msgspec.structs import replace

from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.models import Colour, Probe, ToneMap
from videoflix.encoding.stills import candidate, frame, image, storyboard, thumbnail
from videoflix.encoding.storyboard import layout

FOUND = Probe(video=0, width=1920, height=1080, frame_rate=Fraction(30), duration=60.0)


def _filters(arguments: list[str]) -> str:
    """Of the last output."""
    return arguments[len(arguments) - arguments[::-1].index("-vf")]


def test_a_thumbnail_has_the_colours_and_lines_of_the_film() -> None:
    def filters(found: Probe) -> set[str]:
        only = thumbnail("ffmpeg", Path("x"), found, 1.5, 640, Path("y"))
        among = candidate("ffmpeg", Path("x"), found, 1.5, 640, Path("y"), (160, 90))
        return {_filters(only), _filters(among)}

    (plain,) = filters(FOUND)
    assert "tonemap" not in plain
    hdr = Colour(matrix="bt2020nc", primaries="bt2020", hdr="smpte2084", tone_map=ToneMap.ZSCALE)
    (bright,) = filters(replace(FOUND, colour=hdr, interlaced=True))
    assert bright.startswith("bwdif,scale=")
    assert "tonemap" in bright


def test_a_frame_is_picked_behind_a_key_frame_from_which_it_is_read() -> None:
    late = replace(FOUND, first=0.5)
    arguments = frame("ffmpeg", Path("x"), late, 3.5, 2.0, 640, Path("y"))
    assert arguments[arguments.index("-ss") + 1] == "2.500000"
    assert _filters(arguments).startswith("select=gte(t\\,1.467000),scale=")
    arguments = frame("ffmpeg", Path("x"), replace(late, interlaced=True), 3.5, 0.0, 640, Path("y"))
    assert "-ss" not in arguments
    assert _filters(arguments).startswith("bwdif,select=gte(t\\,3.967000),scale=")


def test_what_was_uploaded_as_a_picture_is_read_as_nothing_else() -> None:
    arguments = image("ffmpeg", Path("x"), 640, 1280, Path("y"))
    options = arguments[: arguments.index("-i")]
    assert options[options.index("-format_whitelist") + 1] == "jpeg_pipe,png_pipe,webp_pipe"


def test_a_storyboard_is_read_from_our_own_segments_alone_and_only_their_key_frames() -> None:
    board = layout(1800, Fraction(30000, 1001), 854, 480, CURRENT)
    arguments = storyboard("ffmpeg", "film.m3u8", board, "%03d.jpg")
    source = arguments.index("-i")
    assert arguments[source + 1] == "file:film.m3u8"
    options = arguments[:source]
    assert options[options.index("-protocol_whitelist") + 1] == "file"
    assert options[options.index("-format_whitelist") + 1] == "hls,mpegts"
    assert options[options.index("-skip_frame") + 1] == "nokey"
    graph = arguments[arguments.index("-filter_complex") + 1]
    assert "fps=500/1001:round=up" in graph
    assert "tile=10x3" in graph
