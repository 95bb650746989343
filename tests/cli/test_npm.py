"""bin/start installs the scripts of the admin pages with npm, and works without it."""

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
    """Run bin/start where bin/setup has nothing to do, Python prints its arguments, and npm is the script `npm`."""
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
def home(tmp_path: Path) -> Path:
    """A folder with the programs that the script itself needs, but without npm."""
    (tmp_path / "usual").mkdir()
    for name in ("dirname", "sh"):
        (tmp_path / "usual" / name).symlink_to(str(shutil.which(name)))
    return tmp_path


def test_npm_runs_in_the_folder_of_the_lock_file(home: Path) -> None:
    done = _start(home, 'echo "$*" > npm-arguments; test -f package-lock.json')
    assert (home / "npm-arguments").read_text() == "ci --omit=dev --fetch-retries=0\n"
    assert "installing the scripts of the pages" in done.stderr
    assert done.stdout == STARTED


def test_a_failure_of_npm_is_reported_and_the_server_starts(home: Path) -> None:
    done = _start(home, "exit 1")
    assert "load the scripts from a CDN" in done.stderr
    assert done.stdout == STARTED


def test_npm_runs_again_only_if_the_lock_file_changes(home: Path) -> None:
    (home / "package-lock.json").write_text("{}")
    (home / "node_modules").mkdir()
    fetched = home / "node_modules" / ".package-lock.json"
    fetched.write_text("{}")
    os.utime(home / "package-lock.json", (1_000_000_000, 1_000_000_000))
    assert _start(home, "exit 1").stderr == ""
    os.utime(fetched, (999_999_999, 999_999_999))
    assert "installing the scripts" in _start(home, "exit 0").stderr


def test_without_npm_nothing_is_printed(home: Path) -> None:
    done = _start(home, "")
    assert (done.stdout, done.stderr) == (STARTED, "")
