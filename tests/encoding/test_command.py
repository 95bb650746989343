from fractions import Fraction
from pathlib import Path

from msgspec.structs import replace

from videoflix.encoding.command import captions, encode, filter_graph, probe
from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.ladder import ladder
from videoflix.encoding.models import EncodePlan, Probe, Rung, Sound, TextTrack
from videoflix.encoding.units import plan_units

FOUND = Probe(
    video=0, sounds=(Sound(stream=1),), width=1920, height=1080, frame_rate=Fraction(30), duration=60.0
)  # fmt: skip
CLOCK = "setpts=if(gt(abs(PTS*TB-(0.000000)-PREV_OUTT)\\,60)\\,PREV_OUTPTS+1/((30)*TB)\\,PTS-round(0.000000/TB)),"
BT709 = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
PLAN = EncodePlan(FOUND, ladder(320, 240), CURRENT)
WHOLE = plan_units(None, Fraction(30), CURRENT)[0]


def test_the_ladder_is_one_chain_from_the_source_down() -> None:
    assert filter_graph(FOUND, ladder(1920, 1080), WHOLE).split(";") == [
        f"[0:0]{CLOCK}fps=30:start_time=0,trim=end_frame=2592000,scale=1920:1080,setsar=1,format=yuv420p,{BT709},split[1080p][to720p]",
        "[to720p]scale=1280:720,split[720p][to480p]",
        "[to480p]scale=854:480[480p]",
    ]


def test_a_single_rung_needs_no_split() -> None:
    graph = filter_graph(FOUND, ladder(320, 240), WHOLE)
    assert graph.endswith("scale=320:240,setsar=1,format=yuv420p," + BT709 + "[480p]")
    assert ";" not in graph


def test_no_path_is_taken_for_an_option_or_an_address() -> None:
    source = Path("-evil http:name.mp4")
    for arguments in (
        encode("ffmpeg", source, PLAN, WHOLE, preset="fast", cores=2),
        probe("ffprobe", source),
        captions("ffmpeg", source, FOUND, Path("/folder"), 1000),
    ):
        assert f"file:{source}" in arguments
        assert str(source) not in arguments


def test_only_containers_are_opened_and_only_files_are_read() -> None:
    arguments = probe("ffprobe", Path("film.mp4"))
    demuxers = arguments[arguments.index("-format_whitelist") + 1].split(",")
    assert not {"hls", "concat", "dash", "image2", "lavfi", "sdp", "rtsp"} & set(demuxers)
    assert arguments[arguments.index("-protocol_whitelist") + 1] == "file,pipe"


def test_sound_is_left_out_where_there_is_none() -> None:
    silent = replace(PLAN, probe=replace(FOUND, sounds=()))
    assert "aac" not in encode("ffmpeg", Path("x"), silent, WHOLE, preset="fast", cores=2)


def test_threads_are_shared_out_among_the_rungs() -> None:
    def threads(rungs: tuple[Rung, ...]) -> list[str]:
        arguments = encode("ffmpeg", Path("x"), replace(PLAN, rungs=rungs), WHOLE, preset="fast", cores=4)
        return [arguments[place + 1] for place, word in enumerate(arguments) if word == "-threads"]

    assert threads(ladder(1920, 1080)) == ["2", "2", "2", "4"]
    assert threads(ladder(320, 240)) == []


def test_a_unit_reads_its_own_stretch_and_makes_exactly_its_frames() -> None:
    counted = replace(FOUND, frames=1800, first=0.08)
    plan = replace(PLAN, probe=counted)
    first, second = plan_units(1800, Fraction(30), CURRENT)[:2]
    assert "-ss" not in encode("ffmpeg", Path("x"), plan, first, preset="fast", cores=1)
    arguments = encode("ffmpeg", Path("x"), plan, second, preset="fast", cores=1)
    assert arguments[arguments.index("-ss") + 1] == "6.080000"
    assert arguments[arguments.index("-start_number") + 1] == "1"
    assert arguments[arguments.index("-output_ts_offset") + 1] == "16.000000"
    assert "trim=end_frame=360" in filter_graph(counted, ladder(320, 240), second)


def test_all_text_tracks_are_taken_out_in_one_go_while_the_sound_tells_of_progress() -> None:
    texts = (TextTrack(stream=3), TextTrack(stream=5))
    arguments = captions("ffmpeg", Path("x"), replace(FOUND, texts=texts), Path("/folder"), 1000)
    mapped = [arguments[place + 1] for place, word in enumerate(arguments) if word == "-map"]
    assert mapped == ["0:3", "0:5", "0:1"]
    assert [word for word in arguments if word.startswith("file:/folder/")] == ["file:/folder/0", "file:/folder/1"]
    silent = captions("ffmpeg", Path("x"), replace(FOUND, texts=texts, sounds=()), Path("/folder"), 1000)
    assert silent[-6:] == ["0:0", "-c", "copy", "-f", "data", "pipe:1"]


def test_a_unit_in_mid_film_does_not_begin_with_a_full_buffer() -> None:
    plan = replace(PLAN, probe=replace(FOUND, frames=1800))
    first, second = plan_units(1800, Fraction(30), CURRENT)[:2]
    arguments = encode("ffmpeg", Path("x"), plan, first, preset="fast", cores=1)
    assert "-rc_init_occupancy" not in arguments
    arguments = encode("ffmpeg", Path("x"), plan, second, preset="fast", cores=1)
    occupied = int(arguments[arguments.index("-rc_init_occupancy") + 1])
    assert occupied == 1000 * int(arguments[arguments.index("-bufsize") + 1].removesuffix("k")) // 2
