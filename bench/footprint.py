"""Watches what films cost while they are made: the memory of their ffmpeg processes, and the bytes they stage."""

import asyncio
import os
import re
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from msgspec import Struct

from bench.memory import descendants
from videoflix.storage.local import sizes

LOOK_SECONDS = 0.2
PROGRAMS = re.compile(r"(?:^|/)ff(?:mpeg|probe)[^/]*$")


class Footprint(Struct):
    """Peaks, in bytes: the largest ffmpeg or ffprobe of a film, and the largest staging folder that one works in."""

    memory: int = 0
    staged: int = 0


@asynccontextmanager
async def footprints(staging: Path) -> AsyncIterator[dict[Path, Footprint]]:
    """The footprints of the files that processes below ours read, by their paths; kept up to date in the block."""
    found: dict[Path, Footprint] = defaultdict(Footprint)
    watching = asyncio.create_task(_watch(staging, found))
    try:
        yield found
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def _watch(staging: Path, found: dict[Path, Footprint]) -> None:
    while True:
        await asyncio.to_thread(_look, staging, found)
        await asyncio.sleep(LOOK_SECONDS)


def _look(staging: Path, found: dict[Path, Footprint]) -> None:
    with suppress(OSError):  # a process ends while we look at it
        for process in descendants(os.getpid()):
            with suppress(OSError):
                _look_at(process, staging, found)


def _look_at(process: Path, staging: Path, found: dict[Path, Footprint]) -> None:
    words = (process / "cmdline").read_text(errors="replace").split("\0")
    if not any(PROGRAMS.search(word) for word in words):
        return
    films = [Path(word.removeprefix("file:")) for word in words if word.startswith("file:")]
    if not films:
        return
    footprint = found[films[0]]
    peak = re.search(r"^VmHWM:\s+(\d+) kB", (process / "status").read_text(), flags=re.MULTILINE)
    if peak:
        footprint.memory = max(footprint.memory, int(peak[1]) * 1024)
    folder = (process / "cwd").readlink()
    if folder.is_relative_to(staging) and folder != staging:
        footprint.staged = max(footprint.staged, sum(sizes(folder).values()))
