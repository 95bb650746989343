"""Bring a film in: check it, take the original into the data folder, queue it, and follow it until it is ready."""

import argparse
import asyncio
from collections.abc import Mapping
from pathlib import Path

from videoflix.cli.bring import bring_in
from videoflix.cli.captions import brought
from videoflix.cli.configuration import gather
from videoflix.cli.follow import follow, how_to_follow
from videoflix.db.pool import Database, open_database
from videoflix.encoding.probe import probe
from videoflix.errors import DuplicateFilm, NotAFilm, QueueUnavailable
from videoflix.library.adding import check_unknown, fingerprint
from videoflix.library.metadata import title_of
from videoflix.queue.due import enqueue_due
from videoflix.queue.queues import Queues
from videoflix.settings import Settings
from videoflix.storage.local import Storage


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("film", type=Path, help="the file: mp4, mkv, webm, mov, avi, …")
    parser.add_argument("--title", help="shown in the list (default: from the file's name)")
    parser.add_argument("--category", default="Other", help="default: %(default)s")
    parser.add_argument("--description", default="")
    parser.add_argument(
        "--captions",
        action="append",
        default=[],
        metavar="[LANGUAGE=]FILE",
        help="subtitles, SRT or WebVTT (de=film.srt, or film.de.srt); may be given several times",
    )
    parser.add_argument("--again", action="store_true", help="take the film also if it is in the library already")
    parser.add_argument("--move", action="store_true", help="take the file away instead of copying it")
    parser.add_argument("--no-follow", action="store_true", help="do not wait until the film is ready")


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return asyncio.run(_add(Settings.from_env(gather(environ)), arguments))


async def _add(settings: Settings, arguments: argparse.Namespace) -> int:
    film: Path = arguments.film
    subtitles = [brought(word, film) for word in arguments.captions]
    await check(settings, film)
    storage = Storage.of(settings)
    storage.prepare()
    database, queues = await open_database(settings, most=2), Queues(settings)
    try:
        async with database.connection():
            pass  # before a long copy, not after it
        if not arguments.again:
            await _check_unknown(database, storage, film)
        video_id = await bring_in(
            database,
            storage,
            film,
            settings.disk_floor,
            move=arguments.move,
            title=arguments.title or title_of(film),
            description=arguments.description,
            category=arguments.category,
            subtitles=subtitles,
        )
        return await _see_through(settings, database, queues, video_id, wait=not arguments.no_follow)
    finally:
        await queues.close()
        await database.close()


async def check(settings: Settings, film: Path) -> None:
    """Raises NotAFilm before anything is touched."""
    if film.is_dir():
        raise NotAFilm(f"{film} is a folder.")
    try:
        await probe(settings.ffmpeg, settings.ffprobe, film.absolute())
    except NotAFilm as reason:
        raise NotAFilm(f"{film.name}: {reason.detail}") from None


async def _check_unknown(database: Database, storage: Storage, film: Path) -> None:
    """Raises DuplicateFilm, with what to do."""
    try:
        await check_unknown(database, storage, await asyncio.to_thread(fingerprint, film))
    except DuplicateFilm as known:
        raise DuplicateFilm(f"{film.name}: {known.detail} To have it twice, add --again.") from None


async def _see_through(settings: Settings, database: Database, queues: Queues, video_id: int, *, wait: bool) -> int:
    try:
        await enqueue_due(database, queues)
    except QueueUnavailable as away:
        print(away.detail)
    if wait:
        try:
            failure = await follow(database, settings.address, video_id)
        except asyncio.CancelledError:
            print(how_to_follow([video_id]))
            raise
        if failure:
            print(f"video {video_id} failed: {failure}")
            return 1
    print(f"{settings.address}/api/video/{video_id}/")
    return 0
