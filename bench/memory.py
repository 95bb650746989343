"""Resident memory of the web processes and the workers when nobody asks for anything."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

from bench.house import house
from bench.result import NotMade, Result

IDLE_SECONDS = 5
MAX = 200


async def measure() -> list[Result]:
    async with house() as running:
        await asyncio.sleep(IDLE_SECONDS)
        kind, megabytes = measure_ours(running.process_id)
    total = sum(megabytes.values())
    each = ", ".join(f"{name} {size:.0f}" for name, size in megabytes.items())
    return [Result(f"idle memory ({kind})", f"{total:.0f} MB ({each})", f"≤ {MAX} MB", total <= MAX)]


def measure_ours(start: int) -> tuple[str, dict[str, float]]:
    """PSS or RSS, and the megabytes of each of our own processes below the one that started them."""
    sizes: dict[str, float] = {}
    kind = ""
    for process in descendants(start):
        words = (process / "cmdline").read_text().split("\0")
        if "videoflix" in words:
            kind, size = _size(process)
            name = " ".join(words[words.index("videoflix") + 1 :]).strip()
            sizes[name] = sizes.get(name, 0) + size
    if len(sizes) < 2:
        raise NotMade("the web and the workers are not there")
    return kind, sizes


def descendants(process_id: int) -> Iterator[Path]:
    for task in Path(f"/proc/{process_id}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield Path("/proc", child)
            yield from descendants(int(child))


def _size(process: Path) -> tuple[str, float]:
    """In megabytes. PSS divides what processes share among them; not every kernel tells it."""
    try:
        kind, text = "PSS", (process / "smaps_rollup").read_text()
    except OSError:
        kind, text = "RSS", (process / "status").read_text()
    found = re.search(r"^(?:Pss|VmRSS):\s+(\d+) kB", text, flags=re.MULTILINE)
    if not found:
        raise NotMade(f"{process} does not tell its memory")
    return kind, int(found[1]) * 1024 / 1e6
