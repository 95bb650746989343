"""Add all films of a folder and its subfolders, with the captions, descriptions and images beside them. Films that
are in the library already are skipped: run the command again whenever there are new films."""

import argparse
import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from videoflix.cli import ui
from videoflix.cli.add_file import Transfer, add_file
from videoflix.cli.caption_files import read_beside
from videoflix.cli.configuration import gather
from videoflix.cli.follow import follow_all
from videoflix.cli.import_lock import single_import
from videoflix.cli.scan_folder import Found, category_of, find_films
from videoflix.cli.services import open_services, start_work
from videoflix.db.pool import Database
from videoflix.encoding.probe import probe
from videoflix.errors import (
    DuplicateFilm,
    FfmpegUnavailable,
    InvalidCaptions,
    InvalidMetadata,
    NotAFilm,
    NotAnImage,
    NotFound,
    StorageUnavailable,
    VideoflixError,
)
from videoflix.library import nfo
from videoflix.library.adding import check_unknown, fingerprint
from videoflix.library.containers import MAX_IMAGE_BYTES
from videoflix.library.episodes import EpisodeName, described, full_title, recognise
from videoflix.library.metadata import DEFAULT_CATEGORY, title_of
from videoflix.library.models import Captions, Metadata
from videoflix.library.thumbnails import keep_image
from videoflix.settings import Settings
from videoflix.storage.folders import format_bytes
from videoflix.storage.opening import open_storage
from videoflix.storage.storage import Storage


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument(
        "--category", help="for all films (default: the genre in the .nfo file, or the folder's name)"
    )
    parser.add_argument("--move", action="store_true", help="move the films instead of copying them")
    parser.add_argument("--dry-run", action="store_true", help="only show what would be added")
    parser.add_argument("--follow", action="store_true", help="show the progress until all are ready")


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return asyncio.run(_import(Settings.from_env(gather(environ)), arguments))


async def _import(settings: Settings, arguments: argparse.Namespace) -> int:
    if not arguments.folder.is_dir():
        raise NotFound(f"{arguments.folder} is not a folder.")
    storage = open_storage(settings)
    storage.prepare()
    async with open_services(settings) as (database, queues):
        with single_import(settings.data_dir):
            importer = _Importer(settings, database, storage, arguments)
            await importer.run()
        await start_work(database, queues)
        failed = await follow_all(database, settings.public_url, importer.added) if arguments.follow else 0
        return 1 if importer.problems or failed else 0


class _Importer:
    """Adds the films of one folder, and prints each result."""

    def __init__(
        self, settings: Settings, database: Database, storage: Storage, arguments: argparse.Namespace
    ) -> None:
        self._settings, self._database, self._storage = settings, database, storage
        self._arguments, self._root = arguments, arguments.folder.resolve()
        self._seen: set[bytes] = set()
        self._known = 0
        self._read: dict[Path, nfo.Description] = {}
        self._rows: list[tuple[str, ...]] = []
        self.added: list[int] = []
        self.problems = 0

    async def run(self) -> None:
        """A film that cannot be added is reported, and the next one follows. Raises DatabaseUnavailable."""
        for found in find_films(self._root, self._report_folder):
            try:
                await self._add_unless_known(found)
            except (NotAFilm, FfmpegUnavailable, StorageUnavailable, OSError) as reason:
                self._report(found.film, reason)
        if self._arguments.dry_run:
            _print_table(self._rows)
        verb = "would be added" if self._arguments.dry_run else "added"
        print(f"{len(self._seen)} {verb}, {self._known} already in the library, {ui.count(self.problems, 'problem')}")

    async def _add_unless_known(self, found: Found) -> None:
        mark = await asyncio.to_thread(fingerprint, found.film)
        try:
            await check_unknown(self._database, self._storage, mark)
        except DuplicateFilm:
            self._known += 1
            return
        if mark in self._seen:  # a copy in the same folder; a dry run adds neither
            self._known += 1
            return
        await probe(self._settings.ffmpeg, self._settings.ffprobe, found.film)
        await self._add(found)
        self._seen.add(mark)

    async def _add(self, found: Found) -> None:
        """Add a film that has been checked; in a dry run, only add its row to the table."""
        metadata, episode = self._describe(found)
        title = ui.printable(metadata.title or "")
        captions = list(self._captions(found))
        if self._arguments.dry_run:
            size, languages = format_bytes(found.film.stat().st_size), " ".join(one.language for one in captions)
            category = ui.printable(metadata.category or "")
            self._rows.append((self._name(found.film), title, category, languages, size))
            return
        video_id = await add_file(
            self._database,
            self._storage,
            found.film,
            self._settings.disk_floor,
            transfer=Transfer.MOVE if self._arguments.move else Transfer.COPY,
            metadata=metadata,
            captions=captions,
            episode=episode,
        )
        self.added.append(video_id)
        if found.image:
            await self._set_thumbnail(video_id, found.image)
        print(f"video {video_id}: {ui.printable(metadata.title or '')} ({self._name(found.film)})", flush=True)

    async def _set_thumbnail(self, video_id: int, image: Path) -> None:
        """Use the image beside a film for its thumbnail, or report that it cannot be used."""
        try:
            with image.open("rb") as reading:
                data = reading.read(MAX_IMAGE_BYTES + 1)
            await keep_image(self._database, self._storage, None, video_id, data, self._settings.disk_floor)
        except (NotAnImage, NotFound, StorageUnavailable, OSError) as reason:
            self._report(image, reason)

    def _describe(self, found: Found) -> tuple[Metadata, EpisodeName | None]:
        """What is known of a film: from the options, the .nfo files, and its path."""
        told = self._read_nfo(found.nfo)
        show = self._read_nfo(found.show_nfo)
        title_of_show = (show.text.title or found.show_nfo.parent.name) if found.show_nfo else None
        episode = described(recognise(found.film, title_of_show), told, show.text.description)
        folder = category_of(found, self._root, episode) or DEFAULT_CATEGORY
        metadata = Metadata(
            title=full_title(episode, told.text.title or "") if episode else told.text.title or title_of(found.film),
            description=told.text.description,
            category=self._arguments.category or told.text.category or show.text.category or folder,
        )
        return metadata, episode

    def _read_nfo(self, file: Path | None) -> nfo.Description:
        """Nothing if there is no file, or if it cannot be read, which is reported once."""
        if file is None:
            return nfo.Description()
        if file not in self._read:
            try:
                with file.open("rb") as reading:
                    self._read[file] = nfo.read(reading.read(nfo.MAX_BYTES + 1))
            except (InvalidMetadata, OSError) as reason:
                self._report(file, reason)
                self._read[file] = nfo.Description()
        return self._read[file]

    def _captions(self, found: Found) -> Iterator[Captions]:
        for file in found.captions:
            try:
                yield read_beside(file, found.film)
            except (InvalidCaptions, OSError) as reason:
                self._report(file, reason)

    def _report_folder(self, error: OSError) -> None:
        self._report(Path(error.filename), error)

    def _report(self, path: Path, reason: VideoflixError | OSError) -> None:
        self.problems += 1
        why = reason.detail if isinstance(reason, VideoflixError) else reason.strerror
        print(f"{self._name(path)}: {ui.printable(why or str(reason))}", flush=True)

    def _name(self, path: Path) -> str:
        return ui.printable(str(path.relative_to(self._root)))


def _print_table(rows: list[tuple[str, ...]]) -> None:
    table = ui.table("Films to add", text=("film", "title", "category", "captions"), numbers=("size",))
    for row in rows:
        table.add_row(*map(escape, row))
    Console(highlight=False).print(table)
