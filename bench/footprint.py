"""Samples what films need while they are encoded: the memory of ffmpeg, and the size of staging folders."""

import asyncio
import os
import re
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from msgspec import Struct

from bench.processes import descendants
from videoflix.storage.folders import sizes

SAMPLE_SECONDS = 0.2
PROGRAMS = re.compile(r"(?:^|/)ff(?:mpeg|probe)[^/]*$")


class Footprint(Struct):
    """Peaks in bytes: the largest ffmpeg or ffprobe process of a film, and its largest staging folder."""

    memory: int = 0
    staged: int = 0


@asynccontextmanager
async def footprints(staging: Path) -> AsyncIterator[dict[Path, Footprint]]:
    """The footprints of the films that child processes read, by path, updated while the block runs."""
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
        await asyncio.to_thread(_sample, staging, found)
        await asyncio.sleep(SAMPLE_SECONDS)


def _sample(staging: Path, found: dict[Path, Footprint]) -> None:
    with suppress(OSError):  # the process may have ended
        for process in descendants(os.getpid()):
            with suppress(OSError):
                _sample_process(process, staging, found)


def _sample_process(process: Path, staging: Path, found: dict[Path, Footprint]) -> None:
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
