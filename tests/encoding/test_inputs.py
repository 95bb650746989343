"""Every command reads originals through whitelists and with limits, and ffmpeg obeys them."""

import importlib
import inspect
import pkgutil
from fractions import Fraction
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.default_encode import LABELS, X264
from tests.films import Films
from videoflix import encoding
from videoflix.encoding import (
    audio_encode,
    caption_extract,
    demo_film,
    inputs,
    probe_commands,
    stills,
    video_copy,
    video_encode,
)
from videoflix.encoding.capabilities import Capabilities, capabilities_of
from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.ladder import ladder
from videoflix.encoding.models import AudioTrack, CaptionTrack, EncodePlan, Probe
from videoflix.encoding.process import follow
from videoflix.encoding.storyboard import layout
from videoflix.encoding.units import UnitAudio, plan_units
from videoflix.errors import EncodeFailed

SOURCE, TARGET = Path("-evil http:name"), Path("target")
TRACK = AudioTrack(stream=1)
FOUND = Probe(
    video=0, audio_tracks=(TRACK,), width=640, height=480, frame_rate=Fraction(25), duration=60, frames=1500
)
RENDITIONS = ladder(1280, 720, LABELS)
UNITS = plan_units(1500, Fraction(25), CURRENT)
NEW = Capabilities()
UNCUT = replace(FOUND, frames=None)
WHOLE = plan_units(None, Fraction(25), CURRENT)[0]
MUXED = UnitAudio(Path("audio.aac"), Fraction(0))
COPIED = EncodePlan(FOUND, (replace(RENDITIONS[0], is_copied=True),), CURRENT)
PLAN, UNCUT_PLAN = EncodePlan(FOUND, RENDITIONS, CURRENT), EncodePlan(UNCUT, RENDITIONS, CURRENT)
BOARD = layout(1800, Fraction(25), 854, 480, CURRENT)

COMMANDS = {
    "probe": [probe_commands.probe("ffprobe", SOURCE)],
    "identify": [probe_commands.identify("ffprobe", SOURCE)],
    "frames": [probe_commands.frames("ffprobe", SOURCE, 0, 24)],
    "packets": [probe_commands.packets("ffprobe", SOURCE, 0), probe_commands.packets("ffprobe", SOURCE, 0, "3%+#1")],
    "packet_times": [
        probe_commands.packet_times("ffprobe", SOURCE),
        probe_commands.packet_times("ffprobe", SOURCE, "3%"),
    ],
    "copy_packets": [probe_commands.copy_packets("ffmpeg", SOURCE, FOUND)],
    "packet_streams": [probe_commands.packet_streams("ffprobe", SOURCE, 250)],
    "listed": [probe_commands.listed("ffmpeg", "filters")],
    "first_packet": [probe_commands.first_packet("ffmpeg", SOURCE, 0)],
    "first_frame": [probe_commands.first_frame("ffmpeg", SOURCE, 0)],
    "scale_options": [probe_commands.scale_options("ffmpeg")],
    "option": [probe_commands.option("ffmpeg", "dec")],
    "encode": [
        video_encode.encode("ffmpeg", SOURCE, PLAN, UNITS[0], MUXED, capabilities=NEW, encoder=X264, cores=2),
        video_encode.encode(
            "ffmpeg", SOURCE, PLAN, UNITS[1], MUXED, entry=3.0, capabilities=NEW, encoder=X264, cores=2
        ),
        video_encode.encode("ffmpeg", SOURCE, UNCUT_PLAN, WHOLE, capabilities=NEW, encoder=X264, cores=2),
        video_encode.encode(
            "ffmpeg", SOURCE, UNCUT_PLAN, WHOLE, silent=True, capabilities=NEW, encoder=X264, cores=2
        ),
    ],
    "audio_track": [
        audio_encode.audio_track("ffmpeg", SOURCE, found, TRACK, CURRENT, NEW) for found in (FOUND, UNCUT)
    ],
    "copied_track": [audio_encode.copied_track("ffmpeg", SOURCE, TRACK)],
    "copy": [video_copy.copy("ffmpeg", SOURCE, COPIED, UNITS[number], MUXED) for number in (0, 1)],
    "silence": [audio_encode.silence("ffmpeg", 1.5, CURRENT)],
    "sample": [probe_commands.sample("ffmpeg", SOURCE, 1, TARGET)],
    "audio_trial": [audio_encode.audio_trial("ffmpeg", SOURCE, 1, CURRENT)],
    "candidate": [stills.candidate("ffmpeg", SOURCE, FOUND, 1.0, 640, TARGET, (160, 90))],
    "thumbnail": [stills.thumbnail("ffmpeg", SOURCE, FOUND, at, 640, TARGET) for at in (1.0, None)],
    "frame": [stills.frame("ffmpeg", SOURCE, FOUND, 3.5, entry, 640, TARGET) for entry in (0.0, 2.0)],
    "image": [stills.image("ffmpeg", SOURCE, 640, 1280, TARGET)],
    "image_width": [stills.image_width("ffprobe", Path("/staging/thumbnail.jpg"))],
    "scaled": [stills.scaled("ffmpeg", Path("/staging/thumbnail.jpg"), {320: TARGET}, (32, 18))],
    "captions": [
        caption_extract.captions(
            "ffmpeg", SOURCE, replace(FOUND, captions=(CaptionTrack(stream=2),)), Path("/staging"), 1000
        )
    ],
    "storyboard": [stills.storyboard("ffmpeg", "film.m3u8", BOARD, "%03d.jpg")],
    "demo_film": [demo_film.demo_film("ffmpeg", TARGET, "320x180", 3)],
}
EVERY = [
    pytest.param(arguments, id=f"{name}-{number}")
    for name, those in COMMANDS.items()
    for number, arguments in enumerate(those)
]


def test_every_command_is_tested() -> None:
    """Those are the functions for ffmpeg or ffprobe that return arguments."""
    modules = [
        importlib.import_module(f"{encoding.__name__}.{one.name}") for one in pkgutil.iter_modules(encoding.__path__)
    ]
    built = [
        name
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_")
        and function.__module__ == module.__name__
        and next(iter(inspect.signature(function).parameters), "") in ("ffmpeg", "ffprobe")
        and inspect.signature(function).return_annotation == list[str]
    ]
    assert sorted(built) == sorted(COMMANDS)


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


async def test_a_picture_larger_than_promised_is_not_decoded(
    films: Films, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit reaches the decoder: what counts is the picture's own header, not the container's."""
    monkeypatch.setattr(video_encode, "INPUT", (*inputs.INPUT[:-1], "1000"))
    (tmp_path / "480p").mkdir()
    plan = EncodePlan(replace(UNCUT, audio_tracks=()), ladder(320, 180, LABELS), CURRENT)
    able = await capabilities_of(films.ffmpeg)
    arguments = video_encode.encode(films.ffmpeg, films.make(), plan, WHOLE, capabilities=able, encoder=X264, cores=1)
    with pytest.raises(EncodeFailed, match="frames are too large"):
        await follow(arguments, folder=tmp_path)
