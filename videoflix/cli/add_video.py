"""Add a film: check the file, copy it into the data folder, queue its encode, and show the progress until it is
ready."""

import argparse
import asyncio
from collections.abc import Mapping
from pathlib import Path

from videoflix.cli.add_file import Transfer, add_file, check_file
from videoflix.cli.caption_files import read_argument
from videoflix.cli.configuration import gather
from videoflix.cli.follow import follow, how_to_follow
from videoflix.cli.services import open_services, start_work
from videoflix.db.pool import Database
from videoflix.errors import DuplicateFilm
from videoflix.library.adding import check_unknown, fingerprint
from videoflix.library.episodes import recognise
from videoflix.library.metadata import DEFAULT_CATEGORY
from videoflix.library.models import Metadata
from videoflix.settings import Settings
from videoflix.storage.opening import open_storage
from videoflix.storage.storage import Storage


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("film", type=Path, help="the file: mp4, mkv, webm, mov, avi, …")
    parser.add_argument("--title", help="default: taken from the file name")
    parser.add_argument("--category", default=DEFAULT_CATEGORY, help="default: %(default)s")
    parser.add_argument("--description", default="", help="default: none")
    parser.add_argument(
        "--captions",
        action="append",
        default=[],
        metavar="[LANGUAGE=]FILE",
        help="a caption file, SRT or WebVTT (de=film.srt, or film.de.srt); can be repeated",
    )
    parser.add_argument("--again", action="store_true", help="add the film even if it is already in the library")
    parser.add_argument("--move", action="store_true", help="move the file instead of copying it")
    parser.add_argument("--no-follow", action="store_true", help="do not wait until the film is ready")


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return asyncio.run(_add(Settings.from_env(gather(environ)), arguments))


async def _add(settings: Settings, arguments: argparse.Namespace) -> int:
    film: Path = arguments.film
    captions = [read_argument(argument, film) for argument in arguments.captions]
    await check_file(settings, film)
    storage = open_storage(settings)
    storage.prepare()
    async with open_services(settings) as (database, queues):
        async with database.connection():
            pass  # fail before a long copy, not after it
        if not arguments.again:
            await _check_unknown(database, storage, film)
        video_id = await add_file(
            database,
            storage,
            film,
            settings.disk_floor,
            transfer=Transfer.MOVE if arguments.move else Transfer.COPY,
            metadata=Metadata(arguments.title, arguments.description, arguments.category),
            captions=captions,
            episode=recognise(film.absolute()),
        )
        await start_work(database, queues)
        if not arguments.no_follow and not await _follow(database, settings.public_url, video_id):
            return 1
    print(f"{settings.public_url}/film/{video_id}/")
    return 0


async def _check_unknown(database: Database, storage: Storage, film: Path) -> None:
    """Raises DuplicateFilm, with the option that adds the film anyway."""
    try:
        await check_unknown(database, storage, await asyncio.to_thread(fingerprint, film))
    except DuplicateFilm as known:
        told = f"{film.name}: {known.detail} Use --again to add it anyway."
        raise DuplicateFilm(told, known.video_id) from None


async def _follow(database: Database, server: str, video_id: int) -> bool:
    """Whether the film became ready. If it did not, the reason is printed."""
    try:
        failure = await follow(database, server, video_id)
    except asyncio.CancelledError:
        print(how_to_follow([video_id]))
        raise
    if failure:
        print(f"video {video_id}: failed: {failure}")
    return failure is None
