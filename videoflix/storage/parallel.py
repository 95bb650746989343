"""Does the same with many things, a few at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
THREADS = 8


async def for_each(items: Iterable[Item], work: Callable[[Item], Awaitable[None]], at_once: int) -> None:
    """Raises what `work` raises first; the others are cancelled then."""
    waiting = iter(items)

    async def run() -> None:
        for item in waiting:
            await work(item)

    tasks = [asyncio.create_task(run()) for _ in range(at_once)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def in_threads(work: Callable[[Item], None], items: Iterable[Item]) -> None:
    """The same with functions that block. Raises what `work` raises first; what has not begun is left then."""
    with ThreadPoolExecutor(THREADS) as threads:
        try:
            for done in [threads.submit(work, item) for item in items]:
                done.result()
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise
