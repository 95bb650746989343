"""Take over accounts and films from the database and the media folder of a Django backend, which are only read.
Accounts keep their passwords, films their ids where these are free. What cannot come is listed with the reason. The
command can be repeated: it adds only what is missing."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from videoflix.cli import django_users, ui
from videoflix.cli.configuration import gather
from videoflix.cli.django_films import FilmImport, FilmVerdict, why
from videoflix.cli.django_source import Source, read
from videoflix.cli.django_tables import SourceFilm
from videoflix.cli.django_users import UserVerdict
from videoflix.cli.import_lock import single_import
from videoflix.cli.services import open_services, start_work
from videoflix.cores import cores
from videoflix.db.pool import Database
from videoflix.errors import NotAFilm, NotFound, StorageUnavailable
from videoflix.settings import Settings
from videoflix.storage.folders import format_bytes
from videoflix.storage.opening import open_storage


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--database",
        required=True,
        metavar="DATABASE",
        help="postgresql://user@host/name (password: PGPASSWORD), or the file of an SQLite database",
    )
    parser.add_argument("--media", required=True, type=Path, metavar="DIR", help="MEDIA_ROOT of the Django backend")
    parser.add_argument("--dry-run", action="store_true", help="only show what would be taken over")


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = Settings.from_env(gather(environ))
    if not arguments.media.is_dir():
        raise NotFound(f"{arguments.media} is not a folder. --media is MEDIA_ROOT of the Django backend.")
    source = read(arguments.database)
    print(_found("accounts", source.user_table, len(source.users)), flush=True)
    print(_found("films", source.film_table, len(source.films)), flush=True)
    return asyncio.run(_import(settings, source, arguments.media, dry_run=arguments.dry_run))


def _found(what: str, table: str | None, number: int) -> str:
    return f"{what}: {number} in the table {ui.printable(table)}" if table else f"{what}: no table has them"


async def _import(settings: Settings, source: Source, media: Path, *, dry_run: bool) -> int:
    storage = open_storage(settings)
    storage.prepare()
    async with open_services(settings) as (database, queues):
        with single_import(settings.data_dir):
            films = FilmImport(settings, database, storage, media)
            take = _show if dry_run else _take_over
            problems = await take(database, films, source)
        if not dry_run:
            await start_work(database, queues)
    return 1 if problems else 0


async def _show(database: Database, films: FilmImport, source: Source) -> int:
    """Print tables of what would be taken over and what not; the number of what cannot."""
    async with database.connection() as connection:
        users = await django_users.judge(connection, source.users)
    verdicts = [one async for one in _judge_all(films, source.films)]
    _print_table("Accounts", ("id", "e-mail", "becomes", "note"), [_user_row(one) for one in users])
    _print_table("Films", ("id", "title", "file", "becomes", "note"), [_film_row(one) for one in verdicts])
    problems = _count("accounts", users, "would be taken over") + _count("films", verdicts, "would be taken over")
    print("nothing was changed")
    return problems


async def _take_over(database: Database, films: FilmImport, source: Source) -> int:
    """Take over the accounts, all at once, then each film. Returns the number of what cannot come."""
    users = await django_users.insert(database, source.users)
    for user in users:
        if note := _user_note(user):
            print(f"account {_named(user)}: {note}", flush=True)
    problems = _count("accounts", users, "taken over")
    verdicts = [await _add(films, one) async for one in _judge_all(films, source.films, reserve=True)]
    return problems + _count("films", verdicts, "taken over")


async def _judge_all(
    films: FilmImport, sources: Sequence[SourceFilm], *, reserve: bool = False
) -> AsyncIterator[FilmVerdict]:
    """Verdicts in the order of the films; as many films are examined at the same time as there are cores."""
    await films.prepare(sources)
    if reserve:
        await films.reserve(sources)
    for begin in range(0, len(sources), cores()):
        for verdict in await asyncio.gather(*map(films.judge, sources[begin : begin + cores()])):
            yield verdict


async def _add(films: FilmImport, verdict: FilmVerdict) -> FilmVerdict:
    """Add the film if it comes over, and print what became of it."""
    name = f"film {ui.printable(verdict.source.key)} ({ui.printable(verdict.source.title)})"
    if verdict.file is not None:
        try:
            video_id = await films.add(verdict)
        except (NotAFilm, StorageUnavailable, OSError) as reason:
            verdict = FilmVerdict(source=verdict.source, note=why(reason))
        else:
            other = "" if video_id == verdict.source.id else f", which was {verdict.source.key} there"
            note = f"; {verdict.note}" if verdict.note else ""
            print(f"video {video_id}{other}: {ui.printable(verdict.title + note)}", flush=True)
    if verdict.is_refused:
        print(f"{name}: {ui.printable(verdict.note)}", flush=True)
    return verdict


def _user_note(verdict: UserVerdict) -> str:
    """What is worth a line: what is refused or different, and every administrator."""
    if verdict.account and verdict.account.is_staff and verdict.account.is_active:
        return f"administrator{f'; {verdict.note}' if verdict.note else ''}"
    return ui.printable(verdict.note)


def _named(verdict: UserVerdict) -> str:
    source = verdict.source
    return ui.printable(f"{source.key} ({source.email or source.username or 'without a name'})")


def _count(what: str, verdicts: Sequence[UserVerdict] | Sequence[FilmVerdict], verb: str) -> int:
    """Print how many come over, are here already and cannot come; the number of the last."""
    known, refused = sum(one.is_known for one in verdicts), sum(one.is_refused for one in verdicts)
    new = len(verdicts) - known - refused
    print(f"{what}: {new} {verb}, {known} here already, {refused} not taken over", flush=True)
    return refused


def _user_row(verdict: UserVerdict) -> tuple[str, ...]:
    if verdict.account is None:
        becomes = "is here already" if verdict.is_known else "—"
    else:
        role = "administrator" if verdict.account.is_staff else "account"
        becomes = f"{role} {verdict.account.id or '(new id)'}"
    return verdict.source.key, verdict.source.email or verdict.source.username, becomes, verdict.note


def _film_row(verdict: FilmVerdict) -> tuple[str, ...]:
    if verdict.file is None:
        becomes = "is here already" if verdict.is_known else "—"
    else:
        becomes = f"video {verdict.video_id or '(new id)'}, {format_bytes(verdict.file.stat().st_size)}"
    return verdict.source.key, verdict.title, verdict.source.file, becomes, verdict.note


def _print_table(title: str, columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> None:
    table = ui.table(title, text=columns)
    for row in rows:
        table.add_row(*(escape(ui.printable(cell)) for cell in row))
    Console(highlight=False).print(table)
