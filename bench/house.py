"""A private stack for one measurement: fresh, in a folder of its own, gone afterwards."""

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

from bench.result import NotMade
from videoflix.cli.configuration import gather
from videoflix.db.pool import Database, open_database
from videoflix.server import embedded
from videoflix.server.children import die_with_parent
from videoflix.settings import Settings

EMAIL, PASSWORD = "bench@videoflix.local", "a password for measuring"
# Variables for every measured stack; limits that a measurement would run into are raised here.
EXTRA = {name: "off" for name in Settings.variables() if name.startswith("LIMIT_")}
# What the machine may decide; the rest of its environment and its .env are none of our business.
KEPT = ("FFMPEG", "FFPROBE")

START_SECONDS = 60.0
STOP_SECONDS = 15.0


class House(Struct, frozen=True):
    """A running stack, and the admin's way in."""

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
    """A temporary folder that PostgreSQL's own user can pass through."""
    with tempfile.TemporaryDirectory(prefix="videoflix-bench-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


def configured(place: Path) -> Settings:
    """The default settings of a stack that lives in a folder."""
    return Settings.from_env(gather(environ_of(place), make_key=True))


@asynccontextmanager
async def house(**extra: str) -> AsyncIterator[House]:
    """Start everything, log in, and stop it again; `extra` are further variables. Raises NotMade if it does not
    start."""
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
            yield House(process.pid, url, {"Cookie": await _log_in(url)}, settings)
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
    raise NotMade("the stack does not start: " + " / ".join(last))


async def _log_in(url: str) -> str:
    body = {"email": EMAIL, "password": PASSWORD}
    async with aiohttp.ClientSession() as session, session.post(f"{url}/api/login/", json=body) as answer:
        if answer.status != 200:
            raise NotMade(f"the login is answered with {answer.status}: {await answer.text()}")
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
    """Remove what the stack had to keep elsewhere: a cluster that PostgreSQL's user would not reach here."""
    elsewhere = embedded.find_paths(place / "data")
    for each in (elsewhere.postgres.parent, elsewhere.postgres_socket.parent):
        shutil.rmtree(each, ignore_errors=True)
