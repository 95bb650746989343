"""Brings the schema up to date with yoyo; a step of its own, before any process serves."""

import warnings
from collections.abc import Callable
from contextlib import closing
from typing import Any, TypeAlias

import psycopg

from videoflix.db.loader import resource
from videoflix.errors import MigrationFailed
from videoflix.settings import Settings

Connection: TypeAlias = "psycopg.Connection[Any]"

# Any number that only we use: who holds this advisory lock is the one that migrates.
MIGRATING = 0x766964656F


def apply(settings: Settings, afterwards: Callable[[Connection], None]) -> list[str]:
    """Apply what is missing, then do `afterwards`; the names of what was applied.

    yoyo's own lock is a row that a killed run leaves behind. Here PostgreSQL's advisory lock, which dies
    with its connection, decides who migrates, so a left row can be removed without a look.

    All that is missing is tried first in one transaction that is rolled back: yoyo commits each migration by itself,
    and writes tables of its own before the first.

    Raises psycopg.OperationalError if the database cannot be reached, MigrationFailed if it does not take our tables.
    """
    with closing(psycopg.connect(settings.database_url, autocommit=True, connect_timeout=10)) as guard:
        guard.execute("SELECT pg_advisory_lock(%s)", (MIGRATING,))
        _rehearse(guard, settings.db_name)
        backend, migrations = open_backend(settings)
        with closing(backend.connection):
            backend.break_lock()
            missing = backend.to_apply(migrations)
            with backend.lock():
                backend.apply_migrations(missing)
        afterwards(guard)
        return [migration.id for migration in missing]


def pending(settings: Settings) -> list[str]:
    """The names of what `apply` would apply; changes nothing. Raises psycopg.Error."""
    with closing(psycopg.connect(settings.database_url, connect_timeout=10)) as connection:
        return _missing(connection)


def _missing(connection: Connection) -> list[str]:
    names = sorted(file.stem for file in resource("migrations").glob("*.sql") if ".rollback" not in file.name)
    known = connection.execute("SELECT to_regclass('_yoyo_migration')").fetchone()
    if not known or known[0] is None:
        return names
    applied = {row[0] for row in connection.execute("SELECT migration_id FROM _yoyo_migration")}
    return [name for name in names if name not in applied]


def _rehearse(connection: Connection, database: str) -> None:
    """Raises MigrationFailed if the database holds something foreign under our names, or does not let us."""
    missing = _missing(connection)
    try:
        with connection.transaction(force_rollback=True):
            for name in missing:
                connection.execute((resource("migrations") / f"{name}.sql").read_bytes())
    except psycopg.OperationalError:
        raise
    except psycopg.Error as refusal:
        reason = str(refusal).partition("\n")[0]
        raise MigrationFailed(
            f"the database {database} does not take the tables of Videoflix ({name}: {reason}). Nothing was changed. "
            "Choose a database that is Videoflix's alone with DB_NAME, whose owner is DB_USER."
        ) from refusal


def open_backend(settings: Settings) -> tuple[Any, Any]:
    """yoyo's backend and the migrations, for those who also want to go back."""
    from yoyo import get_backend, read_migrations

    url = settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # yoyo's, not ours
        return get_backend(url), read_migrations(str(resource("migrations")))
