"""Start everything on this machine: the web server, the workers, and PostgreSQL and Redis unless they are
configured."""

import argparse
import asyncio
import errno
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import msgspec

from videoflix.accounts.admins import ensure_admin
from videoflix.checks import public_address
from videoflix.cli import compose_hosts, page_scripts, summary
from videoflix.cli.configuration import SOURCES, gather, home_folder, sources
from videoflix.db.pool import open_database
from videoflix.encoding import demo_film, programs
from videoflix.encoding.process import follow
from videoflix.errors import VideoflixError
from videoflix.library.adding import add_film
from videoflix.library.models import VideoText
from videoflix.library.queries import videos
from videoflix.loopback import is_loopback
from videoflix.schema import migrate
from videoflix.server.children import die_with_parent
from videoflix.server.local_services import READY_SECONDS, check_space, start_services
from videoflix.server.output import hold_back, is_terminal, log_to, say, use_json
from videoflix.server.stack import Child, Stack, StackError, single_instance, stack
from videoflix.settings import Settings
from videoflix.storage.opening import open_storage

DEMO_SECONDS = 60
DEMO_TEXT = VideoText(
    title="Welcome to Videoflix",
    description="A minute of dusk. If the light moves and you hear a chord, everything works.",
    category="Demo",
)
DEFAULT_ADMIN = "admin@videoflix.local"
LOG_FILE = "logs/videoflix.log"
# The web server takes up to 15 seconds to finish requests.
WEB_STOP_SECONDS = 17.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-demo", action="store_true", help="do not add a demo film on the first run")


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    try:
        gathered = defaults(gather(environ, make_key=True))
        settings = Settings.from_env(gathered)
        if settings.log_format == "json":
            use_json()
        compose_hosts.check(settings)
        settings.data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
        asyncio.run(_run(settings, gathered, home_folder(environ), demo=not arguments.no_demo))
    except OSError as error:
        if not error.filename or error.errno == errno.ENOSPC:
            raise
        advice = "choose another folder with DATA_DIR=…"
        raise StackError(f"{error.filename} cannot be used: {error.strerror}; {advice}") from None
    say("videoflix", "stopped")
    return 0


def defaults(gathered: dict[str, str]) -> dict[str, str]:
    """On a loopback address the server uses plain HTTP, where browsers do not return secure cookies."""
    host = gathered.get("HOST", "127.0.0.1")
    return {"COOKIE_SECURE": "False", **gathered} if is_loopback(host) else gathered


async def _run(settings: Settings, gathered: dict[str, str], home: Path, *, demo: bool) -> None:
    async with AsyncExitStack() as opened:
        await opened.enter_async_context(single_instance(settings.data_dir))
        _check_port(settings)
        check_space(settings.data_dir)
        opened.enter_context(log_to(settings.data_dir / LOG_FILE))
        running = await opened.enter_async_context(stack())
        with hold_back():
            with summary.steps() as show_step:
                password = await _start(running, settings, gathered, home, show_step)
            email = settings.admin_email or DEFAULT_ADMIN
            summary.print_summary(settings.public_url, email, password, _facts(settings, home))
        adding = asyncio.create_task(_add_demo_film(settings)) if demo else None
        try:
            await running.wait_until_stopped()
        finally:
            if adding:
                adding.cancel()
                await asyncio.wait({adding})


async def _start(
    running: Stack, settings: Settings, gathered: dict[str, str], home: Path, show_step: Callable[[str], None]
) -> str | None:
    """Start everything, in order. Returns the administrator's password if it was generated."""
    if unreachable := public_address.warning(settings):
        say("videoflix", unreachable)
    if page_scripts.is_missing(home):
        show_step("installing the scripts of the pages (once)")
        await page_scripts.install(home)
    show_step("checking ffmpeg")
    await asyncio.to_thread(_check_programs, settings)
    show_step("starting PostgreSQL and Redis")
    await start_services(running, settings)
    show_step("preparing the database")
    await asyncio.to_thread(migrate, settings)
    password = await _prepare(settings)
    show_step("starting the web server and the workers")
    await _start_ours(running, settings, gathered)
    return password


def _facts(settings: Settings, home: Path) -> dict[str, str]:
    """What one wants to know of a server that runs, by name."""
    dotenv = home / ".env"
    return {
        "add films": f"{settings.public_url}/admin/, or bin/add-video FILE",
        "films": str(open_storage(settings).root),
        "log": str(settings.data_dir / LOG_FILE),
        "settings": str(dotenv) if dotenv.exists() else f"{dotenv} (not there yet; copy .env.template)",
        "stop": "Ctrl-C" if is_terminal() else f"kill {os.getpid()}",
    }


async def _prepare(settings: Settings) -> str | None:
    """Create the administrator. Returns the password if it was generated."""
    storage = open_storage(settings)
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
    storage, database = open_storage(settings), await open_database(settings, most=2)
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
    environ = {
        **os.environ,
        **gathered,
        "LOG_FORMAT": "json" if is_json else "text",
        SOURCES: msgspec.json.encode(sources(os.environ, gathered)).decode(),
    }
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
