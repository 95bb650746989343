"""Check the configuration and everything that the server needs, and say what is wrong and how to fix it."""

import argparse
import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from urllib.parse import urlsplit

import aiosmtplib
import asyncpg
import psycopg
from msgspec import Struct
from redis.exceptions import RedisError
from rich.console import Console

from videoflix.cli import compose_hosts, public_address, storage_report, ui
from videoflix.cli.configuration import gather
from videoflix.cli.ui import Mark
from videoflix.db.migrations import pending
from videoflix.db.pool import open_database
from videoflix.encoding import programs
from videoflix.encoding.process import capture
from videoflix.errors import EncodeFailed, FfmpegUnavailable, StorageUnavailable, VideoflixError
from videoflix.loopback import is_loopback
from videoflix.queue.queues import connect
from videoflix.settings import Settings, SettingsError
from videoflix.storage.local import Storage, format_bytes

# Warn when less than this is free above DISK_FLOOR.
LOW_DISK = 5_000_000_000


class Finding(Struct, frozen=True):
    mark: Mark
    message: str


Check = Callable[[Settings], AsyncIterator[Finding]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--storage", action="store_true", help="show disk space, missing files and files that belong to no video"
    )
    parser.add_argument(
        "--fix",
        action="store_true",
        help="with --storage: remove files that belong to no video, encode missing ones again",
    )


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    console = Console(soft_wrap=True, highlight=False)
    try:
        settings = Settings.from_env(gather(environ))
    except (SettingsError, VideoflixError, OSError) as wrong:
        ui.print_check(console, Mark.BAD, f"configuration: {wrong}")
        return 2
    if arguments.storage or arguments.fix:
        return asyncio.run(storage_report.report(settings, console, fix=arguments.fix))
    return asyncio.run(_check_all(settings, console))


async def _check_all(settings: Settings, console: Console) -> int:
    bad = 0
    try:
        await asyncio.to_thread(compose_hosts.check, settings)
    except SettingsError as wrong:
        ui.print_check(console, Mark.BAD, f"configuration: {wrong}")
        bad += 1
    for name, check in CHECKS.items():
        async for finding in check(settings):
            ui.print_check(console, finding.mark, f"{name}: {finding.message}")
            bad += finding.mark is Mark.BAD
    console.print(f"{ui.count(bad, 'problem')} (✗)" if bad else "no problems found")
    return 1 if bad else 0


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    database = await open_database(settings, most=1)
    try:
        async with database.connection() as connection:
            version = await connection.fetchval("SHOW server_version")
        missing = await asyncio.to_thread(pending, settings)
    except (VideoflixError, psycopg.Error, asyncpg.PostgresError) as error:
        cause = error.__cause__ or error
        yield Finding(
            Mark.BAD,
            f"no answer at {settings.db_host}:{settings.db_port} ({cause}). Is it running? bin/start starts it",
        )
        return
    finally:
        await database.close()
    yield Finding(Mark.GOOD, f"PostgreSQL {version} at {settings.db_host}")
    if missing:
        yield Finding(Mark.BAD, f"these migrations are missing: {', '.join(missing)}. Run bin/migrate")


async def _redis(settings: Settings) -> AsyncIterator[Finding]:
    client = connect(settings)
    try:
        about = await client.info("server")
        policy = (await client.config_get("maxmemory-policy")).get("maxmemory-policy")
    except (RedisError, OSError) as error:
        yield Finding(Mark.BAD, f"no answer ({error}). Is it running? See REDIS_LOCATION and REDIS_HOST")
        return
    finally:
        await client.aclose()
    yield Finding(Mark.GOOD, f"version {about.get('valkey_version') or about['redis_version']}")
    if policy not in (None, "noeviction"):
        yield Finding(Mark.WARNING, f"maxmemory-policy is {policy}, which may drop jobs. Set it to noeviction")


async def _ffmpeg(settings: Settings) -> AsyncIterator[Finding]:
    for program in (settings.ffmpeg, settings.ffprobe):
        try:
            output = await capture([program, "-version"], seconds=10)
        except (EncodeFailed, FfmpegUnavailable) as failure:
            yield Finding(Mark.BAD, f"{program} cannot be run: {failure.detail} (see FFMPEG and FFPROBE)")
            return
        yield Finding(Mark.GOOD, " ".join(output.decode().split()[:3]))
    try:
        await asyncio.to_thread(programs.check, settings)
    except FfmpegUnavailable as wrong:
        yield Finding(Mark.BAD, wrong.detail)
    warning = await asyncio.to_thread(programs.passed_over, settings)
    if warning:
        yield Finding(Mark.WARNING, warning)


async def _disk(settings: Settings) -> AsyncIterator[Finding]:
    media = Storage.of(settings)
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.data_dir):
            free = shutil.disk_usage(settings.data_dir).free
        if media.root.is_dir():
            media.check_writable()
            free = media.free_bytes()
    except OSError as error:
        yield Finding(Mark.BAD, f"{settings.data_dir} cannot be written: {error.strerror} (see DATA_DIR)")
        return
    except StorageUnavailable as reason:
        yield Finding(Mark.BAD, f"{media.root}: {reason.detail} Until then no film is added or encoded.")
        return
    message, floor = f"{format_bytes(free)} free in {settings.data_dir}", settings.disk_floor
    if free < floor:
        yield Finding(Mark.BAD, f"{message}: below {format_bytes(floor)} nothing is encoded (see DISK_FLOOR)")
        return
    yield Finding(Mark.WARNING if free < floor + LOW_DISK else Mark.GOOD, message)


async def _mail(settings: Settings) -> AsyncIterator[Finding]:
    if settings.email_backend == "console":
        mark = Mark.GOOD if settings.debug or settings.is_loopback else Mark.WARNING
        yield Finding(mark, "EMAIL_BACKEND=console: mails are printed to the log of the mail worker, not sent")
        return
    where = f"{settings.email_host}:{settings.email_port}"
    client = aiosmtplib.SMTP(
        hostname=settings.email_host,
        port=settings.email_port,
        use_tls=settings.email_use_ssl,
        start_tls=settings.email_use_tls,
        timeout=10,
    )
    try:
        async with client:
            if settings.email_host_user:
                await client.login(settings.email_host_user, settings.email_host_password)
    except (aiosmtplib.SMTPException, OSError) as failure:
        yield Finding(Mark.BAD, f"{where} does not accept mail: {failure} (see the EMAIL_ settings)")
        return
    yield Finding(Mark.GOOD, f"{where} answers")


async def _browsers(settings: Settings) -> AsyncIterator[Finding]:
    """Cookie, origin and host settings that are valid one by one, but do not work together in a browser."""
    frontend = urlsplit(settings.frontend_base_url)
    origin = f"{frontend.scheme}://{frontend.netloc}".lower()
    host = frontend.hostname or ""
    if settings.cookie_secure and frontend.scheme == "http" and not is_loopback(host):
        yield Finding(Mark.BAD, f"COOKIE_SECURE is on, but {origin} uses HTTP, where browsers send no secure cookies")
    same_site = is_loopback(host) or any(_is_same_site(host, each) for each in settings.allowed_hosts)
    if settings.cookie_samesite != "None" and not same_site:
        yield Finding(
            Mark.BAD,
            f"the frontend {origin} is on another site than {', '.join(settings.allowed_hosts) or 'this server'}: "
            f"with COOKIE_SAMESITE={settings.cookie_samesite} browsers send no cookies with its requests",
        )
    if settings.debug and not settings.is_loopback:
        yield Finding(
            Mark.WARNING, f"DEBUG is on while listening on {settings.host}: anybody can activate any account"
        )
    if not settings.is_loopback and not settings.allowed_hosts:
        yield Finding(
            Mark.WARNING, f"listening on {settings.host}, but ALLOWED_HOSTS is empty: only loopback names work"
        )
    if unreachable := public_address.warning(settings):
        yield Finding(Mark.WARNING, unreachable)
    if any(proxy.endswith("/0") for proxy in settings.trusted_proxies):
        yield Finding(
            Mark.WARNING, "TRUSTED_PROXIES trusts every address: clients can forge theirs. List your proxies only"
        )
    if "*" in settings.allowed_hosts:
        yield Finding(Mark.WARNING, "ALLOWED_HOSTS=* accepts any host name. List yours instead")
    yield Finding(Mark.GOOD, f"origins that may call the API: {', '.join(settings.cors_allowed_origins) or 'none'}")


def _is_same_site(frontend: str, host: str) -> bool:
    """Whether two host names have the same last two labels: an approximation without the public suffix list."""
    host = host.lstrip(".")
    if frontend == host or host == "*":
        return True
    is_name = frontend.count(".") and not frontend.replace(".", "").isdigit()
    return bool(is_name) and frontend.split(".")[-2:] == host.split(".")[-2:]


CHECKS: dict[str, Check] = {
    "database": _database,
    "redis": _redis,
    "ffmpeg": _ffmpeg,
    "disk": _disk,
    "mail": _mail,
    "browsers": _browsers,
}
