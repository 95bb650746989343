"""Several web processes: one dies, all are replaced, all stop, and requests are answered meanwhile."""

import asyncio
import json
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.fixtures.commands import Run
from tests.fixtures.media import Media
from tests.fixtures.published import Publish
from tests.fixtures.services import EMAIL, PASSWORD
from tests.server.serving import Load, Web

Serve = Callable[..., Web]

TOKEN = "a token for those who watch"
# Larger than the kernel's buffers for a client that does not read.
BYTES = 30_000_000


@pytest.fixture
def serve(environ: dict[str, str], port: int, tmp_path: Path) -> Iterator[Serve]:
    started: list[Web] = []

    def serve(files: int = 0, **variables: str) -> Web:
        started.append(Web(environ, port, tmp_path / "log", files, **variables))
        return started[-1]

    yield serve
    for web in started:
        web.close()


@pytest.fixture
async def web(serve: Serve) -> Web:
    running = serve(METRICS_TOKEN=TOKEN)
    await running.ready()
    return running


@pytest.fixture
async def viewer(web: Web, admin: int) -> AsyncIterator[aiohttp.ClientSession]:
    """A client that is logged in."""
    async with aiohttp.ClientSession(web.address, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        async with session.post("/api/login/", json={"email": EMAIL, "password": PASSWORD}) as answer:
            assert answer.status == 200
        yield session


@pytest.fixture
async def segment(publish: Publish, storage: Media) -> str:
    """The address of a large one."""
    video_id = await publish()
    (storage.rendition(video_id, 1, 480) / "000.ts").write_bytes(os.urandom(BYTES))
    return f"/api/video/{video_id}/480p/000.ts"


async def _until(condition: Callable[[], object], seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


def _are_new(web: Web, before: set[int]) -> bool:
    return len(web.children()) == 2 and not before & set(web.children())


def _lives(process_id: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return False


async def test_a_killed_process_loses_only_its_own_requests_and_is_replaced(web: Web) -> None:
    first = set(web.children())
    async with Load(web.address) as load:
        await load.more(200)
        victim = min(first)
        os.kill(victim, signal.SIGKILL)
        began = time.monotonic()
        await _until(lambda: len(web.children()) == 2 and victim not in web.children())
        back = time.monotonic() - began
        await load.more(200)
    assert back < 10
    assert len(load.failures) <= load.clients  # at most one request was active on each connection
    assert set(load.answers) == {200}
    assert len(first & set(web.children())) == 1
    assert await web.stop() < 14


SLOW_BEGINNING = """
import time
from videoflix.server.prefork import Worker
begin = Worker.init_process
Worker.init_process = lambda worker: time.sleep(1) or begin(worker)
"""


async def test_a_process_that_is_starting_handles_a_stop(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(SLOW_BEGINNING)
    web = serve(PYTHONPATH=str(tmp_path))
    await _until(lambda: len(web.children()) == 2)
    assert await web.stop() < 10
    assert web.process.returncode == 0


async def test_a_reload_replaces_every_process_and_drops_no_request(web: Web) -> None:
    async with Load(web.address) as load:
        for _ in range(3):
            before = set(web.children())
            await load.more(200)
            web.process.send_signal(signal.SIGHUP)
            await _until(partial(_are_new, web, before))
        await load.more(200)
    assert load.failures == []
    assert set(load.answers) == {200}


async def test_a_reload_with_invalid_settings_keeps_the_old_ones(
    serve: Serve, environ: dict[str, str], tmp_path: Path
) -> None:
    web = serve(VIDEOFLIX_HOME=str(tmp_path))
    await web.ready()
    (tmp_path / ".env").write_text("PORT=eighty\n")
    before = set(web.children())
    web.process.send_signal(signal.SIGHUP)
    await _until(lambda: len(web.children()) == 2 and not before & set(web.children()))
    await web.ready()
    assert "PORT" in web.log


async def test_a_stop_finishes_active_requests_and_refuses_new_ones(
    web: Web, viewer: aiohttp.ClientSession, segment: str
) -> None:
    idle_reader, idle_writer = await asyncio.open_connection("127.0.0.1", web.port)
    ask = b"GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n"
    idle_writer.write(ask)
    assert b" 200 " in (await idle_reader.readuntil(b"\r\n\r\n"))[:20]
    await idle_reader.readexactly(len(b'{"detail":"ready"}'))
    async with viewer.get(segment) as answer:
        assert answer.status == 200
        got = len(await answer.content.readexactly(1000))
        stopping = asyncio.create_task(web.stop())
        await _until(lambda: not _listens(web.port))
        idle_writer.write(ask)
        told = await idle_reader.read()  # to the end: the connection is closed
        assert b" 503 " in told[:20]
        assert b"connection: close" in told.lower()
        assert b"stopping" in told
        assert not stopping.done()
        got += len(await answer.read())
    assert got == BYTES
    assert await stopping < 10
    assert web.process.returncode == 0
    idle_writer.close()


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


async def test_a_client_that_does_not_read_delays_a_stop_by_ten_seconds(
    web: Web, viewer: aiohttp.ClientSession, segment: str
) -> None:
    children = web.children()
    async with viewer.get(segment) as answer:
        await answer.content.readexactly(1000)
        assert 9 < await web.stop() < 14
    assert not [child for child in children if _lives(child)]


async def test_idle_connections_do_not_delay_a_stop(web: Web, viewer: aiohttp.ClientSession) -> None:
    opened = [await asyncio.open_connection("127.0.0.1", web.port) for _ in range(10)]
    assert await web.stop(signal.SIGINT) < 8
    assert web.process.returncode == 0
    for _, writer in opened:
        writer.close()


async def test_a_killed_master_leaves_no_children(web: Web) -> None:
    children = web.children()
    assert len(children) == 2
    web.process.kill()
    web.process.wait()
    await _until(lambda: not [child for child in children if _lives(child)])


async def test_metrics_are_summed_over_all_processes_and_survive_them(web: Web) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}

    async def alive() -> float:
        async with aiohttp.ClientSession(web.address) as session, session.get("/metrics", headers=headers) as answer:
            assert answer.status == 200
            text = await answer.text()
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == "videoflix_requests_total" and sample.labels["route"] == "/health":
                    assert sample.labels == {"route": "/health", "method": "GET", "status": "200"}
                    return sample.value
        return 0

    async with Load(web.address) as load:
        await load.more(300)
    async with asyncio.timeout(30):
        while await alive() != load.answers[200]:  # a response is counted after it has been sent
            await asyncio.sleep(0.01)
    os.kill(web.children()[0], signal.SIGKILL)
    await web.ready()
    assert await alive() == load.answers[200]


async def test_a_json_log_has_an_event_per_line(serve: Serve) -> None:
    web = serve()
    await web.ready()
    async with aiohttp.ClientSession(web.address) as session, session.get("/api/video/") as answer:
        number = answer.headers["X-Request-ID"]
    async with asyncio.timeout(30):  # a request is logged after its response
        while number not in web.log:
            await asyncio.sleep(0.01)
    os.kill(web.children()[0], signal.SIGKILL)
    await web.ready()
    await web.stop()
    events = [json.loads(line) for line in web.log.splitlines()]
    refused = [event for event in events if event.get("request_id") == number]
    assert [(event["level"], event["logger"]) for event in refused] == [("INFO", "aiohttp.access")]
    assert " GET /api/video/ 401 " in refused[0]["message"]
    assert [event["level"] for event in events if "SIGKILL" in event["message"]] == ["ERROR"]
    assert all(event["time"].endswith("+00:00") for event in events)


async def test_a_text_log(serve: Serve) -> None:
    web = serve(LOG_FORMAT="text")
    await web.ready()
    async with aiohttp.ClientSession(web.address) as session, session.get("/api/video/") as answer:
        number = answer.headers["X-Request-ID"]
    await web.stop()
    (line,) = web.log.splitlines()
    assert line.endswith(f" ms [{number}]")


def test_a_port_in_use_is_reported_in_one_line(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "PORT" in done.stderr


def test_a_foreign_host_is_reported_in_one_line(run: Run) -> None:
    done = run("serve", HOST="192.0.2.1")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "HOST" in done.stderr


async def test_more_connections_than_open_files_do_not_stop_the_server(serve: Serve) -> None:
    web = serve(files=300)
    await web.ready()
    silent = [await asyncio.open_connection("127.0.0.1", web.port) for _ in range(700)]
    for _ in range(20):
        async with asyncio.timeout(20), aiohttp.ClientSession(web.address) as session:
            assert (await session.get("/health")).status == 200
    for _, writer in silent:
        writer.close()
    assert "Traceback" not in web.log
    assert "resource" not in web.log  # asyncio: accept() out of system resource
