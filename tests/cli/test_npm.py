"""bin/start has npm put in place what the admin pages use, and can do without."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
STARTED = "started: -m videoflix start --no-demo\n"


def _program(path: Path, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def _start(home: Path, npm: str) -> subprocess.CompletedProcess[str]:
    """bin/start of a house where installing is done, Python tells what it was called with, and npm is `npm`."""
    _program(home / "bin" / "setup", "exit 0")
    _program(home / ".venv" / "bin" / "python", 'echo "started: $*"')
    if npm:
        _program(home / "programs" / "npm", npm)
    shutil.copy(ROOT / "bin" / "start", home / "bin" / "start")
    if not (home / "package-lock.json").exists():
        (home / "package-lock.json").write_text("{}")
    return subprocess.run(
        [home / "bin" / "start", "--no-demo"],
        env={"PATH": f"{home / 'programs'}:{home / 'usual'}"},
        capture_output=True,
        text=True,
        check=True,
    )


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """With the few programs that the script itself needs, and no npm."""
    (tmp_path / "usual").mkdir()
    for name in ("dirname", "sh"):
        (tmp_path / "usual" / name).symlink_to(str(shutil.which(name)))
    return tmp_path


def test_npm_is_run_where_the_lock_file_is(house: Path) -> None:
    done = _start(house, 'echo "$*" > npm-was-told; test -f package-lock.json')
    assert (house / "npm-was-told").read_text() == "ci --omit=dev --fetch-retries=0\n"
    assert "npm fetches hls.js and tus-js-client" in done.stderr
    assert done.stdout == STARTED


def test_a_failure_is_told_and_stops_nothing(house: Path) -> None:
    done = _start(house, "exit 1")
    assert "take them from a CDN" in done.stderr
    assert done.stdout == STARTED


def test_what_is_in_place_is_not_fetched_again_until_the_lock_changes(house: Path) -> None:
    (house / "package-lock.json").write_text("{}")
    (house / "node_modules").mkdir()
    fetched = house / "node_modules" / ".package-lock.json"
    fetched.write_text("{}")
    os.utime(house / "package-lock.json", (1_000_000_000, 1_000_000_000))
    assert _start(house, "exit 1").stderr == ""
    os.utime(fetched, (999_999_999, 999_999_999))
    assert "npm fetches" in _start(house, "exit 0").stderr


def test_without_npm_nothing_is_said(house: Path) -> None:
    done = _start(house, "")
    assert (done.stdout, done.stderr) == (STARTED, "")
