import re
from pathlib import Path

import pytest

from tests.fixtures.commands import Run
from videoflix.cli.doctor import CHECKS


def test_a_working_installation_has_no_problems(run: Run) -> None:
    done = run("doctor")
    assert done.returncode == 0, done.stdout
    assert "no problems found" in done.stdout
    for subject in CHECKS:
        assert f"✓ {subject}" in done.stdout
    assert "✓ ffmpeg: films are encoded with libx264" in done.stdout
    assert re.search(r"✓ ffmpeg: ffmpeg version \S+ \(/\S+ffmpeg\S*\): \w", done.stdout)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"DB_HOST": "/nowhere"}, "✗ database"),
        ({"DB_HOST": "db"}, "✗ configuration: DB_HOST"),
        ({"REDIS_LOCATION": "unix:///nowhere"}, "✗ redis"),
        ({"FFMPEG": "/nowhere/ffmpeg"}, "✗ ffmpeg"),
        ({"FFMPEG": "/bin/true"}, "cannot make films"),
        ({"DATA_DIR": "/proc/nowhere"}, "✗ disk"),
        ({"DISK_FLOOR": "9000T"}, "nothing is encoded (see DISK_FLOOR)"),
        ({"EMAIL_BACKEND": "smtp", "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": "1"}, "✗ mail"),
        ({"PORT": "x"}, "✗ configuration: PORT"),
    ],
    ids=str,
)
def test_each_problem_is_named(run: Run, variables: dict[str, str], words: str) -> None:
    done = run("doctor", **variables)
    assert done.returncode > 0
    assert words in done.stdout
    assert "Traceback" not in done.stderr


def test_an_installed_ffmpeg_that_cannot_encode_is_replaced_with_a_warning(run: Run, tmp_path: Path) -> None:
    for name in ("ffmpeg", "ffprobe"):
        (tmp_path / name).symlink_to("/bin/false")
    encoder = {"TRANSCODE_ENCODER": "h264_vaapi"}
    done = run("doctor", FFMPEG="", FFPROBE="", PATH=f"{tmp_path}:/usr/bin:/bin", **encoder)
    assert done.returncode == 0, done.stdout
    assert f"! ffmpeg: {tmp_path}/ffmpeg cannot make films, so the ffmpeg that comes with Videoflix" in done.stdout
    assert "! ffmpeg: films are encoded with libx264; h264_vaapi cannot be used: " in done.stdout


def test_missing_migrations_are_reported(run: Run) -> None:
    done = run("doctor", DB_NAME="postgres")
    assert "Run bin/migrate" in done.stdout
