"""A real `videoflix serve` with its processes, and load on it."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from functools import partial
from pathlib import Path

import aiohttp


class Web:
    """A running `videoflix serve`."""

    def __init__(self, environ: dict[str, str], port: int, log: Path, files: int = 0, **variables: str) -> None:
        """`files`: how many the processes may open, if they may not open as many as we."""
        self.address = f"http://127.0.0.1:{port}"
        self.port = port
        self._log = log
        with log.open("ab") as writing:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "videoflix", "serve", "--port", str(port)],
                env={**os.environ, **environ, "WEB_PROCESSES": "2", **variables},
                stdout=writing,
                stderr=subprocess.STDOUT,
                preexec_fn=partial(resource.setrlimit, resource.RLIMIT_NOFILE, (files, files)) if files else None,
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    def children(self) -> list[int]:
        try:
            return [
                int(word)
                for word in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            ]
        except OSError:
            return []

    async def ready(self) -> None:
        async with asyncio.timeout(60), aiohttp.ClientSession() as session:
            while True:
                assert self.process.poll() is None, self.log
                try:
                    async with session.get(f"{self.address}/ready") as answer:
                        if answer.status == 200 and len(self.children()) == 2:
                            return
                except aiohttp.ClientConnectionError:
                    pass
                await asyncio.sleep(0.05)

    async def stop(self, sign: signal.Signals = signal.SIGTERM) -> float:
        """How long that took, in seconds."""
        begin = time.monotonic()
        self.process.send_signal(sign)
        await asyncio.to_thread(self.process.wait, 30)
        return time.monotonic() - begin

    def close(self) -> None:
        children = self.children()
        self.process.kill()
        self.process.wait()
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)


class Load:
    """Many clients that send requests continuously on persistent connections, until the block ends."""

    def __init__(self, address: str, clients: int = 8) -> None:
        self.address, self.clients = address, clients
        self.answers: Counter[int] = Counter()
        self.failures: list[str] = []
        self._over = False

    async def __aenter__(self) -> "Load":
        self._tasks = [asyncio.create_task(self._ask()) for _ in range(self.clients)]
        return self

    async def __aexit__(self, *about: object) -> None:
        self._over = True
        await asyncio.gather(*self._tasks)

    async def more(self, count: int) -> None:
        """Until so many more requests have been answered."""
        until = self.answers.total() + count
        async with asyncio.timeout(60):
            while self.answers.total() < until:
                await asyncio.sleep(0.01)

    async def _ask(self) -> None:
        """Each answer is read to its end; nothing is tried again, unlike aiohttp's client does by itself."""
        host, port = self.address.removeprefix("http://").split(":")
        while not self._over:
            try:
                reader, writer = await asyncio.open_connection(host, int(port))
            except OSError as refusal:
                self.failures.append(repr(refusal))
                continue
            try:
                await self._keep_asking(reader, writer)
            except (OSError, asyncio.IncompleteReadError) as failure:
                self.failures.append(repr(failure))
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _keep_asking(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = b""
        while not self._over and b"connection: close" not in head:
            writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
            self.answers[int(head.split()[1])] += 1
