"""Starts a server with empty data in a temporary folder, for one benchmark."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import aiohttp
from msgspec import Struct

from bench.result import NotMeasured
from videoflix.cli.configuration import gather
from videoflix.db.pool import Database, open_database
from videoflix.server import embedded
from videoflix.server.children import die_with_parent
from videoflix.settings import Settings

EMAIL, PASSWORD = "bench@videoflix.local", "a password for measuring"
# The rate limits are off, as benchmarks would run into them.
EXTRA = {name: "off" for name in Settings.variables() if name.startswith("LIMIT_")}
# The only settings taken from the environment. Everything else has its default.
KEPT = ("FFMPEG", "FFPROBE")

START_SECONDS = 60.0
STOP_SECONDS = 15.0


class Server(Struct, frozen=True):
    """A running server, and the cookie of a logged-in administrator."""

    process_id: int
    url: str
    cookie: dict[str, str]
    settings: Settings

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        database = await open_database(self.settings, most=2)
        try:
            yield database
        finally:
            await database.close()


@contextmanager
def folder() -> Iterator[Path]:
    """A temporary folder that the system account of PostgreSQL can traverse."""
    with tempfile.TemporaryDirectory(prefix="videoflix-bench-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


def configured(place: Path) -> Settings:
    """The default settings of a server whose data is in a folder."""
    return Settings.from_env(gather(environ_of(place), make_key=True))


@asynccontextmanager
async def running_server(**extra: str) -> AsyncIterator[Server]:
    """Start a server, log in, and stop it at the end. `extra` are more environment variables.

    Raises NotMeasured if the server does not start.
    """
    with folder() as place:
        environ = environ_of(place) | {"PORT": str(free_port())} | extra
        log = place / "log"
        with log.open("wb") as writing:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "videoflix", "start", "--no-demo"),
                env=environ,
                stdout=writing,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        try:
            await _ready(process, log)
            settings = Settings.from_env(gather(environ))
            url = f"http://{settings.host}:{settings.port}"
            yield Server(process.pid, url, {"Cookie": await log_in(url)}, settings)
        finally:
            await _stop(process)
            _clear(place)


def environ_of(place: Path) -> dict[str, str]:
    ours = {name: os.environ[name] for name in KEPT if name in os.environ}
    foreign = {name: value for name, value in os.environ.items() if name not in Settings.variables()}
    return {
        **foreign,
        **ours,
        "VIDEOFLIX_HOME": str(place),
        "DATA_DIR": str(place / "data"),
        "ADMIN_EMAIL": EMAIL,
        "ADMIN_PASSWORD": PASSWORD,
        **EXTRA,
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _ready(process: Process, log: Path) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(START_SECONDS):
            while process.returncode is None:
                if "is ready at" in log.read_text(errors="replace"):
                    return
                await asyncio.sleep(0.05)
    last = log.read_text(errors="replace").strip().splitlines()[-3:]
    raise NotMeasured("the server does not start: " + " / ".join(last))


async def log_in(url: str) -> str:
    """The cookie of the administrator. Raises NotMeasured."""
    body = {"email": EMAIL, "password": PASSWORD}
    async with aiohttp.ClientSession() as session, session.post(f"{url}/api/login/", json=body) as answer:
        if answer.status != 200:
            raise NotMeasured(f"the login returns {answer.status}: {await answer.text()}")
        return f"access_token={answer.cookies['access_token'].value}"


async def _stop(process: Process) -> None:
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _clear(place: Path) -> None:
    """Remove the folders outside of `place`, which the system account of PostgreSQL could not reach."""
    elsewhere = embedded.find_paths(place / "data")
    for each in (elsewhere.postgres.parent, elsewhere.postgres_socket.parent):
        shutil.rmtree(each, ignore_errors=True)
