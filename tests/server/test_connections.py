"""Clients that are slow, silent or numerous, and invalid HTTP, on raw connections."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web

from tests.fixtures.app import Client
from tests.fixtures.media import Media
from tests.fixtures.published import Publish
from videoflix.app import create_app
from videoflix.http.access import public
from videoflix.reference.words import EVERY_RESPONSE
from videoflix.server import connections
from videoflix.settings import Settings

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
MAX = 8

HEAD = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
LOGIN = (
    b"POST /api/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n"
)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """With shorter timeouts than in production."""
    monkeypatch.setattr(connections, "CHECK_SECONDS", 0.02)
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.3)


@pytest.fixture
def crowded(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a low limit of connections."""
    monkeypatch.setattr(connections, "max_connections", lambda: MAX)


@asynccontextmanager
async def _line(client: Client, first: bytes = b"", address: str = "127.0.0.1") -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port, local_addr=(address, 0))
    writer.write(first)
    try:
        yield reader, writer
    finally:
        writer.close()


async def _drip(writer: asyncio.StreamWriter, bit: bytes = b"x", seconds: float = 0.02) -> None:
    while True:
        writer.write(bit)
        await asyncio.sleep(seconds)


async def _ends(reader: asyncio.StreamReader) -> bytes:
    """Read until the server closes the connection."""
    async with asyncio.timeout(20):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


async def test_a_stalled_request_is_ended(impatient: None, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    async def begin(first: bytes, *, drips: bool) -> bytes:
        async with _line(client, first) as (reader, writer):
            dripping = asyncio.create_task(_drip(writer)) if drips else None
            answer = await _ends(reader)
            if dripping:
                dripping.cancel()
        return answer

    firsts = (b"", b"GE", HEAD, HEAD + b"X: ", b"\r\n", LOGIN)
    answers = await asyncio.gather(*(begin(first, drips=drips) for first in firsts for drips in (False, True)))
    assert b" 200 " not in b"".join(answers)
    assert b"200 OK" in await begin(HEAD + b"\r\n" + HEAD, drips=True)
    async with asyncio.timeout(20):
        while client.server.handler.connections:
            await asyncio.sleep(0.01)
    assert [record for record in caplog.records if record.exc_info or record.levelno >= logging.WARNING] == []


async def test_a_slow_body_is_accepted(impatient: None, client: Client) -> None:
    """A few times faster than the minimum rate, for a few check intervals."""
    async with _line(client, LOGIN) as (reader, writer):
        for _ in range(50):
            writer.write(b" " * 100)
            await asyncio.sleep(0.02)
        async with asyncio.timeout(20):
            assert b" 400 " in await reader.readline()


async def test_keep_alive_between_requests_has_a_timeout(
    impatient: None,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    aiohttp_client: Callable[..., Awaitable[Client]],
) -> None:
    monkeypatch.setattr(connections, "IDLE_SECONDS", 1.0)
    client = await aiohttp_client(create_app(settings))
    async with _line(client, HEAD + b"\r\n") as (reader, writer):
        await reader.readuntil(b"}")
        await asyncio.sleep(2 * connections.HEAD_SECONDS)
        writer.write(HEAD + b"\r\n")
        assert b"200 OK" in await _ends(reader)


async def test_a_slow_response_is_not_interrupted(
    impatient: None, settings: Settings, aiohttp_client: Callable[..., Awaitable[Client]]
) -> None:
    @public
    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(10):
            await asyncio.sleep(0.1)
            await response.write(b"x")
        return response

    app = create_app(settings)
    app.add_routes([web.get("/slow", slow)])
    client = await aiohttp_client(app)
    assert await (await client.get("/slow")).read() == b"x" * 10


async def test_a_response_that_is_not_read_is_ended(
    monkeypatch: pytest.MonkeyPatch,
    logged_in: Client,
    publish: Publish,
    storage: Media,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(connections, "READ_SECONDS", 1.0)
    video_id = await publish()
    storage.segment((video_id, 1, 480, 0)).write_bytes(bytes(32 * 1024 * 1024))
    storage.thumbnail(video_id, 1).write_bytes(bytes(32 * 1024 * 1024))
    cookies = "; ".join(f"{each.key}={each.value}" for each in logged_in.session.cookie_jar)
    for path in (f"/api/video/{video_id}/480p/000.ts", f"/api/video/{video_id}/thumbnail.jpg"):
        head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", logged_in.port or 0)) as line:
            line.setblocking(False)
            line.send(head.encode())
            async with asyncio.timeout(20):
                while not any(each._request_in_progress for each in logged_in.server.handler.connections):
                    await asyncio.sleep(0.01)
                while any(each._request_in_progress for each in logged_in.server.handler.connections):
                    await asyncio.sleep(0.01)
    assert [record for record in caplog.records if record.exc_info or record.levelno >= logging.WARNING] == []


async def test_many_silent_connections_do_not_lock_others_out(crowded: None, client: Client) -> None:
    for first in (b"", HEAD, HEAD + b"\r\n", LOGIN, LOGIN + b"x", LOGIN.replace(b"5000", b"9000000")):
        async with AsyncExitStack() as lines:
            for _ in range(3 * MAX):
                await lines.enter_async_context(_line(client, first))
            for _ in range(3):
                async with asyncio.timeout(20), aiohttp.ClientSession() as session:
                    answer = await session.get(client.make_url("/health"))
                    assert answer.status == 200
            assert len(client.server.handler.connections) <= MAX


async def test_silent_connections_are_closed_before_active_ones(crowded: None, client: Client) -> None:
    async with AsyncExitStack() as lines, _line(client) as (reader, writer):
        for _ in range(2 * MAX):
            await lines.enter_async_context(_line(client))
            writer.write(HEAD + b"\r\n")
            async with asyncio.timeout(20):
                assert b"200 OK" in await reader.readuntil(b"}")


@pytest.mark.parametrize("trusted", [(), ("127.0.0.2/32",)])
async def test_an_address_gets_half_of_the_connections_unless_it_is_a_proxy(
    crowded: None, settings: Settings, aiohttp_client: Callable[..., Awaitable[Client]], trusted: tuple[str, ...]
) -> None:
    arrived, over = 0, asyncio.Event()

    @public
    async def wait(request: web.Request) -> web.Response:
        nonlocal arrived
        arrived += 1
        await over.wait()
        return web.Response()

    app = create_app(replace(settings, trusted_proxies=trusted))
    app.add_routes([web.get("/wait", wait)])
    client = await aiohttp_client(app)
    wanted = MAX if trusted else MAX // 2
    asking = HEAD.replace(b"/health", b"/wait") + b"\r\n"
    async with AsyncExitStack() as lines:
        lines.callback(over.set)
        for number in range(MAX):
            reader, _ = await lines.enter_async_context(_line(client, asking, "127.0.0.2"))
            if number < wanted:
                async with asyncio.timeout(20):
                    while arrived <= number:
                        await asyncio.sleep(0.01)
            else:
                assert await _ends(reader) == b""
        assert arrived == wanted
        if not trusted:
            async with _line(client, HEAD + b"\r\n") as (reader, _):
                assert b"200 OK" in await reader.readline()


async def test_an_invalid_request_gets_a_json_error_that_does_not_quote_it(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ids = []
    for sent in (
        HEAD + b"Cookie: refresh_token=SECRET\x01\r\n\r\n",
        b"GET /api/activate/MQ/SECRET\xff/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        HEAD + b"Cookie: SECRET" + b"x" * 20_000 + b"\r\n\r\n",
        b"GET /" + b"SECRET" * 5000,
        b"SECRET\r\n\r\n",
        b"SECRET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01SECRET",
        b"GET /SECRET HTTP/9.9\r\n\r\n",
        HEAD + b"Content-Length: SECRET\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nSECRET",
        HEAD + b"SECRET\r\n\r\n",
        HEAD + b"X: y\r\n" * 200 + b"X: SECRET\r\n\r\n",
        HEAD + b"Connection: close\r\nExpect: SECRET\r\n\r\n",
        HEAD.replace(b"health", b"nowhere") + b"Connection: close\r\nExpect: SECRET\r\n\r\n",
        LOGIN.replace(b"Content-Length: 5000", b"Transfer-Encoding: chunked\r\nConnection: close")
        + b"SECRET\r\n\r\n",
    ):
        async with _line(client, sent) as (reader, _):
            head, _, body = (await _ends(reader)).partition(b"\r\n\r\n")
        assert head[9:12] in (b"400", b"417"), sent
        assert isinstance(json.loads(body)["detail"], str)
        for header in (b"Content-Type: application/json", b"Cache-Control: no-store", b"Server: Videoflix\r\n"):
            assert header in head + b"\r\n"
        headers = dict(line.split(": ") for line in head.decode().splitlines()[1:])
        assert set(EVERY_RESPONSE) <= set(headers)
        assert headers["Vary"] == "Origin"
        ids.append(headers["X-Request-ID"])
        assert b"SECRET" not in head + body
    assert len(set(ids)) == len(ids)
    assert "SECRET" not in caplog.text
    assert "Traceback" not in caplog.text


async def test_no_response_reveals_versions(logged_in: Client, publish: Publish) -> None:
    video_id = await publish()
    for path in ("/health", "/nowhere", "/api/video/", f"/api/video/{video_id}/480p/000.ts", "/admin/login/"):
        assert (await logged_in.get(path)).headers["Server"] == "Videoflix"
