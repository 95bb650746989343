"""A server that can be restarted, and a proxy whose connections break."""

import asyncio
import os
import sys
from pathlib import Path

BLOCK_BYTES = 64 * 1024
# Slow enough for the tests to observe an upload.
BYTES_PER_SECOND = 8_000_000


class Proxy:
    """A TCP proxy that limits the upload rate, breaks connections when `sent` reaches the next of `breaks`, and
    pauses while `flows` is cleared."""

    def __init__(self, upstream: int) -> None:
        self.sent = 0
        self.breaks: list[int] = []
        self.flows = asyncio.Event()
        self.flows.set()
        self._upstream = upstream
        self._open: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def until(self, sent: int) -> None:
        """Wait until so many bytes have been sent to the server in total."""
        async with asyncio.timeout(90):
            while self.sent < sent:
                await asyncio.sleep(0.02)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._forward(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward a connection until either side closes it."""
        try:
            answers, requests = await asyncio.open_connection("127.0.0.1", self._upstream)
        except OSError:  # the server is not running
            writer.transport.abort()
            return
        directions = [
            asyncio.create_task(self._forward_slowly(reader, requests, writer)),
            asyncio.create_task(_copy(answers, writer)),
        ]
        try:
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for direction in directions:
                direction.cancel()
            await asyncio.gather(*directions, return_exceptions=True)
            writer.close()
            requests.close()

    async def _forward_slowly(
        self, reader: asyncio.StreamReader, requests: asyncio.StreamWriter, answers: asyncio.StreamWriter
    ) -> None:
        while await self.flows.wait() and (block := await reader.read(BLOCK_BYTES)):
            requests.write(block)
            await requests.drain()
            self.sent += len(block)
            if self.breaks and self.sent >= self.breaks[0]:
                del self.breaks[0]
                answers.transport.abort()
                requests.transport.abort()
                return
            await asyncio.sleep(len(block) / BYTES_PER_SECOND)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while block := await reader.read(BLOCK_BYTES):
        writer.write(block)
        await writer.drain()


class Server:
    """`serve` in a process of its own."""

    def __init__(self, environ: dict[str, str], port: int, log: Path) -> None:
        self.port = port
        self._environ = {**os.environ, **environ, "WEB_PROCESSES": "1", "PORT": str(port)}
        self._log = log

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "videoflix", "serve"), env=self._environ, stderr=log
            )
        async with asyncio.timeout(90):
            while not await self._answers():
                assert self._process.returncode is None, self._log.read_text()
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        self._process.terminate()
        async with asyncio.timeout(90):
            await self._process.wait()

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        return b" 200 " in answer
