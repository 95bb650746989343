"""An ffmpeg is asked once what it can do, and its answer is believed."""

from pathlib import Path

import pytest

from tests.films import Films
from tests.programs import program
from videoflix.encoding.capabilities import capabilities_of
from videoflix.encoding.models import ToneMap
from videoflix.errors import FfmpegUnavailable

OLD = """
case "$*" in
*-fps_mode|*-dec) echo "Unrecognized option '${3#-}'." >&2; exit 1;;
*-filters) echo " TSC scale  V->V  Scale."; echo " ... null  V->V  Nothing.";;
*-decoders) echo " V..... = Video"; echo " VFS..D h264  H.264"; echo " A....D aac  AAC";;
*-demuxers) echo " D. = Demuxing supported"; echo " D  mov,mp4  QuickTime"; echo " D d x11grab  Screen";;
esac
"""


async def test_what_makes_films_names_what_it_reads(films: Films) -> None:
    able = await capabilities_of(films.ffmpeg)
    assert {"h264", "hevc", "aac"} <= able.decoders
    assert {"mov", "mp4", "matroska", "mpegts"} <= able.demuxers
    assert "=" not in able.decoders | able.demuxers


async def test_an_old_one_lacks_what_it_does_not_name(tmp_path: Path) -> None:
    able = await capabilities_of(program(tmp_path, OLD))
    assert (able.fps_mode, able.loopback, able.tone_map) == (False, False, None)
    assert able.every_frame == ("-vsync", "passthrough")
    assert able.decoders == {"h264", "aac"}
    assert able.demuxers == {"mov", "mp4", "x11grab"}


async def test_what_replaces_a_program_is_asked_again(tmp_path: Path) -> None:
    old = program(tmp_path, OLD)
    assert not (await capabilities_of(old)).loopback
    program(
        tmp_path, OLD.replace("*-fps_mode|*-dec)", "*-none)").replace("scale", "zscale").replace("null", "tonemap")
    )
    able = await capabilities_of(old)
    assert (able.fps_mode, able.loopback, able.tone_map) == (True, True, ToneMap.ZSCALE)


async def test_what_is_not_there_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(FfmpegUnavailable, match="cannot be run"):
        await capabilities_of(str(tmp_path / "nothing"))
