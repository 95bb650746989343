import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.app import Client
from tests.fixtures.commands import Run
from videoflix.cli.doctor import CHECKS
from videoflix.cli.ui import Mark
from videoflix.settings import Settings

# Behind a proxy on the same machine.
PUBLIC: dict[str, Any] = {
    "public_url": "https://films.example.org",
    "frontend_base_url": "https://films.example.org",
    "allowed_hosts": ("films.example.org",),
    "cors_allowed_origins": ("https://films.example.org",),
    "csrf_trusted_origins": (),
    "cookie_secure": True,
}


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


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"frontend_base_url": "http://films.example.org", "cookie_secure": True}, "COOKIE_SECURE is on"),
        ({**PUBLIC, "public_url": "http://films.example.org"}, "COOKIE_SECURE is on, but http://films.example.org"),
        ({**PUBLIC, "cookie_secure": False}, "COOKIE_SECURE is off"),
        ({"frontend_base_url": "https://films.example.org", "allowed_hosts": ("api.else.net",)}, "another site"),
        ({**PUBLIC, "frontend_base_url": "https://films.else.net"}, "another site than films.example.org"),
        ({**PUBLIC, "public_url": "http://api.example.org"}, "do not let it call http://api.example.org"),
        ({**PUBLIC, "public_url": "https://films.else.net"}, "Add films.else.net to ALLOWED_HOSTS"),
        ({**PUBLIC, "csrf_trusted_origins": ("https://tv.example.org",)}, "but not in CORS_ALLOWED_ORIGINS"),
        ({**PUBLIC, "csrf_trusted_origins": ("http://localhost:5500",)}, "which is the viewer's own machine"),
        ({"host": "10.0.0.1", "debug": True}, "others reach 10.0.0.1: anybody can activate any account"),
        ({**PUBLIC, "debug": True}, "others reach https://films.example.org: anybody can activate any account"),
        ({"host": "10.0.0.1"}, "only loopback names work"),
        ({"allowed_hosts": ("*",)}, "any host name"),
    ],
    ids=str,
)
async def test_settings_that_do_not_work_in_browsers_are_reported(
    settings: Settings, changes: dict[str, Any], words: str
) -> None:
    odd = replace(settings, **changes)
    findings = [finding async for finding in CHECKS["browsers"](odd)]
    assert any(words in finding.message and finding.mark is not Mark.GOOD for finding in findings), findings


async def test_a_server_behind_a_proxy_with_https_works_in_browsers(settings: Settings) -> None:
    fine = replace(settings, **PUBLIC)
    assert [finding.mark async for finding in CHECKS["browsers"](fine)] == [Mark.GOOD]


@pytest.mark.parametrize(
    ("changes", "mark"),
    [({}, Mark.GOOD), ({"host": "10.0.0.1"}, Mark.WARNING), (PUBLIC, Mark.WARNING), ({"debug": True}, Mark.GOOD)],
    ids=str,
)
async def test_printed_mails_are_a_problem_only_where_others_wait_for_them(
    settings: Settings, changes: dict[str, Any], mark: Mark
) -> None:
    printing = replace(settings, email_backend="console", **changes)
    (finding,) = [finding async for finding in CHECKS["mail"](printing)]
    assert finding.mark is mark
    assert ("EMAIL_BACKEND=smtp" in finding.message) == (mark is Mark.WARNING)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"host": "10.0.0.1"}, "links in mails begin with http://127.0.0.1:8000"),
        ({**PUBLIC, "frontend_base_url": "http://127.0.0.1:5500"}, "Set FRONTEND_BASE_URL"),
        ({"frontend_base_url": "http://127.0.0.1:1"}, "nobody answers there"),
        ({"frontend_base_url": "http://localhost:70000"}, "nobody answers there"),
    ],
    ids=str,
)
async def test_links_in_mails_that_lead_nowhere_are_reported(
    settings: Settings, changes: dict[str, Any], words: str
) -> None:
    odd = replace(settings, **changes)
    findings = [finding async for finding in CHECKS["links"](odd)]
    assert words in findings[0].message
    assert {finding.mark for finding in findings} == {Mark.WARNING}


async def test_links_in_mails_are_followed_to_their_pages(settings: Settings, client: Client) -> None:
    address = str(client.make_url("")).rstrip("/")
    fine = replace(settings, frontend_base_url=address)
    assert {finding.mark async for finding in CHECKS["links"](fine)} == {Mark.GOOD}
    odd = replace(fine, frontend_activation_path="/nowhere.html")
    activation, reset = [finding async for finding in CHECKS["links"](odd)]
    assert activation.mark is Mark.WARNING
    assert f"{address}/nowhere.html, but there is no such page (404)" in activation.message
    assert reset.mark is Mark.GOOD


async def test_a_frontend_on_any_loopback_address_works(settings: Settings) -> None:
    fine = replace(settings, frontend_base_url="http://127.0.0.2:8000", cookie_secure=True)
    findings = [finding async for finding in CHECKS["browsers"](fine)]
    assert [finding.mark for finding in findings] == [Mark.GOOD], findings


async def test_a_frontend_on_a_sibling_subdomain_works(settings: Settings) -> None:
    fine = replace(
        settings, **{**PUBLIC, "public_url": "https://api.example.org", "allowed_hosts": ("api.example.org",)}
    )
    assert [finding.mark async for finding in CHECKS["browsers"](fine)] == [Mark.GOOD]
