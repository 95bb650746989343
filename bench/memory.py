"""Memory of the web processes and the workers while the server is idle."""

import asyncio
import re
from pathlib import Path

from bench.processes import descendants
from bench.result import NotMeasured, Result
from bench.server import running_server

IDLE_SECONDS = 5
MAX = 200


async def measure() -> list[Result]:
    async with running_server() as server:
        await asyncio.sleep(IDLE_SECONDS)
        kind, megabytes = measure_ours(server.process_id)
    total = sum(megabytes.values())
    each = ", ".join(f"{name} {size:.0f}" for name, size in megabytes.items())
    return [Result(f"idle memory ({kind})", f"{total:.0f} MB ({each})", f"≤ {MAX} MB", total <= MAX)]


def measure_ours(start: int) -> tuple[str, dict[str, float]]:
    """PSS or RSS, and the megabytes of each web process and worker below a process."""
    sizes: dict[str, float] = {}
    kind = ""
    for process in descendants(start):
        words = (process / "cmdline").read_text().split("\0")
        if "videoflix" in words:
            kind, size = _size(process)
            name = " ".join(words[words.index("videoflix") + 1 :]).strip()
            sizes[name] = sizes.get(name, 0) + size
    if len(sizes) < 2:
        raise NotMeasured("the web processes and the workers are not running")
    return kind, sizes


def _size(process: Path) -> tuple[str, float]:
    """The kind, and the size in megabytes. PSS counts shared pages in proportion; not every kernel reports it."""
    try:
        kind, text = "PSS", (process / "smaps_rollup").read_text()
    except OSError:
        kind, text = "RSS", (process / "status").read_text()
    found = re.search(r"^(?:Pss|VmRSS):\s+(\d+) kB", text, flags=re.MULTILINE)
    if not found:
        raise NotMeasured(f"{process} does not report its memory")
    return kind, int(found[1]) * 1024 / 1e6
