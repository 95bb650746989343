"""Check the configuration and everything that the server needs, and tell in words what is wrong."""

import argparse
import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from enum import Enum
from urllib.parse import urlsplit

import aiosmtplib
import asyncpg
import psycopg
from msgspec import Struct
from redis.exceptions import RedisError
from rich.console import Console

from videoflix.cli import compose_hosts as composehosts
from videoflix.cli import storage_report
from videoflix.cli.configuration import gather
from videoflix.db.migrations import pending
from videoflix.db.pool import open_database
from videoflix.encoding import programs
from videoflix.encoding.process import capture
from videoflix.errors import EncodeFailed, FfmpegUnavailable, StorageUnavailable, VideoflixError
from videoflix.queue.queues import connect
from videoflix.settings import Settings, SettingsError
from videoflix.storage.local import Storage, gigabytes

# So much above the floor, it is time to think of a larger disk.
LOW_DISK = 5_000_000_000
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Verdict(Enum):
    GOOD = "[green]✓[/]"
    DOUBT = "[yellow]![/]"
    BAD = "[red]✗[/]"


class Finding(Struct, frozen=True):
    verdict: Verdict
    what: str


Check = Callable[[Settings], AsyncIterator[Finding]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--storage", action="store_true", help="compare the films on the disk with the database")
    parser.add_argument(
        "--fix", action="store_true", help="with --storage: remove what is left over, remake what is lost"
    )


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    console = Console(soft_wrap=True, highlight=False)
    try:
        settings = Settings.from_env(gather(environ))
    except (SettingsError, VideoflixError, OSError) as wrong:
        console.print(f"{Verdict.BAD.value} configuration: {wrong}")
        return 2
    if arguments.storage or arguments.fix:
        return asyncio.run(storage_report.report(settings, console, fix=arguments.fix))
    return asyncio.run(_examine(settings, console))


async def _examine(settings: Settings, console: Console) -> int:
    bad = 0
    try:
        await asyncio.to_thread(composehosts.check, settings)
    except SettingsError as wrong:
        console.print(f"{Verdict.BAD.value} configuration: {wrong}")
        bad += 1
    for name, check in CHECKS.items():
        async for finding in check(settings):
            console.print(f"{finding.verdict.value} {name}: {finding.what}")
            bad += finding.verdict is Verdict.BAD
    console.print("everything that is needed is there" if not bad else f"{bad} to mend (✗)")
    return 1 if bad else 0


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    database = await open_database(settings, most=1)
    try:
        async with database.connection() as connection:
            version = await connection.fetchval("SHOW server_version")
        missing = await asyncio.to_thread(pending, settings)
    except (VideoflixError, psycopg.Error, asyncpg.PostgresError) as away:
        cause = away.__cause__ or away
        yield Finding(
            Verdict.BAD, f"no answer at {settings.db_host}:{settings.db_port} ({cause}); is it running (bin/start)?"
        )
        return
    finally:
        await database.close()
    yield Finding(Verdict.GOOD, f"PostgreSQL {version} at {settings.db_host}")
    if missing:
        yield Finding(Verdict.BAD, f"the schema lacks {', '.join(missing)}: run bin/migrate")


async def _redis(settings: Settings) -> AsyncIterator[Finding]:
    client = connect(settings)
    try:
        about = await client.info("server")
        policy = (await client.config_get("maxmemory-policy")).get("maxmemory-policy")
    except (RedisError, OSError) as away:
        yield Finding(Verdict.BAD, f"no answer ({away}); is it running (bin/start)? see REDIS_LOCATION, REDIS_HOST")
        return
    finally:
        await client.aclose()
    yield Finding(Verdict.GOOD, f"version {about.get('valkey_version') or about['redis_version']}")
    if policy not in (None, "noeviction"):
        yield Finding(Verdict.DOUBT, f"maxmemory-policy is {policy}: it may drop jobs; set it to noeviction")


async def _ffmpeg(settings: Settings) -> AsyncIterator[Finding]:
    for program in (settings.ffmpeg, settings.ffprobe):
        try:
            said = await capture([program, "-version"], seconds=10)
        except EncodeFailed as failure:
            yield Finding(Verdict.BAD, f"{program} does not run: {failure.detail} (see FFMPEG, FFPROBE)")
            return
        yield Finding(Verdict.GOOD, " ".join(said.decode().split()[:3]))
    try:
        await asyncio.to_thread(programs.check, settings)
    except FfmpegUnavailable as wrong:
        yield Finding(Verdict.BAD, wrong.detail)
    why = await asyncio.to_thread(programs.passed_over, settings)
    if why:
        yield Finding(Verdict.DOUBT, why)


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
        yield Finding(Verdict.BAD, f"{settings.data_dir} cannot be written: {error.strerror} (see DATA_DIR)")
        return
    except StorageUnavailable as reason:
        yield Finding(Verdict.BAD, f"{media.root}: {reason.detail} No film comes in or is encoded.")
        return
    told, floor = f"{gigabytes(free)} free in {settings.data_dir}", settings.disk_floor
    if free < floor:
        yield Finding(Verdict.BAD, f"{told}: under {gigabytes(floor)} nothing is encoded (see DISK_FLOOR)")
        return
    yield Finding(Verdict.DOUBT if free < floor + LOW_DISK else Verdict.GOOD, told)


async def _mail(settings: Settings) -> AsyncIterator[Finding]:
    if settings.email_backend == "console":
        verdict = Verdict.GOOD if settings.debug or settings.is_loopback else Verdict.DOUBT
        yield Finding(verdict, "EMAIL_BACKEND=console: mails are printed by the mail worker, not sent")
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
        yield Finding(Verdict.BAD, f"{where} does not take mail: {failure} (see EMAIL_*)")
        return
    yield Finding(Verdict.GOOD, f"{where} answers")


async def _browsers(settings: Settings) -> AsyncIterator[Finding]:
    """Settings of cookies, origins and hosts that are each fine, and together let no browser in."""
    frontend = urlsplit(settings.frontend_base_url)
    origin = f"{frontend.scheme}://{frontend.netloc}".lower()
    ours = {*settings.allowed_hosts, *LOOPBACK}
    if settings.cookie_secure and frontend.scheme == "http" and frontend.hostname not in LOOPBACK:
        yield Finding(Verdict.BAD, f"COOKIE_SECURE is on, and browsers send no such cookie from {origin} over http")
    same_site = any(_is_same_site(frontend.hostname or "", host) for host in ours)
    if settings.cookie_samesite != "None" and not same_site:
        yield Finding(
            Verdict.BAD,
            f"the frontend {origin} is another site than {', '.join(settings.allowed_hosts) or 'this server'}: with "
            f"COOKIE_SAMESITE={settings.cookie_samesite} no cookie comes with its requests",
        )
    if settings.debug and not settings.is_loopback:
        yield Finding(Verdict.DOUBT, f"DEBUG is on and we listen on {settings.host}: activation links are given away")
    if not settings.is_loopback and not settings.allowed_hosts:
        yield Finding(Verdict.DOUBT, f"listening on {settings.host}, but ALLOWED_HOSTS is empty: only loopback works")
    if any(proxy.endswith("/0") for proxy in settings.trusted_proxies):
        yield Finding(Verdict.DOUBT, "TRUSTED_PROXIES believes everybody: clients can make up their address")
    if "*" in settings.allowed_hosts:
        yield Finding(Verdict.DOUBT, "ALLOWED_HOSTS=* answers under any name; name yours")
    yield Finding(Verdict.GOOD, f"frontends on {', '.join(settings.cors_allowed_origins) or 'no other origin'}")


def _is_same_site(frontend: str, host: str) -> bool:
    """Whether two names share their site, taken as the last two labels (there is no list of public suffixes here)."""
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
