"""What `doctor --storage` shows: how much room films take, what is lost, what is left over; and how it mends that."""

from html import unescape
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from videoflix.db.pool import Database, open_database
from videoflix.encoding.ladder import LABELS
from videoflix.errors import NotReady, OriginalRemoved, QueueUnavailable
from videoflix.library.inventory import Inventory, Missing, Usage, mend, take
from videoflix.queue.due import enqueue_due
from videoflix.queue.queues import Queues
from videoflix.settings import Settings
from videoflix.storage.local import Storage, discard, gigabytes, sizes

# The largest films; the others are in the last line.
SHOWN = 20


async def report(settings: Settings, console: Console, *, fix: bool) -> int:
    """The exit status: 1 if something is wrong and stays wrong. Raises DatabaseUnavailable."""
    storage = Storage.of(settings)
    storage.prepare()
    database = await open_database(settings, most=2)
    try:
        found = await take(database, storage)
        console.print(_table(found.usages))
        console.print(
            f"{gigabytes(storage.free_bytes())} free; {gigabytes(settings.disk_floor)} stay free (DISK_FLOOR)"
        )
        wrong = await _missing(database, storage, console, found.missing, fix=fix)
        wrong += _orphans(storage, console, found, fix=fix)
        if fix:
            await _tell(settings, database, console)
    finally:
        await database.close()
    if wrong:
        console.print(f"{wrong} to mend (✗)" + ("" if fix else "; bin/doctor --storage --fix does what can be done"))
    else:
        console.print("disk and database agree")
    return 1 if wrong else 0


def _table(usages: list[Usage]) -> Table:
    table = Table(title="Room on the disk")
    for name in ("video", "title"):
        table.add_column(name, overflow="fold")
    for name in ("original", *(f"{label}p" for label in LABELS), "beside", "together"):
        table.add_column(name, justify="right")
    largest = sorted(usages, key=lambda usage: usage.total, reverse=True)
    for usage in largest[:SHOWN]:
        table.add_row(str(usage.video.id), escape(unescape(usage.video.title)), *_columns([usage]))
    table.add_section()
    table.add_row("all", f"{len(usages)} videos", *_columns(usages))
    return table


def _columns(usages: list[Usage]) -> list[str]:
    sums = [
        sum(usage.original or 0 for usage in usages),
        *(sum(usage.rungs.get(label, 0) for usage in usages) for label in LABELS),
        sum(usage.beside for usage in usages),
        sum(usage.total for usage in usages),
    ]
    return [gigabytes(one) if one else "–" for one in sums]


async def _missing(
    database: Database, storage: Storage, console: Console, missing: list[Missing], *, fix: bool
) -> int:
    """How much of it stays wrong."""
    wrong = 0
    for one in missing:
        told = f"video {one.video_id}: {one.what}"
        if not fix:
            wrong += _bad(console, told)
            continue
        try:
            await mend(database, storage, one)
        except (OriginalRemoved, NotReady) as reason:
            wrong += _bad(console, f"{told}. {reason.detail}")
        else:
            _good(console, f"{told}: is made again")
    return wrong


def _orphans(storage: Storage, console: Console, found: Inventory, *, fix: bool) -> int:
    wrong = 0
    for orphan in found.orphans:
        told = f"{orphan.path.relative_to(storage.root)} ({_weight(orphan.path)}): {orphan.why}"
        if fix:
            discard(orphan.path)
            _good(console, f"{told}; removed")
        else:
            wrong += _bad(console, told)
    for stranger in found.strangers:
        told = f"{stranger.relative_to(storage.root)} ({_weight(stranger)}): nothing of this database"
        wrong += _bad(console, f"{told}; it is left alone: is this the right DB_NAME? If so, remove it by hand")
    return wrong


async def _tell(settings: Settings, database: Database, console: Console) -> None:
    queues = Queues(settings)
    try:
        await enqueue_due(database, queues)
    except QueueUnavailable as away:
        console.print(away.detail)
    finally:
        await queues.close()


def _weight(path: Path) -> str:
    return gigabytes(sum(sizes(path).values()) if path.is_dir() else path.stat().st_size)


def _good(console: Console, what: str) -> None:
    console.print(f"[green]✓[/] {escape(what)}")


def _bad(console: Console, what: str) -> int:
    console.print(f"[red]✗[/] {escape(what)}")
    return 1
