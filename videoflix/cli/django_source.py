"""Reads the accounts and films of a Django backend from its database, PostgreSQL or SQLite, without changing it."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import psycopg
from msgspec import Struct

from videoflix.cli import django_tables
from videoflix.cli.django_tables import Row, SourceFilm, SourceUser, Tables
from videoflix.errors import SourceUnreadable

POSTGRESQL = ("postgresql://", "postgres://")
CONNECT_SECONDS = 10


class Source(Struct, frozen=True):
    """What a database contains, and the tables that it was read from; None if there is no such table."""

    users: list[SourceUser]
    films: list[SourceFilm]
    user_table: str | None
    film_table: str | None


class _Connection(Protocol):
    """What PostgreSQL and SQLite have in common."""

    def execute(self, query: Any, /) -> Any: ...


def read(database: str) -> Source:
    """Read `postgresql://…` or a SQLite file. Raises SourceUnreadable."""
    try:
        if database.startswith(POSTGRESQL):
            with _open_postgresql(database) as connection:
                return _read(connection, _postgresql_tables(connection))
        with _open_sqlite(Path(database.removeprefix("sqlite:///"))) as connection:
            return _read(connection, _sqlite_tables(connection))
    except (psycopg.Error, sqlite3.Error) as error:
        reason = str(error).strip().partition("\n")[0]
        raise SourceUnreadable(f"The database to import from cannot be read: {reason}") from error


@contextmanager
def _open_postgresql(address: str) -> "Iterator[psycopg.Connection[Any]]":
    """All queries see the same state, also while the other backend is running."""
    with closing(psycopg.connect(address, connect_timeout=CONNECT_SECONDS)) as connection:
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield connection


@contextmanager
def _open_sqlite(file: Path) -> Iterator[sqlite3.Connection]:
    if not file.is_file():
        raise SourceUnreadable(f"{file} is neither a file nor an address that begins with postgresql://.")
    with closing(sqlite3.connect(f"file:{quote(str(file.resolve()))}?mode=ro", uri=True)) as connection:
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        connection.execute("BEGIN")
        yield connection


def _postgresql_tables(connection: _Connection) -> Tables:
    """The tables that are found without a schema in front of their names."""
    found = connection.execute(
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND pg_table_is_visible(c.oid) "
        "AND c.relnamespace <> 'pg_catalog'::regnamespace"
    )
    return _by_table(found.fetchall())


def _sqlite_tables(connection: _Connection) -> Tables:
    found = connection.execute(
        "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'"
    )
    return _by_table(found.fetchall())


def _by_table(found: Sequence[tuple[str, str]]) -> Tables:
    columns: dict[str, set[str]] = {}
    for table, column in found:
        columns.setdefault(table, set()).add(column)
    return {table: frozenset(of_table) for table, of_table in columns.items()}


def _read(connection: _Connection, tables: Tables) -> Source:
    """Raises SourceUnreadable if there are neither accounts nor films."""
    users = _largest(connection, django_tables.user_tables(tables))
    films = _largest(connection, django_tables.film_tables(tables))
    if users is None and films is None:
        raise SourceUnreadable(
            "The database has neither a table of accounts (id, password, email, is_active) nor one of videos (id, "
            "title, description, a file or category). Is it the database of the Django backend?"
        )
    return Source(
        [django_tables.user(row) for row in _rows(connection, users)] if users else [],
        _films(connection, tables, films) if films else [],
        users,
        films,
    )


def _largest(connection: _Connection, names: Sequence[str]) -> str | None:
    """The table with most rows."""
    if len(names) < 2:
        return next(iter(names), None)
    return max(sorted(names), key=lambda name: int(connection.execute(_select("count(*)", name)).fetchone()[0]))


def _films(connection: _Connection, tables: Tables, table: str) -> list[SourceFilm]:
    column = django_tables.category_column(tables[table])
    names = django_tables.category_table(tables, column) if column else None
    categories = {row["id"]: str(row[names[1]]) for row in _rows(connection, names[0])} if names else {}
    return [django_tables.film(row, categories) for row in _rows(connection, table)]


def _rows(connection: _Connection, table: str) -> list[Row]:
    cursor = connection.execute(f"{_select('*', table)} ORDER BY id")
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def _select(what: str, table: str) -> str:
    """The name of a table is what the database itself says."""
    return 'SELECT {} FROM "{}"'.format(what, table.replace('"', '""'))  # noqa: S608
