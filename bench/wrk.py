"""Load from outside: runs wrk, in a process of its own, and reads what it has counted."""

import asyncio
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import msgspec

from bench.house import House
from bench.result import NotMade

CONNECTIONS = 16
SCRIPT = Path(__file__).with_suffix(".lua")


class Load(msgspec.Struct, frozen=True):
    """What came back: answers, and bytes with their headers."""

    requests: int
    bytes: int
    microseconds: int
    errors: int

    @property
    def per_second(self) -> float:
        return self.requests / self.microseconds * 1e6

    @property
    def gigabytes_per_second(self) -> float:
        """In units of 10⁹ bytes."""
        return self.bytes / self.microseconds / 1e3


async def load(house: House, path: str, seconds: int, *, at: str | None = None) -> Load:
    """Ask for one address without pause, logged in; `at` another server. Raises NotMade if anything but success
    comes back."""
    try:
        process = await asyncio.create_subprocess_exec(
            *("wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "-s", str(SCRIPT)),
            *("-H", f"Cookie: {house.cookie['Cookie']}", (at or house.url) + path),
            stdout=PIPE,
            stderr=STDOUT,
        )
    except FileNotFoundError:
        raise NotMade("wrk is not there (Debian and Ubuntu: apt-get install wrk)") from None
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    try:
        counted = msgspec.json.decode(output.strip().rpartition(b"\n")[2], type=Load)
    except msgspec.DecodeError:
        raise NotMade(f"wrk says: {output.decode(errors='replace').strip()}") from None
    if counted.errors or not counted.requests:
        raise NotMade(f"{counted.errors} errors at {counted.requests} requests for {path}")
    return counted
