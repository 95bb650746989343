"""Bring in all films of a folder and of the folders in it, with the subtitles and descriptions that lie beside them.
What is in the library already is left alone: run it again whenever there are new films."""

import argparse
import asyncio
import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from videoflix.cli.bring import bring_in
from videoflix.cli.captions import beside
from videoflix.cli.configuration import gather
from videoflix.cli.folder import Found, category_of, films
from videoflix.cli.follow import follow_all
from videoflix.db.pool import Database, open_database
from videoflix.encoding.probe import probe
from videoflix.errors import (
    DuplicateFilm,
    FfmpegUnavailable,
    InvalidCaptions,
    InvalidMetadata,
    NotAFilm,
    NotAnImage,
    NotFound,
    NotReady,
    QueueUnavailable,
    StorageUnavailable,
    VideoflixError,
)
from videoflix.library import nfo
from videoflix.library.adding import check_unknown, fingerprint
from videoflix.library.containers import MAX_PICTURE_BYTES, PICTURE
from videoflix.library.metadata import title_of
from videoflix.library.models import Captions, ThumbnailSource
from videoflix.library.queries import thumbnails, videos
from videoflix.queue.due import enqueue_due
from videoflix.queue.queues import Queues
from videoflix.settings import Settings
from videoflix.storage.local import Storage, gigabytes

# What is called nothing else; the same as add-video's.
OTHER = "Other"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--category", help="of all of them (default: the genre in the .nfo, or the folder's name)")
    parser.add_argument("--move", action="store_true", help="take the films away instead of copying them")
    parser.add_argument("--dry-run", action="store_true", help="only show what would come in")
    parser.add_argument("--follow", action="store_true", help="wait until all are ready, with a bar")


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return asyncio.run(_import(Settings.from_env(gather(environ)), arguments))


async def _import(settings: Settings, arguments: argparse.Namespace) -> int:
    if not arguments.folder.is_dir():
        raise NotFound(f"{arguments.folder} is no folder.")
    storage = Storage.of(settings)
    storage.prepare()
    database, queues = await open_database(settings, most=2), Queues(settings)
    try:
        with _alone(settings.data_dir):
            walk = _Walk(settings, database, storage, arguments)
            await walk.walk()
        try:
            await enqueue_due(database, queues)
        except QueueUnavailable as away:
            print(away.detail)
        failed = await follow_all(database, settings.address, walk.added) if arguments.follow else 0
        return 1 if walk.problems or failed else 0
    finally:
        await queues.close()
        await database.close()


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Two at once would bring the same films in. Raises NotReady."""
    with (data / "import.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotReady("Another import is under way; begin again when it is done.") from None
        yield


class _Walk:
    """A way through a folder: what came in, how much was there already, what went wrong."""

    def __init__(
        self, settings: Settings, database: Database, storage: Storage, arguments: argparse.Namespace
    ) -> None:
        self._settings, self._database, self._storage = settings, database, storage
        self._arguments, self._root = arguments, arguments.folder.resolve()
        self._seen: set[bytes] = set()
        self._known = 0
        self._rows: list[tuple[str, ...]] = []
        self.added: list[int] = []
        self.problems = 0

    async def walk(self) -> None:
        """Raises DatabaseUnavailable; whatever else goes wrong is told, and the next film is taken."""
        for found in films(self._root, self._complain_of_folder):
            try:
                await self._take(found)
            except (NotAFilm, FfmpegUnavailable, StorageUnavailable, OSError) as reason:
                self._complain(found.film, reason)
        if self._arguments.dry_run:
            _print(self._rows)
        words = "would come in" if self._arguments.dry_run else "came in"
        print(f"{len(self._seen)} {words}, {self._known} were there already, {self.problems} problems")

    async def _take(self, found: Found) -> None:
        mark = await asyncio.to_thread(fingerprint, found.film)
        try:
            await check_unknown(self._database, self._storage, mark)
        except DuplicateFilm:
            self._known += 1
            return
        if mark in self._seen:  # in a dry run none comes in
            self._known += 1
            return
        await probe(self._settings.ffmpeg, self._settings.ffprobe, found.film)
        about = self._described(found)
        title = about.title or title_of(found.film)
        category = self._arguments.category or about.category or category_of(found.film, self._root) or OTHER
        subtitles = list(self._subtitles(found))
        if self._arguments.dry_run:
            self._show(found.film, title, category, subtitles)
        else:
            video_id = await bring_in(
                self._database,
                self._storage,
                found.film,
                self._settings.disk_floor,
                move=self._arguments.move,
                title=title,
                description=about.description,
                category=category,
                subtitles=subtitles,
            )
            self.added.append(video_id)
            if found.picture:
                await self._take_picture(video_id, found.picture)
            print(f"video {video_id}: {_clean(title)} ({self._name(found.film)})", flush=True)
        self._seen.add(mark)

    async def _take_picture(self, video_id: int, picture: Path) -> None:
        """The picture that lies beside a film stands for it, if it is one."""
        try:
            with picture.open("rb") as reading:
                data = reading.read(MAX_PICTURE_BYTES + 1)
            if not PICTURE.match(data) or len(data) > MAX_PICTURE_BYTES:
                raise NotAnImage
            with self._storage.stage() as folder:
                (folder / "picture").write_bytes(data)
                async with self._database.transaction() as connection:
                    await videos.lock(connection, video_id)
                    await thumbnails.choose(connection, video_id, ThumbnailSource.UPLOAD)
                    self._storage.publish(folder / "picture", self._storage.picture(video_id))
        except (NotAnImage, StorageUnavailable, OSError) as reason:
            self._complain(picture, reason)

    def _described(self, found: Found) -> nfo.Described:
        """What the file beside it says; nothing if it cannot be read."""
        if found.nfo:
            try:
                with found.nfo.open("rb") as reading:
                    return nfo.read(reading.read(nfo.MAX_BYTES + 1))
            except (InvalidMetadata, OSError) as reason:
                self._complain(found.nfo, reason)
        return nfo.Described()

    def _subtitles(self, found: Found) -> Iterator[Captions]:
        for file in found.captions:
            try:
                yield beside(file, found.film)
            except (InvalidCaptions, OSError) as reason:
                self._complain(file, reason)

    def _show(self, film: Path, title: str, category: str, subtitles: list[Captions]) -> None:
        size, languages = gigabytes(film.stat().st_size), " ".join(one.language for one in subtitles)
        self._rows.append((self._name(film), _clean(title), _clean(category), size, languages))

    def _complain_of_folder(self, error: OSError) -> None:
        self._complain(Path(error.filename), error)

    def _complain(self, path: Path, reason: VideoflixError | OSError) -> None:
        self.problems += 1
        why = reason.detail if isinstance(reason, VideoflixError) else reason.strerror
        print(f"{self._name(path)}: {_clean(why or str(reason))}", flush=True)

    def _name(self, path: Path) -> str:
        return _clean(str(path.relative_to(self._root)))


def _print(rows: list[tuple[str, ...]]) -> None:
    table = Table(title="What would come in")
    for name in ("film", "title", "category", "size", "subtitles"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    Console(highlight=False).print(table)


def _clean(text: str) -> str:
    """In one line, without what a terminal would obey or an encoding lacks: names of files may hold anything."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
