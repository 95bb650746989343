"""An administrator in front of the pages, a server that can be restarted, and a line between the two that breaks."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, ConsoleMessage, Page

from tests.browsers import NODE_MODULES, chromium
from tests.conftest import EMAIL, PASSWORD
from tests.web.conftest import make_user, publish
from videoflix.settings import Settings
from videoflix.web.app import create_app

__all__ = ["make_user", "publish"]

AXE = NODE_MODULES / "axe-core" / "axe.min.js"
PATIENCE = 30_000
PIECE = 64 * 1024
# So slow that there is something to see of a film on its way.
BYTES_PER_SECOND = 12_000_000

Visit = Callable[[str], Awaitable["Visitor"]]


class Line:
    """A TCP proxy: slow upwards, broken whenever so many bytes have gone up in all, and still while nothing flows."""

    def __init__(self, above: int) -> None:
        self.sent = 0
        self.breaks: list[int] = []
        self.flows = asyncio.Event()
        self.flows.set()
        self._above = above
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
        """Wait until so many bytes have gone up."""
        async with asyncio.timeout(30):
            while self.sent < sent:
                await asyncio.sleep(0.02)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._pass(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A connection, until one of the two ends it."""
        try:
            answers, requests = await asyncio.open_connection("127.0.0.1", self._above)
        except OSError:  # the server is away
            writer.transport.abort()
            return
        ways = [asyncio.create_task(self._up(reader, requests, writer)), asyncio.create_task(_copy(answers, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            writer.close()
            requests.close()

    async def _up(
        self, reader: asyncio.StreamReader, requests: asyncio.StreamWriter, answers: asyncio.StreamWriter
    ) -> None:
        while await self.flows.wait() and (piece := await reader.read(PIECE)):
            requests.write(piece)
            await requests.drain()
            self.sent += len(piece)
            if self.breaks and self.sent >= self.breaks[0]:
                del self.breaks[0]
                answers.transport.abort()
                requests.transport.abort()
                return
            await asyncio.sleep(len(piece) / BYTES_PER_SECOND)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(PIECE):
        writer.write(piece)
        await writer.drain()


class Site:
    """The web as a process of its own."""

    def __init__(self, environ: dict[str, str], port: int, log: Path) -> None:
        self.port = port
        self._environ = {**os.environ, **environ, "WEB_PROCESSES": "1", "PORT": str(port)}
        self._log = log

    async def start(self) -> None:
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "videoflix", "serve"]
            self._process = subprocess.Popen(command, env=self._environ, stderr=log)
        async with asyncio.timeout(20):
            while not await self._answers():
                assert self._process.poll() is None, self._log.read_text()
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(self._process.wait, 20)

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        return b" 200 " in answer


class Visitor:
    """An administrator with a browser that writes down what its console complains about."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _listen(self, message: ConsoleMessage) -> None:
        """A connection that was cut is no fault of the page."""
        if message.type == "error" and "net::ERR_" not in message.text:
            self.complaints.append(f"{message.text} ({message.location.get('url')})")

    async def log_in(self) -> None:
        await self.page.goto(f"{self.address}/admin/")
        await self.page.get_by_label("E-mail").fill(EMAIL)
        await self.page.get_by_label("Password").fill(PASSWORD)
        await self.page.get_by_role("button", name="Log in").click()
        await self.page.get_by_role("heading", name="Videos").wait_for()

    async def go(self, name: str) -> None:
        """To another page, by the links at the top."""
        await self.page.get_by_role("banner").get_by_role("link", name=name, exact=True).click()

    async def check(self) -> None:
        """What is shown can be used by everyone, as far as a program can tell."""
        found: list[dict[str, Any]] = (await self.page.evaluate("axe.run()"))["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium("axe-core", "hls.js", "tus-js-client") as started:
        yield started


@pytest.fixture
async def visit(browser: Browser, admin: int) -> Visit:
    """Opens a fresh browser window on the pages of an address, logged in."""

    async def visit(address: str) -> Visitor:
        context = await browser.new_context(color_scheme="dark", reduced_motion="reduce")
        await context.add_init_script(path=AXE)
        visitor = Visitor(await context.new_page(), address)
        await visitor.log_in()
        return visitor

    return visit


@pytest.fixture
async def site(environ: dict[str, str], port: int, tmp_path: Path) -> AsyncIterator[Site]:
    started = Site(environ, port, tmp_path / "web.log")
    await started.start()
    yield started
    await started.stop()


@pytest.fixture
async def line(site: Site) -> AsyncIterator[Line]:
    laid = Line(site.port)
    await laid.start()
    yield laid
    await laid.stop()


@pytest.fixture
async def here(aiohttp_server: Callable[..., Awaitable[TestServer]], settings: Settings) -> str:
    """The address of a server within the test, for tests that restart nothing."""
    server = await aiohttp_server(create_app(settings))
    return str(server.make_url("/")).rstrip("/")
