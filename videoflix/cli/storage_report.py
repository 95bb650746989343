"""`doctor --storage`: shows the disk space of each video, missing files and orphans, and repairs them with --fix."""

from html import unescape

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from videoflix.checks.finding import Mark
from videoflix.cli import ui
from videoflix.cli.services import open_services, start_work
from videoflix.db.pool import Database
from videoflix.errors import NotReady, OriginalRemoved
from videoflix.library.inventory import Inventory, Missing, Usage, mend, take
from videoflix.settings import Settings
from videoflix.storage.folders import discard, format_bytes, sizes
from videoflix.storage.opening import open_storage
from videoflix.storage.storage import Storage

# The largest videos, one row each; the last row is the total of all.
MAX_ROWS = 20


async def report(settings: Settings, console: Console, *, fix: bool) -> int:
    """Return the exit status: 1 if problems remain. Raises DatabaseUnavailable."""
    storage = open_storage(settings)
    storage.prepare()
    async with open_services(settings) as (database, queues):
        found = await take(database, storage)
        console.print(_table(found.usages))
        console.print(
            f"{format_bytes(storage.free_bytes())} free; DISK_FLOOR keeps {format_bytes(settings.disk_floor)} free"
        )
        problems = await _missing(database, storage, console, found.missing, fix=fix)
        problems += _orphans(storage, console, found, fix=fix)
        if fix:
            await start_work(database, queues)
    if problems:
        advice = "" if fix else "; bin/doctor --storage --fix repairs what can be repaired"
        console.print(f"{ui.count(problems, 'problem')} (✗){advice}")
    else:
        console.print("disk and database agree")
    return 1 if problems else 0


def _table(usages: list[Usage]) -> Table:
    labels = sorted({label for usage in usages for label in usage.renditions})
    names = [f"{label}p" for label in labels]
    table = ui.table("Disk space", text=("video", "title"), numbers=("original", *names, "other", "total"))
    largest = sorted(usages, key=lambda usage: usage.total, reverse=True)
    for usage in largest[:MAX_ROWS]:
        table.add_row(str(usage.video.id), escape(unescape(usage.video.title)), *_sums([usage], labels))
    table.add_section()
    table.add_row("all", ui.count(len(usages), "video"), *_sums(usages, labels))
    return table


def _sums(usages: list[Usage], labels: list[int]) -> list[str]:
    sums = [
        sum(usage.original or 0 for usage in usages),
        *(sum(usage.renditions.get(label, 0) for usage in usages) for label in labels),
        sum(usage.beside for usage in usages),
        sum(usage.total for usage in usages),
    ]
    return [format_bytes(one) if one else "–" for one in sums]


async def _missing(
    database: Database, storage: Storage, console: Console, missing: list[Missing], *, fix: bool
) -> int:
    """Print what is missing, and queue it to be encoded again if asked to. Returns how many problems remain."""
    problems = 0
    for one in missing:
        what = f"video {one.video_id}: {one.what}"
        if not fix:
            problems += _bad(console, what)
            continue
        try:
            await mend(database, storage, one)
        except (OriginalRemoved, NotReady) as reason:
            problems += _bad(console, f"{what}. {reason.detail}")
        else:
            ui.print_check(console, Mark.GOOD, f"{what}; queued to be encoded again")
    return problems


def _orphans(storage: Storage, console: Console, found: Inventory, *, fix: bool) -> int:
    """Print files that belong to no video, and remove those that are ours. Returns how many problems remain."""
    problems = 0
    for orphan in found.orphans:
        what = f"{orphan.name} ({_size(storage, orphan.name)}): {orphan.reason}"
        if fix:
            storage.remove(orphan.name)
            ui.print_check(console, Mark.GOOD, f"{what}; removed")
        else:
            problems += _bad(console, what)
    for folder in storage.abandoned_staging():
        what = (
            f"{folder.relative_to(storage.root)} ({format_bytes(sum(sizes(folder).values()))}): its process has ended"
        )
        if fix:
            discard(folder)
            ui.print_check(console, Mark.GOOD, f"{what}; removed")
        else:
            problems += _bad(console, what)
    for stranger in found.strangers:
        what = f"{stranger} ({_size(storage, stranger)}): unknown to this database"
        problems += _bad(console, f"{what}, not removed. Check DB_NAME; if it is right, remove the file by hand")
    return problems


def _size(storage: Storage, name: str) -> str:
    return format_bytes(sum(storage.sizes(name).values()))


def _bad(console: Console, what: str) -> int:
    ui.print_check(console, Mark.BAD, what)
    return 1
