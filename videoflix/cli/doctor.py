"""Check the configuration and everything that the server needs, and say what is wrong and how to fix it."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

from rich.console import Console

from videoflix.checks import addresses, backup, disk, mail, store
from videoflix.checks.finding import Finding, Mark
from videoflix.cli import check_delivery, check_services, compose_hosts, storage_report, ui
from videoflix.cli.configuration import data_folder, gather
from videoflix.encoding import programs
from videoflix.errors import VideoflixError
from videoflix.settings import Settings, SettingsError

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
        programs.forget(data_folder(environ))
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


CHECKS: dict[str, Check] = {
    "database": check_services.database,
    "redis": check_services.redis,
    "ffmpeg": check_services.ffmpeg,
    "disk": disk.disk,
    "store": store.store,
    "delivery": check_delivery.delivery,
    "backup": backup.backup,
    "mail": mail.mail,
    "links": addresses.links,
    "browsers": addresses.browsers,
}
