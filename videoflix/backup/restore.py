"""Restores a backup: into an empty database and a data folder that nothing else uses, or aside to verify it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from videoflix import durable
from videoflix.backup import manifest as manifests
from videoflix.backup import postgres, queries
from videoflix.backup.check import Show
from videoflix.backup.database import find_program, load
from videoflix.backup.folder import copy_or_link
from videoflix.backup.missing import Incomplete, queue_missing
from videoflix.backup.models import MEDIA, BackupFile, Manifest
from videoflix.db.pool import Connection, Database, open_database
from videoflix.errors import BackupError, DiskFull, VideoflixError
from videoflix.schema import update as update_schema
from videoflix.settings import Settings
from videoflix.storage.opening import open_storage
from videoflix.storage.storage import Storage

KEY_FILE = Path("secrets", "secret_key")


async def restore(settings: Settings, folder: Path, manifest: Manifest, key: str, show: Show) -> Incomplete:
    """Restore a checked backup, migrate it, and queue what is missing of the films. If that fails, nothing is left
    of it. `key`, if not empty, becomes the SECRET_KEY of the data folder.

    Raises BackupError, StackError if Videoflix is running, DatabaseUnavailable, MigrationFailed, OSError.
    """
    found = None
    async with postgres.exclusive(settings):
        database = await open_database(settings, most=2)
        try:
            async with database.connection() as connection:
                await _check_target(settings, connection)
            storage = open_storage(settings)
            storage.prepare()
            with _placed(storage, folder, manifest, show):
                async with _emptied_after_errors(settings, database):
                    show("restoring the database", 0.0)
                    await _restore_rows(settings, database, folder, manifest)
                    show("looking for what is missing", 0.0)
                    missing = await queue_missing(database, storage)
                    if key:
                        await asyncio.to_thread(_keep_key, settings, key)
                    async with database.transaction() as connection:
                        await queries.unmark_unfinished(connection)
            found = missing
        finally:
            await database.close()
    if found is None:  # postgres.exclusive ends without an error when a signal stops it
        raise KeyboardInterrupt
    return found


async def verify(settings: Settings, folder: Path, manifest: Manifest, show: Show) -> None:
    """Restore the database of a checked backup aside, compare it, migrate it, and remove it. Raises BackupError,
    DatabaseUnavailable, MigrationFailed, OSError."""
    is_done = False
    show("restoring the database aside", 0.0)
    async with postgres.aside(settings) as beside:
        database = await open_database(beside, most=2)
        try:
            await _restore_rows(beside, database, folder, manifest)
            is_done = True
        finally:
            await database.close()
    if not is_done:
        raise KeyboardInterrupt


async def _restore_rows(settings: Settings, database: Database, folder: Path, manifest: Manifest) -> None:
    """Until it is complete, the database is marked as unfinished. Raises BackupError, DatabaseUnavailable,
    MigrationFailed."""
    async with database.transaction() as connection:
        await _check_target(settings, connection)  # again: placing files may have taken hours
        program = await find_program(connection, manifest)
        await queries.drop_everything(connection)
        await queries.mark_unfinished(connection)
    await load(settings, database, manifest, program, folder / manifest.run / manifests.DUMP)
    await asyncio.to_thread(update_schema, settings)


@asynccontextmanager
async def _emptied_after_errors(settings: Settings, database: Database) -> AsyncIterator[None]:
    """Empty the database if the block fails. Where that is not possible, as on a full disk, it stays marked.

    Raises DiskFull if that was the reason.
    """
    try:
        yield
    except BaseException as error:
        is_full = isinstance(error, VideoflixError) and await asyncio.to_thread(postgres.is_disk_full, settings)
        with suppress(VideoflixError):
            async with database.transaction() as connection:
                await queries.drop_everything(connection)
        if is_full or isinstance(error, DiskFull):
            raise DiskFull("The disk of PostgreSQL is full, so nothing was restored.") from error
        raise


async def _check_target(settings: Settings, connection: Connection) -> None:
    """Raises BackupError if the database is in use, or not empty."""
    if await queries.is_in_use(connection):
        raise BackupError(
            f"Videoflix uses the database {settings.db_name}. Stop its web server and its workers first, on all hosts"
        )
    if await queries.is_unfinished(connection):
        return
    filled = await queries.unknown_tables(connection) or await queries.filled_tables(connection)
    if filled:
        raise BackupError(
            f"the database {settings.db_name} is not empty: it has the tables {', '.join(filled[:5])}. Nothing was "
            f"changed. If its contents are not needed, stop Videoflix and move {settings.data_dir} away, or, with a "
            "PostgreSQL of your own, create an empty database and name it with DB_NAME"
        )


@contextmanager
def _placed(storage: Storage, folder: Path, manifest: Manifest, show: Show) -> Iterator[None]:
    """Publish the files of the films; if the block fails, they are removed again. Files that are there already stay.
    Raises BackupError if one of them is another one, StorageUnavailable and OSError."""
    _check_no_other(storage, manifest)
    placed: list[str] = []
    try:
        for number, file in enumerate(manifest.media):
            show("restoring the files", number / len(manifest.media))
            if _place(storage, folder / manifest.stored(file), _name(file)):
                placed.append(_name(file))
        yield
    except BaseException:
        for name in reversed(placed):
            storage.remove(name)
        raise


def _check_no_other(storage: Storage, manifest: Manifest) -> None:
    """Published files never change, so one of another size is not of this library, or was replaced since."""
    other = [file.path for file in manifest.media if storage.size(_name(file)) not in (None, file.size)]
    if other:
        raise BackupError(
            f"the storage contains files that differ from those of the backup: {', '.join(other[:5])}. "
            "Nothing was changed. Move them away first"
        )


def _place(storage: Storage, stored: Path, name: str) -> bool:
    """Whether it was not there yet."""
    if storage.size(name) is not None:
        return False
    with storage.stage() as staged:
        copy_or_link(stored, staged / stored.name)
        storage.publish(staged / stored.name, name)
    return True


def _name(file: BackupFile) -> str:
    return file.path.removeprefix(MEDIA)


def _keep_key(settings: Settings, key: str) -> None:
    file = settings.data_dir / KEY_FILE
    file.parent.mkdir(mode=0o700, exist_ok=True)
    durable.write(file, key)
