from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.commands import Run
from videoflix.cli.doctor import CHECKS
from videoflix.cli.ui import Mark
from videoflix.settings import Settings


def test_a_working_installation_has_no_problems(run: Run) -> None:
    done = run("doctor")
    assert done.returncode == 0, done.stdout
    assert "no problems found" in done.stdout
    for subject in CHECKS:
        assert f"✓ {subject}" in done.stdout


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
    done = run("doctor", FFMPEG="", FFPROBE="", PATH=f"{tmp_path}:/usr/bin:/bin")
    assert done.returncode == 0, done.stdout
    assert f"! ffmpeg: {tmp_path}/ffmpeg cannot make films, so the ffmpeg that comes with Videoflix" in done.stdout


def test_missing_migrations_are_reported(run: Run) -> None:
    done = run("doctor", DB_NAME="postgres")
    assert "Run bin/migrate" in done.stdout


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"frontend_base_url": "http://films.example.org", "cookie_secure": True}, "COOKIE_SECURE is on"),
        ({"frontend_base_url": "https://films.example.org", "allowed_hosts": ("api.else.net",)}, "another site"),
        ({"host": "10.0.0.1", "debug": True}, "anybody can activate any account"),
        ({"host": "10.0.0.1"}, "only loopback names work"),
        ({"allowed_hosts": ("*",)}, "any host name"),
        ({"host": "10.0.0.1"}, "links in mails begin with http://127.0.0.1:8000"),
    ],
    ids=str,
)
async def test_settings_that_do_not_work_in_browsers_are_reported(
    settings: Settings, changes: dict[str, Any], words: str
) -> None:
    odd = replace(settings, **changes)
    findings = [finding async for finding in CHECKS["browsers"](odd)]
    assert any(words in finding.message and finding.mark is not Mark.GOOD for finding in findings)


async def test_a_frontend_on_any_loopback_address_works(settings: Settings) -> None:
    fine = replace(settings, frontend_base_url="http://127.0.0.2:8000", cookie_secure=True)
    assert [finding.mark async for finding in CHECKS["browsers"](fine)] == [Mark.GOOD]


async def test_a_frontend_on_a_sibling_subdomain_works(settings: Settings) -> None:
    fine = replace(
        settings,
        frontend_base_url="https://films.example.org",
        allowed_hosts=("api.example.org",),
        cors_allowed_origins=("https://films.example.org",),
        cookie_secure=True,
    )
    assert [finding.mark async for finding in CHECKS["browsers"](fine)] == [Mark.GOOD]
