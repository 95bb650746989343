"""The supervisor reports what a process said that does not keep running."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from videoflix.server import output, stack
from videoflix.server.stack import Child, StackError


@pytest.fixture(autouse=True)
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(stack, "RESTART_SECONDS", 0.0)
    with output.log_to(tmp_path / "log"):
        yield tmp_path / "log"


LISTENING = "print('listening', flush=True); import time; time.sleep(60)"


def _child(name: str, script: str, *, is_ours: bool = False) -> Child:
    return Child(name, [sys.executable, "-c", script], is_ours=is_ours)


async def test_a_service_that_cannot_run_is_reported_with_its_last_lines_and_the_log(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(StackError, match=r"redis ended 5 times .*: begin / no memory\. The log is ") as error:
        async with stack.stack() as running:
            await running.start(_child("redis", "print('begin'); print('no memory'); exit(1)"))
            await running.wait_until_stopped()
    assert str(log) in str(error.value)
    assert "redis ended unexpectedly (status 1): begin / no memory; restarting it" in capsys.readouterr().out


async def test_what_a_service_says_is_recorded_and_what_our_processes_say_is_printed_too(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with stack.stack() as running:
        await running.start(
            _child("redis", "print('loading', flush=True); import time; time.sleep(60)"),
            _child("web", LISTENING, is_ours=True),
        )
        await running.wait_until_ready(lambda: log.read_text().count("ing\n") == 2, "both", 30)
    assert capsys.readouterr().out == "web       | listening\n"


async def test_what_our_processes_say_during_the_start_follows_its_summary(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with stack.stack() as running:
        with output.hold_back():
            await running.start(_child("web", LISTENING, is_ours=True))
            await running.wait_until_ready(lambda: "listening" in log.read_text(), "it", 30)
            output.say("videoflix", "ready")
    assert capsys.readouterr().out == "videoflix | ready\nweb       | listening\n"
