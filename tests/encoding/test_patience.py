import asyncio
import os
import subprocess
import time
from collections.abc import Iterator

import pytest

from videoflix.encoding.patience import Patience


async def _work_slowly() -> str:
    """Takes 2.5 seconds, and 0.16 of CPU time, as a process does beside many busy ones."""
    for _ in range(8):
        until = time.process_time() + 0.02
        while time.process_time() < until:
            pass
        await asyncio.sleep(0.3)
    return "done"


async def test_a_process_that_gets_little_cpu_time_is_waited_for() -> None:
    patience, work = Patience(os.getpid(), 1.0), asyncio.create_task(_work_slowly())
    assert await patience.wait(lambda: asyncio.shield(work)) == "done"


@pytest.fixture
def idle() -> Iterator[int]:
    """The id of a process that does nothing."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process.pid
        process.kill()


async def test_a_process_that_hangs_is_not_waited_for(idle: int) -> None:
    patience, began = Patience(idle, 0.5), time.monotonic()
    with pytest.raises(TimeoutError):
        await patience.wait(asyncio.Event().wait)
    assert time.monotonic() - began < 5  # it would be 5 with all extensions


async def test_progress_renews_the_patience(idle: int) -> None:
    patience = Patience(idle, 1.0)
    for _ in range(3):
        await patience.wait(lambda: asyncio.sleep(0.4))
        patience.renew()
