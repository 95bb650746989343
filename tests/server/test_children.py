from pathlib import Path

import pytest

from tests.fixtures.services import Services
from videoflix.server.children import environment

FEW = {"PATH", "HOME", "TMPDIR", "TZ", "LD_LIBRARY_PATH"}


def test_other_programs_are_given_nothing_but_what_they_find_their_parts_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("SECRET_KEY", "secret")
    assert environment()["PATH"] == "/usr/bin:/bin"
    assert set(environment()) <= FEW


@pytest.mark.parametrize("name", ["postgres", "redis"])
def test_the_private_services_know_none_of_our_secrets(services: Services, name: str) -> None:
    given = Path(f"/proc/{services.processes[name].pid}/environ").read_text()
    assert {word.partition("=")[0] for word in given.split("\0") if word} <= FEW
