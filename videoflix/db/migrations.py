"""Applies the schema migrations with yoyo. This is a separate step, before any process serves."""

import time
import warnings
from collections.abc import Callable
from contextlib import closing
from typing import Any, TypeAlias

import psycopg

from videoflix.db.loader import resource
from videoflix.errors import MigrationFailed
from videoflix.settings import Settings

Connection: TypeAlias = "psycopg.Connection[Any]"

# The key of the advisory lock of a migration run: any number that nothing else uses.
MIGRATION_LOCK = 0x766964656F

# A statement that waits for a table lock makes all later queries on the table wait behind it.
LOCK_TIMEOUT = "10s"
LOCK_POLL_SECONDS = 0.5
CONCURRENTLY = b" CONCURRENTLY"


def apply(settings: Settings, afterwards: Callable[[Connection], None]) -> list[str]:
    """Apply the missing migrations, then call `afterwards`; returns the names of what was applied.

    yoyo's own lock is a row, which a killed run leaves behind. PostgreSQL's advisory lock ends with its connection.
    So the advisory lock decides who migrates, and a row that was left is removed.

    In a new database all migrations are tried first in one transaction that is rolled back, because yoyo commits each
    of them separately and creates its own tables before the first. In one with data that would lock many tables.

    Raises psycopg.OperationalError if the database cannot be reached, and MigrationFailed if it does not accept our
    tables or one of them stays locked.
    """
    with closing(psycopg.connect(settings.database_url, autocommit=True, connect_timeout=10)) as guard:
        while not _is_locked_by_us(guard):
            time.sleep(LOCK_POLL_SECONDS)
        try:
            guard.execute("SELECT set_config('lock_timeout', %s, false)", (LOCK_TIMEOUT,))
            _try_in_new_database(guard, settings.db_name)
            applied = _apply_with_yoyo(settings)
            afterwards(guard)
        except psycopg.errors.LockNotAvailable as locked:
            raise MigrationFailed(
                f"a table of the database {settings.db_name} stayed locked for too long. "
                "Stop what uses it, such as a backup, or try again later."
            ) from locked
    return applied


def _apply_with_yoyo(settings: Settings) -> list[str]:
    backend, migrations = open_backend(settings)
    with closing(backend.connection):
        backend.break_lock()
        missing = backend.to_apply(migrations)
        with backend.lock():
            backend.apply_migrations(missing)
    return [migration.id for migration in missing]


def check_finished(settings: Settings) -> None:
    """Raises psycopg.OperationalError, or MigrationFailed if a restore was interrupted."""
    with closing(psycopg.connect(settings.database_url, connect_timeout=10)) as connection:
        if _exists(connection, "unfinished_restore"):
            raise MigrationFailed(
                f"a restore into the database {settings.db_name} was interrupted. Run bin/restore again"
            )


def pending(settings: Settings) -> list[str]:
    """The names of the migrations that `apply` would apply; changes nothing. Raises psycopg.Error."""
    with closing(psycopg.connect(settings.database_url, connect_timeout=10)) as connection:
        return _missing(connection)


def names() -> list[str]:
    """The migrations of this version, sorted."""
    return sorted(file.stem for file in resource("migrations").glob("*.sql") if ".rollback" not in file.name)


def _missing(connection: Connection) -> list[str]:
    all_names = names()
    if not _exists(connection, "_yoyo_migration"):
        return all_names
    applied = {row[0] for row in connection.execute("SELECT migration_id FROM _yoyo_migration")}
    return [name for name in all_names if name not in applied]


def _exists(connection: Connection, table: str) -> bool:
    found = connection.execute("SELECT to_regclass(%s)", (table,)).fetchone()
    return bool(found and found[0])


def _is_locked_by_us(connection: Connection) -> bool:
    """Take the lock of a migration run if it is free.

    A statement that waited for it would hold a snapshot, and CREATE INDEX CONCURRENTLY of the run that has the lock
    waits for all older snapshots.
    """
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (MIGRATION_LOCK,)).fetchone()
    return bool(row and row[0])


def _try_in_new_database(connection: Connection, database: str) -> None:
    """Raises MigrationFailed if the database has foreign objects under our names, or does not permit a statement."""
    all_names = names()
    if _missing(connection) != all_names:
        return
    try:
        with connection.transaction(force_rollback=True):
            for name in all_names:
                statements = (resource("migrations") / f"{name}.sql").read_bytes()
                connection.execute(statements.replace(CONCURRENTLY, b""))
    except psycopg.OperationalError:
        raise
    except psycopg.Error as refusal:
        reason = str(refusal).partition("\n")[0]
        remedy = "Choose a database that is Videoflix's alone with DB_NAME, whose owner is DB_USER."
        if _exists(connection, "django_migrations"):
            remedy += " This one is that of a Django backend, whose accounts and films bin/import-django takes over."
        raise MigrationFailed(
            f"the database {database} does not take the tables of Videoflix ({name}: {reason}). Nothing was changed. "
            f"{remedy}"
        ) from refusal


def open_backend(settings: Settings) -> tuple[Any, Any]:
    """yoyo's backend and the migrations; tests also use them to roll back.

    The lock timeout is part of the URL because yoyo opens a connection for each migration.
    """
    from yoyo import get_backend, read_migrations

    url = settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    url += f"&options=-c%20lock_timeout%3D{LOCK_TIMEOUT}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # yoyo's, not ours
        return get_backend(url), read_migrations(str(resource("migrations")))
