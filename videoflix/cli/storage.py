"""Move films between the data folder and the bucket of an object store, while the server is used."""

import argparse
import asyncio
from collections.abc import Mapping

from rich.console import Console
from rich.markup import escape

from videoflix.cli import ui
from videoflix.cli.configuration import gather
from videoflix.db.pool import Database, open_database
from videoflix.errors import DiskFull, NotReady, StorageUnavailable
from videoflix.library.metadata import unescape_html
from videoflix.settings import Settings, SettingsError
from videoflix.storage.both import BothStorage
from videoflix.storage.folders import format_bytes
from videoflix.storage.models import StoredVideo
from videoflix.storage.moving import Film, Mover, Plan, move, plan
from videoflix.storage.moving_to_disk import KEPT_SECONDS, ToDisk, remove_copies
from videoflix.storage.moving_to_store import ToStore
from videoflix.storage.opening import open_storage

# STORAGE while films are moved there, and what they are moved to.
STORAGE = {"s3": "s3,local", "local": "local,s3"}
PLACES = {"s3": "the bucket", "local": "the disk"}
WHERE = {"s3": "in the bucket", "local": "on the disk"}
# The largest films of a dry run, one row each.
MAX_ROWS = 20
# After so many films in a row that cannot be moved, the others are not tried.
MAX_FAILURES = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="command", required=True, metavar="move")
    moving = commands.add_parser(
        "move",
        help="move originals and films from the one to the other",
        description="Move originals and films, one film after the other: each is copied, verified by size and "
        "checksum, and read from its new place from then on. It can be interrupted, and run again, at any time. The "
        "server has to run with STORAGE=s3,local (to a bucket) or STORAGE=local,s3 (to the disk).",
    )
    moving.add_argument("--to", choices=sorted(STORAGE), required=True, help="where films are stored from now on")
    moving.add_argument("--dry-run", action="store_true", help="only show what would be moved")


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = Settings.from_env(gather(environ))
    if settings.storage != tuple(STORAGE[arguments.to].split(",")):
        now = ",".join(settings.storage)
        raise SettingsError(
            f"STORAGE={now}, but while films are moved to {PLACES[arguments.to]}, servers have to store new "
            f"ones there and to read both. Set STORAGE={STORAGE[arguments.to]} on every host, restart, and run this "
            "again"
        )
    return asyncio.run(_move_all(settings, arguments.to, dry_run=arguments.dry_run))


async def _move_all(settings: Settings, to: str, *, dry_run: bool) -> int:
    storage, database = open_storage(settings), await open_database(settings, most=2)
    assert isinstance(storage, BothStorage)
    mover = ToStore(storage) if to == "s3" else ToDisk(storage)
    try:
        await asyncio.to_thread(storage.prepare)
        await asyncio.to_thread(storage.check_usable)
        with ui.progress() as display:
            planned = await plan(database, mover, lambda done: display.show("looking at the films", done))
        if dry_run:
            _print(planned, to)
            return 0
        if to == "local":
            _check_space(settings, storage, planned)
        done = await _Run(database, mover, planned).run()
        copies = await _remove_copies(settings, database, mover, planned) if isinstance(mover, ToDisk) else 0
    finally:
        await database.close()
    return _summary(done, planned, to, copies)


class _Run:
    """Moves the films of a plan, and counts what became of them."""

    def __init__(self, database: Database, mover: Mover, planned: Plan) -> None:
        self._database, self._mover, self._planned = database, mover, planned
        self.moved = self.bytes = self.failed = 0
        self.left = len(planned.busy)

    async def run(self) -> "_Run":
        failures = 0
        with ui.progress() as display:
            for number, film in enumerate(self._planned.films):
                if failures == MAX_FAILURES:
                    self.failed += len(self._planned.films) - number
                    display.print("the other films are not tried")
                    break
                try:
                    self.bytes += await self._move(film, number, display)
                    self.moved, failures = self.moved + 1, 0
                except NotReady as reason:
                    self.left += 1
                    display.print(f"{_name(film.video)}: {reason.detail} It is left for the next run.")
                except StorageUnavailable as reason:
                    self.failed, failures = self.failed + 1, failures + 1
                    display.print(f"{_name(film.video)}: not moved. {reason.detail}")
        return self

    async def _move(self, film: Film, number: int, display: ui.Bar | ui.Lines) -> int:
        total, moved = self._planned.bytes or 1, 0

        def on_bytes(count: int) -> None:
            nonlocal moved
            moved += count
            done = (self.bytes + moved) / total
            details = f"film {number + 1} of {len(self._planned.films)}", format_bytes(self.bytes + moved)
            display.show("moving", min(done, 1.0), details)

        return await move(self._database, self._mover, film.video.id, on_bytes)


def _print(planned: Plan, to: str) -> None:
    console = Console(soft_wrap=True, highlight=False)
    table = ui.table(f"To {PLACES[to]}", text=("video", "title"), numbers=("files", "size"))
    for film in sorted(planned.films, key=lambda film: film.bytes, reverse=True)[:MAX_ROWS]:
        title = escape(ui.printable(unescape_html(film.video.title)))
        table.add_row(str(film.video.id), title, str(film.count), format_bytes(film.bytes))
    table.add_section()
    files = sum(film.count for film in planned.films)
    table.add_row("all", ui.count(len(planned.films), "film"), str(files), format_bytes(planned.bytes))
    console.print(table)
    _print_left(planned)


def _check_space(settings: Settings, storage: BothStorage, planned: Plan) -> None:
    """Raises DiskFull before anything is copied."""
    free = storage.free_bytes()
    if free - planned.bytes < settings.disk_floor:
        raise DiskFull(
            f"The films take {format_bytes(planned.bytes)}, but the disk has only {format_bytes(free)} free, and "
            f"{format_bytes(settings.disk_floor)} have to stay free (DISK_FLOOR). Nothing was moved."
        )


async def _remove_copies(settings: Settings, database: Database, mover: ToDisk, planned: Plan) -> int:
    """Remove from the bucket what has been on the disk for long enough. Returns how many bytes stay."""
    seconds = KEPT_SECONDS + settings.signed_lifetime
    left = 0
    with ui.progress() as display:
        for number, video in enumerate(planned.videos):
            display.show("looking at the copies in the bucket", number / len(planned.videos))
            left += await remove_copies(database, mover, video.id, seconds)
    return left


def _summary(done: _Run, planned: Plan, to: str, copies: int) -> int:
    """Print how it ended, and what to do next. Returns the exit status."""
    print(f"moved {ui.count(done.moved, 'film')} to {PLACES[to]} ({format_bytes(done.bytes)})")
    _print_left(planned)
    if planned.strangers:
        print(f"{planned.strangers} of the files and folders belong to no video, and stay; see bin/doctor --storage")
    if copies:
        print(
            f"{format_bytes(copies)} stay in the bucket for a day, for players. Run this again then, to remove them"
        )
    if done.failed:
        print(f"{ui.count(done.failed, 'film')} could not be moved; run this again when the reason is gone")
    if done.left or done.failed or planned.uploads:
        return 1
    print(f"All films are stored {WHERE[to]}. Set STORAGE={to} on every host, and restart.")
    return 0


def _print_left(planned: Plan) -> None:
    for video in planned.busy[:MAX_ROWS]:
        print(f"{_name(video)}: is being encoded, and left for the next run")
    if len(planned.busy) > MAX_ROWS:
        print(f"… and {len(planned.busy) - MAX_ROWS} more")
    if planned.uploads:
        print(f"{ui.count(planned.uploads, 'upload')} in progress: run this again when they have ended")


def _name(video: StoredVideo) -> str:
    return f"video {video.id} ({ui.printable(unescape_html(video.title))})"
