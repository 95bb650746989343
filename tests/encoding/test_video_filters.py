from fractions import Fraction

from msgspec.structs import replace

from tests.default_encode import LABELS
from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.ladder import ladder
from videoflix.encoding.models import Colour, Probe, ToneMap
from videoflix.encoding.units import plan_units
from videoflix.encoding.video_filters import filter_graph

FOUND = Probe(video=0, width=1920, height=1080, frame_rate=Fraction(30), duration=60.0)
CLOCK = "setpts=if(gt(abs(PTS*TB-(0.000000)-PREV_OUTT)\\,60)\\,PREV_OUTPTS+1/((30)*TB)\\,PTS-round(0.000000/TB)),"
BT709 = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
WHOLE = plan_units(None, Fraction(30), CURRENT)[0]


def test_the_ladder_is_one_chain_from_the_source_down() -> None:
    assert filter_graph(FOUND, ladder(1920, 1080, LABELS), WHOLE).split(";") == [
        f"[0:0]{CLOCK}fps=30:start_time=0,trim=end_frame=2592000,scale=1920:1080,setsar=1,format=yuv420p,{BT709},split[1080p][to720p]",
        "[to720p]scale=1280:720,split[720p][to480p]",
        "[to480p]scale=854:480[480p]",
    ]


def test_a_single_rendition_needs_no_split() -> None:
    graph = filter_graph(FOUND, ladder(320, 240, LABELS), WHOLE)
    assert graph.endswith("scale=320:240,setsar=1,format=yuv420p," + BT709 + "[480p]")
    assert ";" not in graph


def test_a_film_of_unknown_length_ends_after_a_day_and_ignores_a_damaged_clock() -> None:
    graph = filter_graph(FOUND, ladder(1280, 720, LABELS), WHOLE)
    assert f"trim=end_frame={30 * 24 * 3600}" in graph
    assert "PREV_OUTPTS" in graph


def test_the_last_frame_is_repeated_until_the_audio_ends_and_no_longer() -> None:
    found = replace(FOUND, frame_rate=Fraction(1), length=48.014, overhang=11.014)
    graph = filter_graph(found, ladder(1280, 720, LABELS), WHOLE)
    assert "tpad=stop_mode=clone:stop_duration=11.014000,trim=end_frame=48," in graph


def test_hdr_is_converted_where_ffmpeg_can() -> None:
    hdr = Colour(matrix="bt2020nc", primaries="bt2020", hdr="smpte2084")
    _, second, *_ = plan_units(1800, Fraction(30), CURRENT)
    steps = {}
    for tone_map in (*ToneMap, None):
        found = replace(FOUND, frames=1800, colour=replace(hdr, tone_map=tone_map))
        top = filter_graph(found, ladder(1280, 720, LABELS), second).split(";")[-2]
        after = top[top.index("scale=1280:720") :]
        steps[tone_map] = [step.partition("=")[0] for step in after.split(",")]
    tagged = ["format", "setparams", "split[720p][to480p]"]
    assert steps == {
        ToneMap.ZSCALE: [
            *("scale", "setsar", "setparams", "zscale", "format", "zscale", "tonemap", "zscale"),
            *tagged,
        ],
        ToneMap.SCALE: ["scale", "setsar", "setparams", "scale", *tagged],
        None: ["scale", "setsar", "format", "colorspace", *tagged[1:]],
    }
