"""Back up the database, the settings and the chosen thumbnails into a folder, while the server is running or not. A
folder that contains a backup gets the new one in its place."""

import argparse
import asyncio
from collections.abc import Mapping
from pathlib import Path

from videoflix.backup.create import Large, back_up
from videoflix.backup.models import Manifest
from videoflix.cli import ui
from videoflix.cli.configuration import configured_settings, gather
from videoflix.settings import Settings
from videoflix.storage.folders import format_bytes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder of the backup; created if it is missing")
    parser.add_argument(
        "--originals",
        action="store_true",
        help="with the original files: linked if DIR is on the same disk, else copied",
    )
    parser.add_argument(
        "--films", action="store_true", help="with the encoded films, likewise; without, they can be encoded again"
    )


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = Settings.from_env(gather(environ))
    variables = {**configured_settings(environ), "SECRET_KEY": settings.secret_key}
    with ui.progress() as shown:
        large = Large(originals=arguments.originals, films=arguments.films)
        manifest = asyncio.run(back_up(settings, variables, arguments.folder, large, shown.show))
    print(f"backed up {_contents(manifest)} into {arguments.folder}")
    if manifest.only_encoded and not manifest.has_films:
        count = ui.count(manifest.only_encoded, "film")
        print(f"{count} without an original (KEEP_ORIGINALS=False) cannot be encoded again: save them with --films")
    return 0


def _contents(manifest: Manifest) -> str:
    originals = sum(file.path.startswith("media/originals/") for file in manifest.files)
    parts = [
        ui.count(manifest.rows["users"].count, "account"),
        f"the rows of {ui.count(manifest.rows['videos'].count, 'video')}",
        *([ui.count(originals, "original")] if manifest.has_originals else []),
        *(["the encoded films"] if manifest.has_films else []),
    ]
    return f"{', '.join(parts)} ({format_bytes(manifest.bytes)})"
