"""Makes a backup, of a running server or a stopped one: everything is of the moment at which it begins."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from msgspec import Struct

from videoflix.backup import manifest as manifests
from videoflix.backup import postgres, queries
from videoflix.backup.database import dump
from videoflix.backup.folder import BackupWriter, writing
from videoflix.backup.models import MEDIA, BackupFile, Manifest, TableRows
from videoflix.backup.variables import as_dotenv
from videoflix.db.pool import Connection, open_database
from videoflix.errors import BackupError
from videoflix.settings import Settings
from videoflix.storage import last_backup, names
from videoflix.storage import queries as stored
from videoflix.storage.last_backup import LastBackup
from videoflix.storage.opening import open_storage
from videoflix.storage.storage import Storage

# Called with what is done now, and how much of it is done, from 0 to 1.
Show = Callable[[str, float], None]


class Large(Struct, frozen=True):
    """Which large files are part of a backup."""

    originals: bool
    films: bool


class _Snapshot(Struct, frozen=True, kw_only=True):
    """What one transaction sees: the major versions of PostgreSQL and pg_dump, what the tables contain, how many
    videos have no original, and the names of the stored files that belong to that."""

    server: int
    program: int
    migrations: list[str]
    rows: dict[str, TableRows]
    only_encoded: int
    media: list[str]


async def back_up(
    settings: Settings, variables: Mapping[str, str], target: Path, large: Large, show: Show
) -> Manifest:
    """Back up the database, the variables, the chosen thumbnails and what `large` says into a folder. If that fails,
    nothing is left of it. Raises BackupError, DatabaseUnavailable, StackError, OSError."""
    finished = None
    async with postgres.running(settings):
        finished = await _write(settings, variables, target, large, show)
    if finished is None:  # postgres.running ends without an error when a signal stops it
        raise KeyboardInterrupt
    _remember(settings, target, finished)
    return finished


async def _write(
    settings: Settings, variables: Mapping[str, str], target: Path, large: Large, show: Show
) -> Manifest:
    storage, database = open_storage(settings), await open_database(settings, most=1)
    try:
        with writing(target) as writer:
            _write_variables(writer.run, variables)
            show("backing up the database", 0.0)
            async with (
                database.connection() as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                snapshot = await _read(connection, settings, storage, large, writer.run)
            files = [writer.describe(path.name) for path in sorted(writer.run.iterdir())]
            files += await _add(writer, storage, snapshot.media, show)
            manifest = _describe(snapshot, large, writer.run.name, files)
            await asyncio.to_thread(writer.finish, manifest)
    finally:
        await database.close()
    return manifest


async def _read(connection: Connection, settings: Settings, storage: Storage, large: Large, run: Path) -> _Snapshot:
    """Dump the database into the folder of the run. Needs a transaction whose snapshot does not change."""
    migrations = await queries.migrations(connection)
    if not migrations:
        raise BackupError(f"the database {settings.db_name} is empty: there is nothing to back up")
    if await queries.is_unfinished(connection):
        raise BackupError(
            f"a restore into the database {settings.db_name} was interrupted. Run bin/restore again first"
        )
    server, snapshot = await queries.server_version(connection), await queries.export_snapshot(connection)
    program = await dump(settings, server, snapshot, run / manifests.DUMP)
    await queries.prepare_comparison(connection)
    rows = await queries.rows(connection)
    return _Snapshot(
        server=server,
        program=program,
        migrations=migrations,
        rows=rows,
        only_encoded=sum(one.original_bytes is None for one in await stored.videos(connection)),
        media=await _thumbnails(connection) + await _large_files(connection, storage, large),
    )


async def _add(writer: BackupWriter, storage: Storage, media: list[str], show: Show) -> list[BackupFile]:
    """Add stored files, except those that were deleted meanwhile."""
    files = []
    unique = list(dict.fromkeys(media))  # chosen thumbnails are among the files of films, too
    for number, name in enumerate(unique):
        show("backing up the files", number / len(unique))
        with suppress(FileNotFoundError):
            async with storage.as_file(name, keep=False) as path:
                added = await asyncio.to_thread(writer.add, path, MEDIA + name)
            files += [added] if added else []
    return files


def _describe(snapshot: _Snapshot, large: Large, run: str, files: list[BackupFile]) -> Manifest:
    return Manifest(
        format=manifests.FORMAT,
        version=version("videoflix"),
        made_at=datetime.now(UTC),
        server=snapshot.server,
        program=snapshot.program,
        migrations=snapshot.migrations,
        rows=snapshot.rows,
        has_originals=large.originals,
        has_films=large.films,
        only_encoded=snapshot.only_encoded,
        run=run,
        files=files,
    )


async def _thumbnails(connection: Connection) -> list[str]:
    """What was uploaded or chosen, which nothing can make again without the original."""
    chosen = set(await queries.chosen_thumbnails(connection))
    media = [names.thumbnail_source(video_id) for video_id in sorted(chosen)]
    for one in await stored.versions(connection):
        if one.video_id in chosen and one.thumbnail:
            widths = names.thumbnail_widths(one.thumbnail_width)
            media += [names.thumbnail(one.video_id, one.version, one.thumbnail, width) for width in widths]
    return media


async def _large_files(connection: Connection, storage: Storage, large: Large) -> list[str]:
    media: list[str] = []
    if large.originals:
        videos = await stored.videos(connection)
        media += [names.original(one.id) for one in videos if one.original_bytes is not None]
    if large.films:
        for one in await stored.versions(connection):
            if not one.is_replaced:
                media += sorted(await asyncio.to_thread(storage.sizes, names.version(one.video_id, one.version)))
    return media


def _write_variables(run: Path, variables: Mapping[str, str]) -> None:
    """Secrets are in a file of their own. All files of a backup are private (0600), because the database contains
    secrets as well."""
    secret = Settings.secret_variables()
    for name, is_secret in ((manifests.SETTINGS, False), (manifests.SECRETS, True)):
        file = run / name
        file.touch(mode=0o600)
        file.write_text(as_dotenv({key: value for key, value in variables.items() if (key in secret) == is_secret}))


def _remember(settings: Settings, target: Path, manifest: Manifest) -> None:
    last_backup.write(
        settings.data_dir,
        LastBackup(
            finished_at=datetime.now(UTC),
            folder=str(target.resolve()),
            bytes=manifest.bytes,
            has_originals=manifest.has_originals,
            has_films=manifest.has_films,
        ),
    )
