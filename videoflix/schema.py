"""Brings the database up to date: the migrations, and what only Python can fill in after them."""

from videoflix.accounts.email_keys import fill_email_keys
from videoflix.db import migrations
from videoflix.settings import Settings


def migrate(settings: Settings) -> list[str]:
    """The names of the migrations that were applied.

    Raises psycopg.OperationalError if the database cannot be reached, MigrationFailed if it does not take our tables.
    """
    return migrations.apply(settings, fill_email_keys)
