"""The stop of a single web process."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import ClientSession, web

from videoflix.app import create_app
from videoflix.http.access import public
from videoflix.server.runner import Runner
from videoflix.settings import Settings


@dataclass
class Service:
    runner: Runner
    port: int
    began: asyncio.Event
    go_on: asyncio.Event


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    """A server with an endless stream, and a response that waits for the test."""
    over, began, go_on = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @public
    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"now\n")
        await over.wait()
        return response

    @public
    async def slow(request: web.Request) -> web.Response:
        began.set()
        await go_on.wait()
        return web.Response(text="done")

    async def end(app: web.Application) -> None:
        over.set()

    app = create_app(settings)
    app.add_routes([web.get("/stream", stream), web.get("/slow", slow)])
    app.on_shutdown.append(end)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    runner = Runner(app, [listening])
    await runner.setup()
    yield Service(runner, listening.getsockname()[1], began, go_on)
    await runner.cleanup()


async def test_streams_and_idle_connections_do_not_delay_a_stop(service: Service) -> None:
    async with ClientSession(f"http://127.0.0.1:{service.port}") as session:
        async with session.get("/health") as answer:
            assert answer.status == 200
        async with session.get("/stream") as answer:
            assert await answer.content.readline() == b"now\n"
            begin = time.monotonic()
            await service.runner.cleanup()
            assert time.monotonic() - begin < 5  # half of the time that responses get
            assert await answer.read() == b""


async def test_a_response_that_has_started_is_finished(service: Service) -> None:
    async with ClientSession(f"http://127.0.0.1:{service.port}") as session:
        asking = asyncio.create_task(session.get("/slow"))
        await service.began.wait()
        stopping = asyncio.create_task(service.runner.cleanup())
        while _listens(service.port):
            await asyncio.sleep(0.01)
        assert not stopping.done()
        service.go_on.set()
        async with await asking as answer:
            assert await answer.text() == "done"
            assert answer.headers["Connection"] == "close"
        await stopping


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
