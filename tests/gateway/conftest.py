"""A real nginx, made of the template that people run, before a real web process."""

import asyncio
import os
import re
import shutil
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from msgspec import Struct

from tests.fixtures.app import Serve
from tests.fixtures.services import EMAIL, PASSWORD, free_port
from videoflix.app import create_app
from videoflix.settings import Settings

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
ORIGIN = "http://127.0.0.1:5500"


def fill(template: str, **values: object) -> str:
    """What envsubst makes of a template."""
    text = (DEPLOY / template).read_text()
    for name, value in values.items():
        text = text.replace(f"${{GATEWAY_{name.upper()}}}", str(value))
    assert not (left := re.findall(r"\$\{GATEWAY_\w+\}", text)), left
    return text


class Gateway(Struct):
    """nginx, the web process behind it, and what that was asked for."""

    port: int
    app_port: int
    scratch: Path
    seen: Counter[str]

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def direct(self, path: str) -> str:
        return f"http://127.0.0.1:{self.app_port}{path}"

    def log(self) -> str:
        return (self.scratch / "log").read_text()

    async def send(self, text: str) -> str:
        """The answer to a request that no client would write."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(text.replace("\n", "\r\n").encode() + b"\r\n")
        answer = await reader.read()
        writer.close()
        return answer.decode(errors="replace")


Start = Callable[..., Any]


@pytest.fixture
def nginx() -> str:
    if NGINX is None:
        if os.environ.get("CI"):
            pytest.fail("nginx is not installed, and here it has to be")
        pytest.skip("nginx is not installed")
    return NGINX


@asynccontextmanager
async def running(nginx: str, scratch: Path, port: int) -> AsyncIterator[None]:
    """nginx in the foreground on `scratch`/nginx.conf."""
    options = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
    command = [nginx, "-p", str(scratch), "-e", "stderr", "-c", str(scratch / "nginx.conf"), "-g", options]
    with (scratch / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
    try:
        async with asyncio.timeout(60):
            while not (await _answers(port) and (scratch / "nginx.pid").exists()):
                assert process.returncode is None, (scratch / "log").read_text()
                await asyncio.sleep(0.02)
        yield
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


@pytest.fixture
async def start(nginx: str, settings: Settings, tmp_path: Path, aiohttp_server: Serve) -> AsyncIterator[Start]:
    """Starts a gateway before a web process with these settings."""
    async with AsyncExitStack() as stack:

        async def start(settings: Settings = settings, *, tls: str = "", more: web.RouteDef | None = None) -> Gateway:
            app, seen = create_app(settings), Counter[str]()

            async def count(request: web.Request, response: web.StreamResponse) -> None:
                seen["verdicts" if request.path.startswith("/internal/") else request.path] += 1

            app.on_response_prepare.append(count)
            if more:
                app.add_routes([more])
            server = await aiohttp_server(app)
            scratch, port = tmp_path / "gateway", free_port()
            scratch.mkdir()
            text = fill(
                "nginx.conf.template",
                listen=f"127.0.0.1:{port}",
                upstream=f"127.0.0.1:{server.port}",
                films=settings.data_dir / "media" / "films",
                scratch=scratch,
                log=scratch / "log",
                origins="",
                trusted_origins=",".join(settings.cors_allowed_origins),
                frontend=settings.frontend_base_url,
            )
            (scratch / "nginx.conf").write_text(text)
            if tls:
                (scratch / "tls.conf").write_text(tls)
            await stack.enter_async_context(running(nginx, scratch, port))
            assert server.port
            return Gateway(port, server.port, scratch, seen)

        yield start


@pytest.fixture
async def gateway(start: Start) -> Gateway:
    started: Gateway = await start()
    return started


@pytest.fixture
async def stranger() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that has not logged in."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


@pytest.fixture
async def viewer(gateway: Gateway, admin: int) -> AsyncIterator[aiohttp.ClientSession]:
    """A client that has logged in through the gateway."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        await log_in(session, gateway)
        yield session


async def log_in(session: aiohttp.ClientSession, gateway: Gateway) -> None:
    answer = await session.post(gateway.url("/api/login/"), json={"email": EMAIL, "password": PASSWORD})
    assert answer.status == 200
