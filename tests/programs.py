"""Other ffmpegs than the one that tests run on, and programs that stand in for one that the machine does not have."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import imageio_ffmpeg
import pytest

# The system's is Debian 12's (5.1) in CI, the other a static build of the newest version.
SYSTEM, STATIC = "system", "static"
FOLDERS = "/usr/local/bin:/usr/bin:/bin"


def needs(name: str) -> pytest.MarkDecorator:
    """Skips a test where a program is not installed. In CI the test runs, and fails."""
    return pytest.mark.skipif(not shutil.which(name) and not os.environ.get("CI"), reason=f"{name} is not installed")


def skip_or_fail(reason: str) -> NoReturn:
    """Skip a test whose requirements are not met. In CI it fails."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


def variables(name: str) -> dict[str, str]:
    """FFMPEG, and FFPROBE if there is one beside it. Skips the test if the system has none; in CI it fails."""
    if name == STATIC:
        return {"FFMPEG": imageio_ffmpeg.get_ffmpeg_exe()}
    found = {program.upper(): shutil.which(program, path=FOLDERS) for program in ("ffmpeg", "ffprobe")}
    have = {variable: path for variable, path in found.items() if path}
    if len(have) < len(found):
        skip_or_fail("the system has no ffmpeg and ffprobe")
    return have


def program(folder: Path, script: str, name: str = "program") -> str:
    """The path of a shell script in a folder."""
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return str(file)
