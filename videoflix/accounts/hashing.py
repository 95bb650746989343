"""Hashes passwords in threads: about one per core for all web processes together, outside the event loop."""

import asyncio
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from videoflix.accounts.passwords import Passwords
from videoflix.cores import cores


class Hashing:
    """A pool of threads. Its size bounds the memory of argon2 when many users log in at once."""

    def __init__(self, passwords: Passwords, processes: int) -> None:
        self._passwords = passwords
        self._threads = ThreadPoolExecutor(max(1, cores() // processes), "hashing", initializer=_lower_priority)

    async def hash(self, password: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._passwords.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password matches. Takes as long without a hash."""
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._passwords.verify, password_hash, password
        )

    async def needs_rehash(self, password_hash: str, password: str) -> bool:
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._passwords.needs_rehash, password_hash, password
        )

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)


def _lower_priority() -> None:
    """Let the event loop run first. Only Linux has a nice value per thread."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
