import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.services import Services
from tests.programs import program
from videoflix.server.children import _prefix, confined, environment

FEW = {"PATH", "HOME", "TMPDIR", "TZ", "LD_LIBRARY_PATH"}


def test_other_programs_get_only_the_variables_that_they_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("SECRET_KEY", "secret")
    assert environment()["PATH"] == "/usr/bin:/bin"
    assert set(environment()) <= FEW


@pytest.mark.parametrize("name", ["postgres", "redis"])
def test_the_embedded_services_get_no_secrets(services: Services, name: str) -> None:
    given = Path(f"/proc/{services.processes[name].pid}/environ").read_text()
    assert {word.partition("=")[0] for word in given.split("\0") if word} <= FEW


def test_limits_are_never_raised() -> None:
    shown = "import os, resource; print(os.nice(0), *resource.getrlimit(resource.RLIMIT_FSIZE))"
    confining = (
        "import resource, subprocess, sys\n"
        "from videoflix.server.children import confined\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5_000_000, 6_000_000))\n"
        "limits = {resource.RLIMIT_FSIZE: int(sys.argv[1])}\n"
        f"subprocess.run(confined([sys.executable, '-c', {shown!r}], niceness=5, limits=limits), check=True)"
    )
    for wanted, kept in ((4_000_000, 4_000_000), (7_000_000, 5_000_000)):
        told = subprocess.run([sys.executable, "-c", confining, str(wanted)], capture_output=True, check=True)
        assert told.stdout.decode().split() == [str(min(19, os.nice(0) + 5)), str(kept), str(kept)]


def test_a_program_that_does_not_know_its_options_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As BusyBox's setpriv: everything that is started by it would fail."""
    program(tmp_path, "exit 1", "setpriv")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    _prefix.cache_clear()
    try:
        command = confined([sys.executable, "-c", "print(1)"], niceness=1, limits={})
    finally:
        _prefix.cache_clear()
    assert subprocess.run(command, capture_output=True, check=True).stdout == b"1\n"
    assert not any("setpriv" in word for word in command)
