"""A hardware encoder is used if it works, and only then."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.hardware_ffmpeg import ffmpeg_with_nvenc
from videoflix.encoding import hardware
from videoflix.encoding.encoder_trial import Choice, choose
from videoflix.encoding.h264 import X264
from videoflix.setting_types import HARDWARE_ENCODERS
from videoflix.settings import Settings

LADDER = (240, 480)


def test_the_setting_offers_every_hardware_encoder() -> None:
    assert tuple(hardware.HARDWARE) == HARDWARE_ENCODERS


async def test_nothing_is_tried_without_a_device(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videoflix.encoding.hardware.DEVICES", tmp_path)
    assert await choose(replace(settings, ffmpeg="/nowhere")) == Choice(X264, {})


async def test_x264_can_be_asked_for(settings: Settings) -> None:
    assert await choose(replace(settings, transcode_encoder="libx264", ffmpeg="/nowhere")) == Choice(X264, {})


async def test_a_device_without_an_encoder_for_it_is_told(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dri").mkdir()
    (tmp_path / "dri" / "renderD128").touch()
    monkeypatch.setattr("videoflix.encoding.hardware.DEVICES", tmp_path)
    choice = await choose(replace(settings, ladder=LADDER))
    assert choice.encoder == X264
    assert list(choice.refused) == ["h264_qsv", "h264_vaapi"]
    assert all(choice.refused.values())


async def test_a_named_encoder_that_works_is_used(settings: Settings, tmp_path: Path) -> None:
    program = ffmpeg_with_nvenc(tmp_path, settings.ffmpeg)
    asked = replace(settings, ladder=LADDER, ffmpeg=program, transcode_encoder="h264_nvenc")
    assert await choose(asked) == Choice("h264_nvenc", {})


@pytest.mark.parametrize(
    ("option", "value", "why"),
    [
        ("-g", "1000", "It makes key frames at the wrong times in 240p."),
        ("-level", "52", "It makes avc1.640034 in 240p instead of High profile with level 3.0."),
        ("-preset", "none", "invalid preset 'none'"),
    ],
)
async def test_an_encoder_that_does_not_do_as_x264_is_refused(
    settings: Settings, tmp_path: Path, option: str, value: str, why: str
) -> None:
    program = ffmpeg_with_nvenc(tmp_path, settings.ffmpeg, {option: value})
    choice = await choose(replace(settings, ladder=LADDER, ffmpeg=program, transcode_encoder="h264_nvenc"))
    assert choice.encoder == X264
    assert why in choice.refused["h264_nvenc"]
