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


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder."""
    return tmp_path


def _new(folder: Path) -> dict[str, str]:
    """It is replaced by one that can."""
    for name in ("ffmpeg", "ffprobe"):
        (folder / name).unlink()
        (folder / name).symlink_to(wheel(name))
    return {name.upper(): str(folder / name) for name in ("ffmpeg", "ffprobe")}


def test_the_machine_s_own_are_taken_if_they_can_make_films(old: Path, data: Path) -> None:
    mine = _new(old)
    assert fill({"PATH": str(old)}, data) == mine


def test_those_of_the_wheel_are_taken_where_the_machine_s_cannot_or_are_not_there(old: Path, data: Path) -> None:
    assert fill({"PATH": f"{old}:/bin"}, data) == OURS
    assert fill({"PATH": "/nowhere"}, data) == OURS
    (old / "ffprobe").unlink()
    assert fill({"PATH": str(old)}, data) == OURS


def test_what_is_configured_is_left_alone(old: Path, data: Path) -> None:
    assert fill({"PATH": str(old), "FFMPEG": "a", "FFPROBE": "b"}, data) == {}
    assert fill({"PATH": str(old), "FFMPEG": "a"}, data) == {"FFPROBE": str(old / "ffprobe")}


def test_without_a_wheel_there_is_a_clear_error(
    old: Path, data: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "_has_wheel", lambda: False)
    found = fill({"PATH": f"{old}:/bin"}, data)
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


def test_a_trial_is_repeated_only_if_a_program_was_changed_or_on_demand(old: Path, data: Path) -> None:
    tried = data / "calls"
    counted = OLD.replace("#!/bin/sh", f"#!/bin/sh\necho >> {tried}")

    def choose() -> int:
        """As another process. Returns how often ffmpeg was called."""
        programs._try.cache_clear()
        tried.write_text("")
        assert fill({"PATH": f"{old}:/bin"}, data) == OURS
        return len(tried.read_text())

    (old / "ffmpeg").write_text(counted.format(program=wheel("ffmpeg")))
    assert choose() > 0
    assert choose() == 0
    (old / "ffmpeg").write_text(counted.format(program=wheel("ffmpeg")) + "# an update\n")
    assert choose() > 0
    assert choose() == 0
    programs.forget(data)
    assert choose() > 0
    (data / "ffmpeg_trials.json").write_text('[{"programs"')
    assert choose() > 0
    assert choose() == 0
