"""Brings the schema up to date with yoyo; a step of its own, before any process serves."""

import warnings
from contextlib import closing

import psycopg

from videoflix.db.queries import resource
from videoflix.settings import Settings

# Any number that only we use: who holds this advisory lock is the one that migrates.
MIGRATING = 0x766964656F


def migrate(settings: Settings) -> list[str]:
    """Apply what is missing; the names of what was applied.

    yoyo's own lock is a row that a killed run leaves behind. Here PostgreSQL's advisory lock, which dies
    with its connection, decides who migrates, so a left row can be removed without a look.

    Raises psycopg.Error if the database cannot be reached or a migration fails (and is rolled back).
    """
    with (
        closing(psycopg.connect(settings.database_url, autocommit=True, connect_timeout=10)) as guard,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", DeprecationWarning)  # yoyo's, not ours
        guard.execute("SELECT pg_advisory_lock(%s)", (MIGRATING,))
        backend, migrations = open_backend(settings)
        with closing(backend.connection):
            backend.break_lock()
            pending = backend.to_apply(migrations)
            names = [migration.id for migration in pending]
            with backend.lock():
                backend.apply_migrations(pending)
        return names


def open_backend(settings: Settings):  # type: ignore[no-untyped-def]
    """yoyo's backend and the migrations, for those who also want to go back."""
    from yoyo import get_backend, read_migrations

    url = settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    return get_backend(url), read_migrations(str(resource("migrations")))
