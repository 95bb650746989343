"""Updates the database schema: applies migrations, then fills the columns that only Python can compute."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from videoflix.accounts.email_keys import fill_email_keys
from videoflix.db import migrations
from videoflix.errors import DatabaseUnavailable
from videoflix.library.search_index import fill_search_index
from videoflix.settings import Settings


def migrate(settings: Settings) -> list[str]:
    """Apply the missing migrations and return their names, before a server uses the database.

    Raises DatabaseUnavailable, or MigrationFailed, also after an interrupted restore.
    """
    with _database_errors():
        migrations.check_finished(settings)
    return update(settings)


def update(settings: Settings) -> list[str]:
    """The same for a restore, which is not finished yet. Raises DatabaseUnavailable or MigrationFailed."""
    with _database_errors():
        return migrations.apply(settings, _fill_columns)


@contextmanager
def _database_errors() -> Iterator[None]:
    try:
        yield
    except psycopg.OperationalError as error:
        why = f"the database does not answer: {str(error).strip()}"
        raise DatabaseUnavailable(f"{why} (see DB_HOST, DB_PORT, DB_USER and DB_PASSWORD)") from error


def _fill_columns(connection: migrations.Connection) -> None:
    fill_email_keys(connection)
    fill_search_index(connection)
