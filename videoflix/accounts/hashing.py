"""Passwords in threads: all web processes together have one per core, and none is in the way of the loop."""

import asyncio
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from videoflix.accounts.passwords import Passwords
from videoflix.cores import cores


class Hashing:
    """A storm of logins queues up here; it neither blocks the loop nor eats the memory."""

    def __init__(self, passwords: Passwords, processes: int) -> None:
        self._passwords = passwords
        self._threads = ThreadPoolExecutor(max(1, cores() // processes), "hashing", initializer=_give_way)

    async def hash(self, password: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._passwords.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether it fits; the same work without a hash."""
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._passwords.verify, password_hash, password
        )

    async def needs_rehash(self, password_hash: str, password: str) -> bool:
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._passwords.needs_rehash, password_hash, password
        )

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)


def _give_way() -> None:
    """The loop goes first. Linux alone knows niceness per thread."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
