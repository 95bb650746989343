"""Runs wrk and reads its counters."""

import asyncio
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import msgspec

from bench.result import NotMeasured
from bench.server import Server

CONNECTIONS = 16
SCRIPT = Path(__file__).with_suffix(".lua")


class Load(msgspec.Struct, frozen=True):
    """The counters of wrk. `bytes` includes the headers of responses."""

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


async def load(
    server: Server,
    path: str,
    seconds: int,
    *,
    at: str | None = None,
    headers: tuple[str, ...] = (),
    connections: int = CONNECTIONS,
) -> Load:
    """Request one path without pause, logged in. `at` is the address of another server that gets the requests.

    Raises NotMeasured if a request fails, or if wrk is not installed.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *("wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "-s", str(SCRIPT)),
            *(part for header in (f"Cookie: {server.cookie['Cookie']}", *headers) for part in ("-H", header)),
            (at or server.url) + path,
            stdout=PIPE,
            stderr=STDOUT,
        )
    except FileNotFoundError:
        raise NotMeasured("wrk is not installed (Debian and Ubuntu: apt-get install wrk)") from None
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    try:
        counted = msgspec.json.decode(output.strip().rpartition(b"\n")[2], type=Load)
    except msgspec.DecodeError:
        raise NotMeasured(f"wrk failed: {output.decode(errors='replace').strip()}") from None
    if counted.errors or not counted.requests:
        raise NotMeasured(f"{counted.errors} errors in {counted.requests} requests for {path}")
    return counted
