"""Restore a backup of bin/backup into an empty library, or verify it. An older backup is migrated."""

import argparse
import asyncio
from collections.abc import Mapping
from html import unescape
from pathlib import Path

from videoflix.backup import manifest as manifests
from videoflix.backup.check import check
from videoflix.backup.missing import Incomplete
from videoflix.backup.models import Manifest
from videoflix.backup.restore import restore, verify
from videoflix.backup.variables import read_dotenv
from videoflix.cli import ui
from videoflix.cli.configuration import configured_settings, gather
from videoflix.settings import Settings
from videoflix.storage.models import StoredVideo

MAX_TITLES = 20
# These belong to a machine rather than to a library.
OF_MACHINE = {
    *("DATA_DIR", "HOST", "PORT", "FFMPEG", "FFPROBE", "WEB_PROCESSES", "TRANSCODE_CONCURRENCY"),
    *("DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD"),
    *("REDIS_HOST", "REDIS_PORT", "REDIS_DB", "REDIS_LOCATION"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder of the backup")
    parser.add_argument(
        "--verify", action="store_true", help="restore aside, compare, and remove it again; changes nothing"
    )


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    with ui.progress() as shown:
        manifest = asyncio.run(check(arguments.folder, shown.show))
        variables, ours = _variables(arguments.folder, manifest), configured_settings(environ)
        # The key of the backup, unless one is configured here: sessions and links in mails stay valid.
        key = "" if ours.get("SECRET_KEY") else variables.get("SECRET_KEY", "")
        settings = Settings.from_env(gather(environ) | ({"SECRET_KEY": key} if key else {}))
        if arguments.verify:
            asyncio.run(verify(settings, arguments.folder, manifest, shown.show))
        else:
            found = asyncio.run(restore(settings, arguments.folder, manifest, key, shown.show))
    when = f"{manifest.made_at.astimezone(settings.time_zone):%Y-%m-%d %H:%M}"
    if arguments.verify:
        print(
            f"the backup of {when} is complete: {ui.count(len(manifest.files), 'file')}, and every row was restored"
        )
        return 0
    print(f"restored the backup of {when} into {settings.data_dir}")
    _report(found)
    _report_settings(arguments.folder / manifest.run, variables, {"SECRET_KEY": key, **ours})
    return 0


def _variables(folder: Path, manifest: Manifest) -> dict[str, str]:
    run = folder / manifest.run
    return read_dotenv(run / manifests.SETTINGS) | read_dotenv(run / manifests.SECRETS)


def _report(found: Incomplete) -> None:
    if found.queued:
        print(f"{ui.count(len(found.queued), 'film')} will be completed from the originals when Videoflix runs")
    if found.lost:
        print(
            f"{ui.count(len(found.lost), 'film')} cannot be completed, because neither the encoded film nor the "
            f"original is there: {_titles(found.lost)}\n"
            "Once their files are in the data folder, run bin/doctor --storage --fix"
        )


def _titles(videos: list[StoredVideo]) -> str:
    named = [ui.printable(unescape(one.title)) for one in videos[:MAX_TITLES]]
    return ", ".join(named) + (f" and {len(videos) - MAX_TITLES} more" if len(videos) > MAX_TITLES else "")


def _report_settings(run: Path, theirs: Mapping[str, str], ours: Mapping[str, str]) -> None:
    """Settings are not changed: some of them belong to the machine."""
    names = sorted(name for name, value in theirs.items() if name not in OF_MACHINE and ours.get(name) != value)
    if names:
        print(
            f"these settings differ from those of the backup: {', '.join(names)}. Copy what you need from "
            f"{run / manifests.SETTINGS} and {manifests.SECRETS} beside it into .env"
        )
