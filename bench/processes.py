"""The processes of a server, and the CPU time that they have used."""

import os
from collections.abc import Iterator
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def descendants(process_id: int) -> Iterator[Path]:
    """The folders in /proc of all processes that a process has started."""
    for task in Path(f"/proc/{process_id}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield Path("/proc", child)
            yield from descendants(int(child))


def cpu_seconds(process: Path) -> float:
    """User and system time of all threads of a process, whose folder in /proc is given."""
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
