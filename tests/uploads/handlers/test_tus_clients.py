"""Clients that others have made, as they are (tus-js-client, tuspy), while connections break and servers die."""

import asyncio
import io
import json
import random
import shutil
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tusclient.client import TusClient

from tests.films import Films
from tests.fixtures.app import Client
from tests.fixtures.media import Media
from tests.fixtures.services import EMAIL, PASSWORD
from tests.fixtures.tus import OCTETS, TUS, UPLOADS
from tests.programs import skip_or_fail
from tests.server.serving import Web
from videoflix.db.pool import Database

SCRIPT = Path(__file__).parent / "upload.mjs"
PACKAGE = Path(__file__).parent.parent.parent.parent / "node_modules" / "tus-js-client"
PATIENCE = 60

Sender = Callable[..., Awaitable[Process]]


@pytest.fixture(scope="module")
def large(films: Films, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film, and so much after it that it takes a while."""
    file = tmp_path_factory.mktemp("large") / "Large Film.mp4"
    shutil.copy(films.make(), file)
    with file.open("ab") as writing:
        writing.write(random.Random(1).randbytes(12_000_000))
    return file


@pytest.fixture
async def web(environ: dict[str, str], port: int, tmp_path: Path, admin: int) -> AsyncIterator[Callable[[], Web]]:
    """Starts a real server, again and again at the same address."""
    started: list[Web] = []

    def start() -> Web:
        started.append(Web(environ, port, tmp_path / "log"))
        return started[-1]

    yield start
    for each in started:
        each.close()


async def _token(address: str) -> str:
    body = {"email": EMAIL, "password": PASSWORD}
    async with aiohttp.ClientSession() as session, session.post(f"{address}/api/login/", json=body) as answer:
        return answer.cookies["access_token"].value


@pytest.fixture
async def sender(tmp_path: Path) -> AsyncIterator[Sender]:
    """Starts tus-js-client in a process of its own; each remembers what the one before it has begun."""
    if not shutil.which("node") or not PACKAGE.exists():
        skip_or_fail("node or tus-js-client is not installed (npm ci)")
    processes: list[Process] = []

    async def start(address: str, file: Path, **options: Any) -> Process:
        told = {
            "endpoint": address + UPLOADS,
            "token": await _token(address),
            "file": str(file),
            "store": str(tmp_path / "urls.json"),
            "metadata": {"filename": file.name, "again": "yes"},
            "retryDelays": [0, 200, 500, 1000, 1000, 1000, *[2000] * 20],
            **options,
        }
        process = await asyncio.create_subprocess_exec("node", SCRIPT, json.dumps(told), stdout=PIPE, stderr=PIPE)
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _end(process: Process, status: int = 0) -> tuple[str, str]:
    """What it has printed, and what it has told of errors."""
    async with asyncio.timeout(PATIENCE):
        printed, told = await process.communicate()
    assert process.returncode == status, told.decode()
    return printed.decode().strip(), told.decode()


async def _videos(database: Database) -> list[int]:
    async with database.connection() as connection:
        return [row["id"] for row in await connection.fetch("SELECT id FROM videos ORDER BY id")]


async def _received(database: Database, least: int) -> None:
    """Until so much of the one upload is safe."""
    async with asyncio.timeout(PATIENCE):
        while True:
            async with database.connection() as connection:
                if (await connection.fetchval("SELECT max(received) FROM uploads") or 0) >= least:
                    return
            await asyncio.sleep(0.02)


async def test_tus_js_client_uploads_a_film(
    client: Client, admin: int, sender: Sender, large: Path, database: Database, storage: Media
) -> None:
    address = str(client.make_url("")).rstrip("/")
    for options in ({}, {"chunkSize": 3_000_000}, {"uploadDataDuringCreation": True}, {"overridePatchMethod": True}):
        url, told = await _end(await sender(address, large, **options, removeFingerprintOnSuccess=True))
        assert url.startswith(address + UPLOADS)
        assert "resumes" not in told
    ids = await _videos(database)
    assert len(ids) == 4
    assert all(storage.original(number).read_bytes() == large.read_bytes() for number in ids)
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT min(title) FROM videos") == "Large Film"
        assert await connection.fetchval("SELECT count(*) FROM jobs WHERE kind = 'ingest'") == 4


async def test_tus_js_client_goes_on_tomorrow(
    client: Client, admin: int, sender: Sender, large: Path, database: Database, storage: Media
) -> None:
    address = str(client.make_url("")).rstrip("/")
    await _end(await sender(address, large, chunkSize=1_000_000, stopAt=5_000_000), status=7)
    await _received(database, 4_000_000)
    _, told = await _end(await sender(address, large))
    assert "resumes" in told
    (video_id,) = await _videos(database)
    assert storage.original(video_id).read_bytes() == large.read_bytes()


async def test_a_server_that_is_killed_and_started_again_costs_nothing(
    web: Callable[[], Web], sender: Sender, large: Path, database: Database, storage: Media
) -> None:
    server = web()
    await server.ready()
    sending = await sender(server.address, large, chunkSize=500_000, pause=40)
    await _received(database, 2_000_000)
    server.close()
    again = web()
    await again.ready()
    await _end(sending)
    (video_id,) = await _videos(database)
    assert storage.original(video_id).read_bytes() == large.read_bytes()


async def test_after_a_lost_connection_it_goes_on_where_it_was(
    web: Callable[[], Web], large: Path, storage: Media, database: Database
) -> None:
    server = web()
    await server.ready()
    film = large.read_bytes()
    login = {"Authorization": f"Bearer {await _token(server.address)}"}
    async with aiohttp.ClientSession(server.address, headers={**login, **OCTETS}) as session:
        announced = {**TUS, "Upload-Length": str(len(film)), "Content-Type": ""}
        async with session.post(UPLOADS, headers=announced) as answer:
            address = answer.headers["Location"]
        told = {**login, **OCTETS, "Host": "localhost", "Upload-Offset": "0", "Content-Length": str(len(film))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(f"PATCH {address} HTTP/1.1\r\n{lines}\r\n".encode() + film[:500_000])
        async with asyncio.timeout(9):  # less than it takes to give a silent one up
            while storage.uploads()[0].stat().st_size < 4096:
                await asyncio.sleep(0.01)
            writer.transport.abort()
            offset = 0
            while not offset:
                async with session.head(address) as answer:
                    offset = int(answer.headers["Upload-Offset"])
        assert 4096 <= offset <= 500_000
        async with session.patch(
            address, data=io.BytesIO(film[offset:]), headers={"Upload-Offset": str(offset)}
        ) as answer:
            assert answer.status == 204
    (video_id,) = await _videos(database)
    assert storage.original(video_id).read_bytes() == film


async def test_a_stop_keeps_what_has_come_and_does_not_wait_for_the_rest(
    web: Callable[[], Web], database: Database, storage: Media
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"\x1a\x45\xdf\xa3" + b"\1" * 4096
        await asyncio.Event().wait()

    server = web()
    await server.ready()
    headers = {"Authorization": f"Bearer {await _token(server.address)}", "Tus-Resumable": "1.0.0"}
    async with aiohttp.ClientSession(server.address, headers=headers) as session:
        async with session.post(UPLOADS, headers={"Upload-Length": "1000000000"}) as answer:
            address = answer.headers["Location"]
        octets = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
        sending = asyncio.create_task(session.patch(address, data=endless(), headers=octets))
        async with asyncio.timeout(60):
            while not storage.uploads() or storage.uploads()[0].stat().st_size < 4096:
                await asyncio.sleep(0.02)
        assert await server.stop() < 9
        async with await sending as answer:
            assert (answer.status, answer.headers["Upload-Offset"]) == (204, "4100")
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT received FROM uploads") == 4100


async def test_tuspy_uploads_a_film(
    client: Client, logged_in: Client, large: Path, database: Database, storage: Media
) -> None:
    token = (await (await logged_in.post("/api/token/refresh/")).json())["access"]

    def upload() -> None:
        tus = TusClient(str(client.make_url(UPLOADS)), headers={"Authorization": f"Bearer {token}"})
        with large.open("rb") as film:
            options = {"file_stream": film, "chunk_size": 2_500_000, "upload_checksum": True}
            uploader = tus.uploader(**options, metadata={"filename": large.name})
            uploader.upload(stop_at=5_000_000)
            assert uploader.offset == 5_000_000
            resumed = tus.uploader(**options, url=uploader.url)
            assert resumed.offset == 5_000_000
            resumed.upload()

    await asyncio.to_thread(upload)
    (video_id,) = await _videos(database)
    assert storage.original(video_id).read_bytes() == large.read_bytes()
