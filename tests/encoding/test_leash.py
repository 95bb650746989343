"""ffmpeg is kept on a leash: what holds for every command line that is built, and that ffmpeg obeys it."""

import inspect
from fractions import Fraction
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.films import Films
from videoflix.encoding import command, stills
from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.ladder import ladder
from videoflix.encoding.models import Colour, EncodePlan, Probe, Sound, TextTrack, ToneMap
from videoflix.encoding.process import TAIL_BYTES, capture, follow
from videoflix.encoding.storyboard import layout
from videoflix.encoding.units import plan_units
from videoflix.errors import EncodeFailed

SOURCE, TARGET = Path("-evil http:name"), Path("target")
TRACK = Sound(stream=1)
FOUND = Probe(video=0, sounds=(TRACK,), width=640, height=480, frame_rate=Fraction(25), duration=60, frames=1500)
RUNGS = ladder(1280, 720)
UNITS = plan_units(1500, Fraction(25), CURRENT)
UNCUT = replace(FOUND, frames=None, loopback=True)
WHOLE = plan_units(None, Fraction(25), CURRENT)[0]
PIECE = (Path("sound.aac"), Fraction(0))
PLAN, UNCUT_PLAN = EncodePlan(FOUND, RUNGS, CURRENT), EncodePlan(UNCUT, RUNGS, CURRENT)
BOARD = layout(1800, Fraction(25), 854, 480, CURRENT)

COMMANDS = {
    "probe": [command.probe("ffprobe", SOURCE)],
    "identify": [command.identify("ffprobe", SOURCE)],
    "frames": [command.frames("ffprobe", SOURCE, 0, 24)],
    "packets": [command.packets("ffprobe", SOURCE, 0), command.packets("ffprobe", SOURCE, 0, "3%+#1")],
    "packet_times": [command.packet_times("ffprobe", SOURCE), command.packet_times("ffprobe", SOURCE, "3%")],
    "packet_streams": [command.packet_streams("ffprobe", SOURCE, 250)],
    "filters": [command.filters("ffmpeg")],
    "first_packet": [command.first_packet("ffmpeg", SOURCE, 0)],
    "first_picture": [command.first_picture("ffmpeg", SOURCE, 0)],
    "scale_options": [command.scale_options("ffmpeg")],
    "version": [command.version("ffmpeg")],
    "encode": [
        command.encode("ffmpeg", SOURCE, PLAN, UNITS[0], PIECE, preset="fast", cores=2),
        command.encode("ffmpeg", SOURCE, PLAN, UNITS[1], PIECE, entry=3.0, preset="fast", cores=2),
        command.encode("ffmpeg", SOURCE, UNCUT_PLAN, WHOLE, preset="fast", cores=2),
        command.encode("ffmpeg", SOURCE, UNCUT_PLAN, WHOLE, silent=True, preset="fast", cores=2),
    ],
    "sound": [command.sound("ffmpeg", SOURCE, found, TRACK, CURRENT) for found in (FOUND, UNCUT)],
    "silence": [command.silence("ffmpeg", 1.5, CURRENT)],
    "sample": [command.sample("ffmpeg", SOURCE, 1, TARGET)],
    "audio_trial": [command.audio_trial("ffmpeg", SOURCE, 1, CURRENT)],
    "candidate": [stills.candidate("ffmpeg", SOURCE, FOUND, 1.0, 640, TARGET, (160, 90))],
    "thumbnail": [stills.thumbnail("ffmpeg", SOURCE, FOUND, at, 640, TARGET) for at in (1.0, None)],
    "frame": [stills.frame("ffmpeg", SOURCE, FOUND, 3.5, entry, 640, TARGET) for entry in (0.0, 2.0)],
    "picture": [stills.picture("ffmpeg", SOURCE, 640, 1280, TARGET)],
    "captions": [
        command.captions("ffmpeg", SOURCE, replace(FOUND, texts=(TextTrack(stream=2),)), Path("/staging"), 1000)
    ],
    "storyboard": [stills.storyboard("ffmpeg", "film.m3u8", BOARD, "%03d.jpg")],
    "demo_film": [command.demo_film("ffmpeg", TARGET, "320x180", 3)],
}
EVERY = [
    pytest.param(arguments, id=f"{name}-{number}")
    for name, those in COMMANDS.items()
    for number, arguments in enumerate(those)
]


def test_every_command_is_looked_at() -> None:
    built = {
        name
        for module in (command, stills)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_")
        and function.__module__ == module.__name__
        and inspect.signature(function).return_annotation == list[str]
    }
    assert built == set(COMMANDS)


@pytest.mark.parametrize("arguments", EVERY)
def test_no_command_reads_the_terminal_or_takes_a_path_for_something_else(arguments: list[str]) -> None:
    assert all(isinstance(word, str) for word in arguments)
    if arguments[0] == "ffmpeg" and "-i" in arguments:
        assert "-nostdin" in arguments
    for path in (SOURCE, TARGET):
        assert str(path) not in arguments
    for place, word in enumerate(arguments):
        if word == "-i":
            assert arguments[place + 1].startswith("file:") or "lavfi" in arguments[place - 1]


@pytest.mark.parametrize("arguments", EVERY)
def test_every_original_is_read_through_the_whitelists_and_with_a_limit_on_its_picture(arguments: list[str]) -> None:
    if f"file:{SOURCE}" not in arguments:
        return
    options = arguments[: arguments.index(f"file:{SOURCE}")]
    if "-i" in options:
        options = options[: options.index("-i")]  # they count for the input that follows
    assert options[options.index("-protocol_whitelist") + 1] == "file,pipe"
    demuxers = options[options.index("-format_whitelist") + 1].split(",")
    assert not {"hls", "concat", "dash", "imf", "image2", "lavfi", "sdp", "rtsp", "tty"} & set(demuxers)
    assert int(options[options.index("-max_pixels") + 1]) == 8192 * 8192
    assert "-enable_drefs" not in options


def test_a_film_of_unknown_length_ends_after_a_day_and_does_not_follow_a_clock_astray() -> None:
    graph = command.filter_graph(UNCUT, RUNGS, WHOLE)
    assert f"trim=end_frame={25 * 24 * 3600}" in graph
    assert "PREV_OUTPTS" in graph


def test_hdr_is_converted_where_ffmpeg_can() -> None:
    hdr = Colour(matrix="bt2020nc", primaries="bt2020", hdr="smpte2084")
    steps = {}
    for tone_map in (*ToneMap, None):
        found = replace(FOUND, colour=replace(hdr, tone_map=tone_map))
        top = command.filter_graph(found, RUNGS, UNITS[1]).split(";")[-2]
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


async def test_a_picture_larger_than_promised_is_not_decoded(
    films: Films, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit reaches the decoder: what counts is the picture's own header, not the container's."""
    monkeypatch.setattr(command, "INPUT", (*command.INPUT[:-1], "1000"))
    (tmp_path / "480p").mkdir()
    plan = EncodePlan(replace(UNCUT, sounds=()), ladder(320, 180), CURRENT)
    arguments = command.encode(films.ffmpeg, films.make(), plan, WHOLE, preset="fast", cores=1)
    with pytest.raises(EncodeFailed, match="frames are too large"):
        await follow(arguments, folder=tmp_path)


async def test_of_a_long_complaint_the_end_is_kept() -> None:
    script = "import sys; sys.stderr.write('begin' + 'x\\n' * 200_000 + 'the reason\\n'); sys.exit(1)"
    with pytest.raises(EncodeFailed) as caught:
        await capture(["python3", "-c", script], seconds=20)
    assert caught.value.detail.endswith("the reason")
    assert len(caught.value.detail) <= 600 < TAIL_BYTES
