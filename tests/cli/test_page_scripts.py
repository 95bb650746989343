"""bin/start installs the scripts of the pages with npm, and works without it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from videoflix.cli import page_scripts
from videoflix.server import output


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A checkout that lists packages, on a machine without npm, with a log file."""
    (tmp_path / "package-lock.json").write_text("{}")
    (tmp_path / "programs").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    with output.log_to(tmp_path / "log"):
        yield tmp_path


def _npm(home: Path, body: str) -> None:
    (home / "programs" / "npm").write_text(f"#!/bin/sh\n{body}\n")
    (home / "programs" / "npm").chmod(0o755)


async def test_npm_runs_in_the_checkout_and_what_it_says_goes_to_the_log(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    _npm(home, 'echo "$*" > npm-arguments; echo "added 26 packages"; echo "a warning" >&2; test -f package-lock.json')
    await page_scripts.install(home)
    assert (home / "npm-arguments").read_text() == "ci --omit=dev --fetch-retries=0\n"
    assert capfd.readouterr() == ("", "")
    logged = (home / "log").read_text()
    assert "added 26 packages" in logged
    assert "a warning" in logged


async def test_a_failure_of_npm_is_reported_in_one_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _npm(home, "echo 'no such host'; exit 1")
    await page_scripts.install(home)
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "from a CDN instead" in said
    assert str(home / "log") in said


async def test_without_npm_one_line_says_what_to_install(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await page_scripts.install(home)
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "install Node.js" in said


def test_scripts_are_missing_until_they_are_as_new_as_the_list(home: Path) -> None:
    assert page_scripts.is_missing(home)
    installed = home / "node_modules" / ".package-lock.json"
    installed.parent.mkdir()
    installed.write_text("{}")
    os.utime(home / "package-lock.json", (1_000_000_000, 1_000_000_000))
    assert not page_scripts.is_missing(home)
    os.utime(installed, (999_999_999, 999_999_999))
    assert page_scripts.is_missing(home)


def test_an_installed_package_has_no_scripts_to_install(tmp_path: Path) -> None:
    assert not page_scripts.is_missing(tmp_path)
