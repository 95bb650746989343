"""Commands run as a person runs them: as processes of their own."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.web.conftest import publish

__all__ = ["publish"]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(environ: dict[str, str]) -> Run:
    """Runs a command of videoflix to its end, in the house of this test."""

    def run(*words: str, stdin: str = "", **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "videoflix", *words],
            env={**os.environ, **environ, **variables},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run
