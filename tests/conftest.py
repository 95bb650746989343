"""The real services, started once per test process, and a fresh database, Redis and data folder for every test."""

import asyncio
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import psycopg
import pytest
import redis
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web_runner import BaseRunner
from msgspec import Struct

from tests.films import Films
from videoflix import embedded, pgcluster, redisserver, secretfile
from videoflix.configuration import gather
from videoflix.db import encodes, users
from videoflix.db.migrations import migrate
from videoflix.db.pool import Database, open_database
from videoflix.embedded import Place
from videoflix.errors import DatabaseUnavailable
from videoflix.intake import register
from videoflix.jobs.queue import TRANSCODE, Queues
from videoflix.jobs.rooms import Rooms
from videoflix.jobs.sweep import tell_jobs
from videoflix.jobs.worker import build
from videoflix.models import EncodeState, Progress
from videoflix.passwords import Passwords
from videoflix.settings import Settings
from videoflix.storage import Storage
from videoflix.web.app import create_app
from videoflix.web.connections import LimitedRunner
from videoflix.web.keys import SETTINGS

Client = TestClient  # type: ignore[type-arg]

Serve = Callable[..., Awaitable[TestServer]]
Bring = Callable[[Path], Awaitable[int]]
Wait = Callable[..., Awaitable[Progress]]

EMAIL, PASSWORD = "ada@example.org", "securepassword"
TEMPLATE = "videoflix_template"
# What is lost with the machine is no loss here, and passwords that are known need no protection.
HASTE = ("fsync=off", "full_page_writes=off", "scram_iterations=1")

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("patient", parent=hypothesis.settings.default, deadline=None)
hypothesis.settings.load_profile("patient")


class Services(Struct):
    """PostgreSQL and Redis of this test process; tests of failures stop and start them."""

    place: Place
    environ: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]]
    owner: "psycopg.Connection[Any] | None" = None

    def start_postgres(self) -> None:
        command = embedded.postgres_command(self.place, *HASTE)
        options = embedded.process_options(self.place.account, signal.SIGINT)
        self._start("postgres", command, options)
        self._wait(lambda: self._takes_connections(command, options))
        self.owner = psycopg.connect(
            host=str(self.place.postgres_socket),
            user=pgcluster.OWNER,
            password=secretfile.read(self.place.password_file),
            dbname="postgres",
            autocommit=True,
        )

    def start_redis(self) -> None:
        options = embedded.process_options(None, signal.SIGTERM)
        redisserver.prepare(self.place)
        self._start("redis", redisserver.command(self.place), options)
        self._wait(lambda: redis.Redis.from_url(self.environ["REDIS_LOCATION"]).ping())

    def execute(self, statement: str, *values: object) -> None:
        """As the owner of all databases."""
        assert self.owner
        self.owner.execute(statement.encode(), values or None)

    def stop(self, name: str, sign: signal.Signals = signal.SIGKILL) -> None:
        if name == "postgres" and self.owner:
            self.owner.close()
        self.processes[name].send_signal(sign)
        self.processes[name].wait(10)

    def _start(self, name: str, command: list[str], options: dict[str, object]) -> None:
        log = (self.place.data / f"{name}.log").open("ab")
        with log:
            self.processes[name] = subprocess.Popen(command, stdout=log, stderr=log, **options)  # type: ignore[call-overload]

    def _takes_connections(self, command: list[str], options: dict[str, object]) -> bool:
        if self.processes["postgres"].poll() is not None:  # the children of a killed one were still at it
            self._start("postgres", command, options)
        pgcluster.ensure_database(self.place, TEMPLATE, "videoflix", self.environ["DB_PASSWORD"])
        return True

    def _wait(self, is_ready: Callable[[], object]) -> None:
        deadline = time.monotonic() + 20
        while True:
            try:
                if is_ready():
                    return
            except (psycopg.OperationalError, redis.RedisError):
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.02)


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    data = Path(tempfile.mkdtemp(prefix="vf", dir="/tmp"))
    data.chmod(0o711)
    environ = gather({"DATA_DIR": str(data), "VIDEOFLIX_HOME": str(data), "PATH": "/nowhere"}, make_key=True)
    place = embedded.find_place(data)
    pgcluster.prepare(place)
    running = Services(place, environ, {})
    running.start_postgres()
    running.start_redis()
    migrate(Settings.from_env({**environ, "DB_NAME": TEMPLATE}))
    yield running
    running.stop("redis")
    running.stop("postgres", signal.SIGINT)
    shutil.rmtree(data)


@pytest.fixture
def environ(services: Services, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Variables that describe a fresh house: an empty database, an empty Redis, an empty data folder."""
    name = f"test_{uuid4().hex}"
    redis.Redis.from_url(services.environ["REDIS_LOCATION"]).flushall()
    services.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY OWNER videoflix")
    yield {
        **services.environ,
        "DB_NAME": name,
        "DATA_DIR": str(tmp_path / "data"),
        "COOKIE_SECURE": "False",
        "ARGON2_TIME_COST": "1",
        "ARGON2_MEMORY_KIB": "1024",
    }
    services.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def mortal(services: Services, environ: dict[str, str]) -> Iterator[Services]:
    """The services, for a test that kills one; alive again afterwards."""
    yield services
    if services.processes["postgres"].poll() is not None:
        services.start_postgres()
    if services.processes["redis"].poll() is not None:
        services.start_redis()


@pytest.fixture(autouse=True)
def no_secret_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """The whole suite watches over what is logged: no token, no password."""
    yield
    for record in caplog.get_records("call"):
        text = record.getMessage()
        assert not re.search(r"eyJ[\w-]{8,}\.|token=[\w-]{20,}", text), f"{record.name} logs a token"
        assert PASSWORD not in text, f"{record.name} logs a password"


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    return Settings.from_env(environ)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    opened = await open_database(settings, most=4)
    yield opened
    await opened.close()


@pytest.fixture
async def queues(settings: Settings) -> AsyncIterator[Queues]:
    opened = Queues(settings)
    yield opened
    await opened.close()


@pytest.fixture
def storage(settings: Settings) -> Storage:
    prepared = Storage(settings.data_dir / "media")
    prepared.prepare()
    return prepared


@pytest.fixture(scope="session")
def films(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Films:
    return Films(services.environ["FFMPEG"], services.environ["FFPROBE"], tmp_path_factory.mktemp("films"))


class AsServed(TestServer):
    """aiohttp's server for tests cancels handlers when their client goes; the one for users does not, and it limits,
    counts and logs."""

    async def _make_runner(self, **options: Any) -> BaseRunner:
        runner = LimitedRunner if SETTINGS in self.app else web.AppRunner
        return runner(self.app, **{**options, "handler_cancellation": False})


@pytest.fixture
async def aiohttp_server(environ: dict[str, str]) -> AsyncIterator[Serve]:
    """As the plugin's, but as users have it, and it stops before the database goes."""
    async with AsyncExitStack() as stack:

        async def serve(app: web.Application, *, port: int | None = None) -> TestServer:
            server = AsServed(app, port=port)
            await server.start_server()
            stack.push_async_callback(server.close)
            return server

        yield serve


@pytest.fixture
def aiohttp_client(aiohttp_client: Callable[..., Awaitable[Client]]) -> Callable[..., Awaitable[Client]]:
    """The plugin's, for a server as users have it."""

    async def start(app: web.Application | TestServer, **options: Any) -> Client:
        return await aiohttp_client(app if isinstance(app, TestServer) else AsServed(app), **options)

    return start


@pytest.fixture
def long_film(films: Films) -> Path:
    """Four units on two rungs. They take some seconds to encode: enough to kill somebody meanwhile."""
    return films.make("long.mp4", size="1280x720", rate="30", seconds=24)


@pytest.fixture
async def client(settings: Settings, aiohttp_client: Callable[..., Awaitable[Client]]) -> Client:
    """A client of a server of its own, not logged in."""
    return await aiohttp_client(create_app(settings))


@pytest.fixture
async def debug_client(settings: Settings, aiohttp_client: Callable[..., Awaitable[Client]]) -> Client:
    return await aiohttp_client(create_app(replace(settings, debug=True)))


@pytest.fixture(scope="session")
def password_hash() -> str:
    return Passwords(1, 1024).hash(PASSWORD)


@pytest.fixture
async def admin(database: Database, password_hash: str) -> int:
    """The id of an administrator, who logs in with EMAIL and PASSWORD."""
    async with database.connection() as connection:
        return (await users.insert_admin(connection, EMAIL, password_hash)).id


@pytest.fixture
async def logged_in(client: Client, admin: int) -> Client:
    answer = await client.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})
    assert answer.status == 200
    return client


@pytest.fixture
def port() -> int:
    return free_port()


def free_port() -> int:
    """One that nobody listens on, nor on the next; none of those that the kernel gives to others meanwhile."""
    while True:
        number = random.randrange(10_000, 32_000, 2)
        with suppress(OSError), socket.socket() as free, socket.socket() as beside:
            free.bind(("127.0.0.1", number))
            beside.bind(("127.0.0.1", number + 1))
            return number


@pytest.fixture
def rooms(settings: Settings, database: Database, storage: Storage, queues: Queues) -> Rooms:
    return Rooms(settings, database, storage, queues)


@pytest.fixture
async def worker(rooms: Rooms) -> AsyncIterator[None]:
    """A worker that runs beside the test."""
    running = build(rooms, TRANSCODE)
    task = asyncio.create_task(running.start())
    yield
    await running.stop()
    await task


@pytest.fixture
def bring(database: Database, storage: Storage, queues: Queues) -> Bring:
    """Registers a copy of a file as a video, and tells the queue of it."""

    async def bring(film: Path) -> int:
        with storage.stage() as folder:
            shutil.copy(film, folder / "original")
            video_id = await register(
                database, storage, folder / "original", title="Film", description="", category="Drama"
            )
        await tell_jobs(database, queues)
        return video_id

    return bring


@pytest.fixture
def wait(database: Database) -> Wait:
    """Waits until the newest encode of a video has ended, or until `ready(progress)`."""

    async def wait(video_id: int, ready: Callable[[Progress], bool] = lambda now: now.state.is_final) -> Progress:
        async with asyncio.timeout(120):
            while True:
                try:
                    async with database.connection() as connection:
                        now = await encodes.progress(connection, video_id)
                except DatabaseUnavailable:  # a test may have killed it
                    await asyncio.sleep(0.05)
                    continue
                assert now is not None
                if ready(now):
                    return now
                assert now.state is not EncodeState.FAILED, now.error
                await asyncio.sleep(0.05)

    return wait
