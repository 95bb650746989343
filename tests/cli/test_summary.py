"""The end of a start: a frame on a terminal, lines elsewhere."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from videoflix.cli import summary
from videoflix.server import output

FACTS = {"films": "/srv/videoflix/media", "stop": "Ctrl-C"}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def log(tmp_path: Path) -> Iterator[Path]:
    with output.log_to(tmp_path / "log"):
        yield tmp_path / "log"


def test_lines_have_neither_colours_nor_frames(capsys: pytest.CaptureFixture[str]) -> None:
    with summary.steps() as show_step:
        show_step("starting the web server")
    summary.print_summary("http://127.0.0.1:8000", "a@example.org", "secret", FACTS)
    assert capsys.readouterr().out.splitlines() == [
        "videoflix | starting the web server",
        "videoflix | Videoflix is ready at http://127.0.0.1:8000 (log in as a@example.org with the password secret)",
        "videoflix | films: /srv/videoflix/media",
        "videoflix | stop: Ctrl-C",
    ]


def test_a_terminal_shows_the_step_in_its_last_line_and_then_the_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys, "stdout", terminal)
    with summary.steps() as show_step:
        show_step("starting the web server")
    assert "starting the web server …" in terminal.getvalue()
    summary.print_summary("http://127.0.0.1:8000", "a@example.org", "secret", FACTS)
    frame = terminal.getvalue().splitlines()[-8:]
    assert "╭─" in frame[0]
    assert frame[-1].startswith("╰─")
    assert "with the password secret (shown only this once)" in terminal.getvalue()


def test_a_password_is_not_written_to_the_log(log: Path) -> None:
    output.say("videoflix", "a line")
    summary.print_summary("http://127.0.0.1:8000", "a@example.org", "secret", FACTS)
    assert "a line" in log.read_text()
    assert "secret" not in log.read_text()
