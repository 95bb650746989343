"""Decides when a process that makes no progress is stopped: soon if it hangs, later if it only gets no CPU time."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

# How much longer a process may take on a machine whose cores are busy with other work. One frame took 31 s at the
# lowest priority beside six busy processes on two cores, and 0.1 s alone.
MAX_EXTENSIONS = 9
# The part of a core that a starved process still got there is 0.6 %; a process that hangs gets nothing.
MIN_SHARE = 0.001


class Patience:
    """Limits how long a process may go without progress: `seconds` by the clock, or of its own CPU time if other
    processes keep the cores busy, and ten times as long at most."""

    def __init__(self, process_id: int, seconds: float) -> None:
        self._stat = Path(f"/proc/{process_id}/stat")
        self._seconds = seconds
        self.renew()

    def renew(self) -> None:
        """The process has made progress."""
        self._extensions = 0
        self._cpu_at_progress = self._cpu_at_extension = self._cpu_seconds()
        self._deadline = asyncio.get_running_loop().time() + self._seconds

    async def wait(self, step: Callable[[], Awaitable[T]]) -> T:
        """The result of `step`, which is started again after each extension, so that it must be safe to cancel.

        Raises TimeoutError when patience is at its end.
        """
        while True:
            try:
                async with asyncio.timeout_at(self._deadline):
                    return await step()
            except TimeoutError:
                if not self._extend():
                    raise

    def _extend(self) -> bool:
        used = self._cpu_seconds()
        is_starved = (
            used - self._cpu_at_progress < self._seconds
            and used - self._cpu_at_extension >= MIN_SHARE * self._seconds
        )
        if not is_starved or self._extensions == MAX_EXTENSIONS:
            return False
        self._extensions += 1
        self._cpu_at_extension = used
        self._deadline += self._seconds
        return True

    def _cpu_seconds(self) -> float:
        """The CPU time of the process so far; 0 if it cannot be read, as on other systems than Linux."""
        with suppress(OSError, ValueError, IndexError):
            # After the name of the program, which may contain spaces; see proc(5), utime and stime.
            fields = self._stat.read_text().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return 0.0
