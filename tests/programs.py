"""Programs that stand in for an ffmpeg which the machine does not have."""

from pathlib import Path


def program(folder: Path, script: str, name: str = "program") -> str:
    """The path of a shell script in a folder."""
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return str(file)
