from fractions import Fraction
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.default_encode import LABELS, X264
from videoflix.encoding.capabilities import Capabilities
from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.h264 import Encoder, h264
from videoflix.encoding.hardware import HARDWARE
from videoflix.encoding.ladder import ladder
from videoflix.encoding.models import EncodePlan, Probe
from videoflix.encoding.units import plan_units
from videoflix.encoding.video_encode import encode

RATE = Fraction(30)
FOUND = Probe(video=0, width=1920, height=1080, frame_rate=RATE, duration=60.0, frames=1800)
PLAN = EncodePlan(FOUND, ladder(1920, 1080, LABELS), CURRENT)
UNITS = plan_units(1800, RATE, CURRENT)
TOP = PLAN.renditions[-1]


def value(arguments: list[str], option: str) -> str:
    return arguments[arguments.index(option) + 1]


def test_the_size_is_limited_by_quality_and_by_the_ceiling_of_the_label() -> None:
    arguments = h264(PLAN.renditions[0], PLAN, UNITS[0], Encoder("libx264", "slow", 18))
    assert (value(arguments, "-preset"), value(arguments, "-crf")) == ("slow", "18")
    assert (value(arguments, "-maxrate"), value(arguments, "-bufsize")) == ("1600k", "3200k")


def test_every_rendition_has_the_lowest_level_that_its_size_and_rate_allow() -> None:
    levels = [value(h264(each, PLAN, UNITS[0], X264), "-level") for each in PLAN.renditions]
    assert levels == ["3.1", "3.1", "4.0"]
    endless = replace(PLAN.renditions[0], width=16_000)
    assert "-level" not in h264(endless, PLAN, UNITS[0], X264)


def test_a_unit_in_mid_film_does_not_begin_with_a_full_buffer() -> None:
    assert "-rc_init_occupancy" not in h264(TOP, PLAN, UNITS[0], X264)
    second = h264(TOP, PLAN, UNITS[1], X264)
    occupied = int(value(second, "-rc_init_occupancy"))
    assert occupied == 1000 * int(value(second, "-bufsize").removesuffix("k")) // 2


# What each encoder is told for 1080p30 with a quality of 23, besides what all of them are told.
TOLD = {
    "libx264": "-level 4.0 -preset fast -x264-params force-cfr=1 -sc_threshold 0 -forced-idr 1"
    " -crf 23 -maxrate 6000k -bufsize 12000k",
    "h264_nvenc": "-level 40 -preset p5 -tune hq -rc vbr -spatial-aq 1 -forced-idr 1 -no-scenecut 1 -strict_gop 1"
    " -cq 23 -b:v 0k -maxrate 6000k -bufsize 12000k -bf 0",
    "h264_qsv": "-level 40 -preset medium -forced_idr 1 -idr_interval 0 -pix_fmt nv12"
    " -global_quality 23 -b:v 4500k -maxrate 6000k -bufsize 12000k -bf 0",
    "h264_vaapi": "-level 40 -rc_mode QVBR -idr_interval 0"
    " -global_quality 23 -b:v 4500k -maxrate 6000k -bufsize 12000k -bf 0",
    "h264_videotoolbox": "-level 4.0 -allow_sw 0 -realtime 0 -pix_fmt nv12"
    " -q:v 55 -b:v 4500k -maxrate 6000k -bufsize 12000k -bf 0",
}


@pytest.mark.parametrize("name", ["libx264", *HARDWARE])
def test_encoders_agree_on_profile_level_ceiling_and_key_frames(name: str) -> None:
    arguments = " ".join(h264(TOP, PLAN, UNITS[0], Encoder(name, "fast", 23)))
    assert arguments == f"-c:v {name} -profile:v high {TOLD[name]} -g 60 -keyint_min 60"


def test_the_best_quality_is_never_taken_for_automatic() -> None:
    for name, option, best in (("h264_nvenc", "-cq", "1"), ("h264_vaapi", "-global_quality", "1")):
        assert value(h264(TOP, PLAN, UNITS[0], Encoder(name, "fast", 0)), option) == best
    for crf, percent in ((0, "100"), (51, "1")):
        assert value(h264(TOP, PLAN, UNITS[0], Encoder("h264_videotoolbox", "fast", crf)), "-q:v") == percent


def test_pictures_are_uploaded_to_a_device_that_needs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dri").mkdir()
    for node in ("renderD129", "renderD130", "card0"):
        (tmp_path / "dri" / node).touch()
    monkeypatch.setattr("videoflix.encoding.hardware.DEVICES", tmp_path)
    arguments = encode(
        "ffmpeg",
        Path("x"),
        PLAN,
        UNITS[1],
        encoder=Encoder("h264_vaapi", "fast", 23),
        capabilities=Capabilities(),
        cores=1,
    )
    assert value(arguments, "-vaapi_device") == str(tmp_path / "dri/renderD129")
    assert arguments.index("-vaapi_device") < arguments.index("-i")
    graph = value(arguments, "-filter_complex").split(";")
    assert graph[-3:] == [f"[{name}]format=nv12,hwupload[uploaded{name}]" for name in ("480p", "720p", "1080p")]
    outputs = [arguments[place + 1] for place, word in enumerate(arguments) if word == "-map"]
    assert outputs == ["[uploaded480p]", "[uploaded720p]", "[uploaded1080p]"]


def test_frames_without_b_frames_are_decoded_as_early_as_others() -> None:
    nvenc = Encoder("h264_nvenc", "fast", 23)
    first, second = (
        encode("ffmpeg", Path("x"), PLAN, unit, encoder=nvenc, capabilities=Capabilities(), cores=1)
        for unit in UNITS[:2]
    )
    assert value(first, "-bsf:v").endswith("dts=(DTS-6000+STARTPTS+400*N+abs(DTS-6000-STARTPTS-400*N))/2")
    assert value(second, "-bsf:v").endswith("pts=PTS:dts=DTS-6000")
    assert "-bsf:v" not in encode(
        "ffmpeg", Path("x"), PLAN, UNITS[1], encoder=X264, capabilities=Capabilities(), cores=1
    )
