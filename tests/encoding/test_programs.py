"""An ffmpeg of the machine that cannot make films is passed over, and said to be so."""

from dataclasses import replace
from pathlib import Path

import pytest

from videoflix.encoding import programs
from videoflix.encoding.programs import check, fill, origin, passed_over, wheel
from videoflix.errors import FfmpegUnavailable
from videoflix.settings import Settings

OLD = """#!/bin/sh
case "$*" in *libx264*) echo "Option libx264 not found" >&2; exit 1;; esac
exec {program} "$@"
"""
OURS = {"FFMPEG": wheel("ffmpeg"), "FFPROBE": wheel("ffprobe")}


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the PATH with an ffmpeg that is too old, as distributions have it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("ffmpeg", "ffprobe"):
        (folder / name).write_text(OLD.format(program=wheel(name)))
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def _new(folder: Path) -> dict[str, str]:
    """It is replaced by one that can."""
    for name in ("ffmpeg", "ffprobe"):
        (folder / name).unlink()
        (folder / name).symlink_to(wheel(name))
    return {name.upper(): str(folder / name) for name in ("ffmpeg", "ffprobe")}


def test_the_machine_s_own_are_taken_if_they_can_make_films(old: Path) -> None:
    mine = _new(old)
    assert fill({"PATH": str(old)}) == mine


def test_those_of_the_wheel_are_taken_where_the_machine_s_cannot_or_are_not_there(old: Path) -> None:
    assert fill({"PATH": f"{old}:/bin"}) == OURS
    assert fill({"PATH": "/nowhere"}) == OURS
    (old / "ffprobe").unlink()
    assert fill({"PATH": str(old)}) == OURS


def test_what_is_configured_is_left_alone(old: Path) -> None:
    assert fill({"PATH": str(old), "FFMPEG": "a", "FFPROBE": "b"}) == {}
    assert fill({"PATH": str(old), "FFMPEG": "a"}) == {"FFPROBE": str(old / "ffprobe")}


def test_without_a_wheel_there_is_a_clear_error(
    old: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "_has_wheel", lambda: False)
    found = fill({"PATH": f"{old}:/bin"})
    with pytest.raises(FfmpegUnavailable, match=r"cannot make films: Option libx264 not found \(see FFMPEG"):
        check(replace(settings, ffmpeg=found["FFMPEG"], ffprobe=found["FFPROBE"]))


def test_why_the_machine_s_own_are_not_used_is_told(old: Path, settings: Settings) -> None:
    ours = replace(settings, ffmpeg=OURS["FFMPEG"], ffprobe=OURS["FFPROBE"])
    check(ours)
    assert "Option libx264 not found" in (passed_over(ours) or "")
    assert passed_over(replace(ours, ffmpeg=str(old / "ffmpeg"))) is None


def test_where_the_programs_come_from_is_told(old: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = replace(settings, ffmpeg=OURS["FFMPEG"], ffprobe=OURS["FFPROBE"])
    assert origin(ours) == "it comes with Videoflix"
    monkeypatch.setenv("PATH", "/nowhere")
    assert origin(ours) == "it comes with Videoflix, as there are no ffmpeg and ffprobe on the PATH"
    monkeypatch.setenv("PATH", str(old))
    mine = _new(old)
    assert origin(replace(ours, ffmpeg=mine["FFMPEG"])) == "the first on the PATH"
    assert origin(replace(ours, ffmpeg="/bin/true")) == "set by FFMPEG"
