from pathlib import Path

import pytest

from tests.fixtures.services import Services
from videoflix.server.children import environment

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
