"""Recognises the tables of a Django backend by their columns, and turns their rows into accounts and films."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, TypeAlias

from msgspec import Struct

# The names of the columns, by the name of the table.
Tables: TypeAlias = Mapping[str, frozenset[str]]
Row: TypeAlias = Mapping[str, Any]

USER = {"id", "password", "email", "is_active"}
FILM = {"id", "title", "description"}
# What a table of films without names of files has as well. Our own tables, which may be beside it, have not.
WITHOUT_FILE = {"thumbnail", "created_at"}
# The first of these that is filled is used: some backends have one for the original and one for what they made of it.
FILES = ("original_video_file", "original_file", "video_file", "file")
CATEGORIES = {"category": "category", "genre": "genre", "category_id": "categor", "genre_id": "genre"}
NAMES = ("name", "title", "label")
# The largest id of Django's AutoField. A larger one would move ours beyond what clients read exactly.
MAX_ID = 2**31 - 1


class SourceUser(Struct, frozen=True, kw_only=True):
    """An account of the other backend. `key` is its id as text; `id` is None if it is not a number to keep."""

    id: int | None
    key: str
    email: str
    username: str
    password: str
    is_active: bool
    is_admin: bool
    created_at: datetime | None
    last_login: datetime | None


class SourceFilm(Struct, frozen=True, kw_only=True):
    """A film of the other backend. `key` is its id as text. Its files are relative to MEDIA_ROOT, or empty."""

    id: int | None
    key: str
    title: str
    description: str
    category: str
    file: str
    thumbnail: str
    created_at: datetime | None


def user_tables(tables: Tables) -> list[str]:
    """The tables that may be those of accounts. An unused `auth_user` may be left over beside another one."""
    return [name for name, columns in tables.items() if columns >= USER]


def film_tables(tables: Tables) -> list[str]:
    """The tables that may be those of films: those that name files, if there are any."""
    films = {name: columns for name, columns in tables.items() if columns >= FILM}
    with_files = [name for name, columns in films.items() if file_column(columns)]
    return with_files or [name for name, columns in films.items() if columns >= WITHOUT_FILE]


def file_column(columns: frozenset[str]) -> str | None:
    return next((name for name in FILES if name in columns), None)


def category_column(columns: frozenset[str]) -> str | None:
    return next((name for name in CATEGORIES if name in columns), None)


def category_table(tables: Tables, column: str) -> tuple[str, str] | None:
    """The table that a column of ids refers to, such as `video_genres`, and the column with the names."""
    if not column.endswith("_id"):
        return None
    for table in sorted(tables, key=len):
        name = next((name for name in NAMES if name in tables[table]), None)
        if name and "id" in tables[table] and CATEGORIES[column] in table and not file_column(tables[table]):
            return table, name
    return None


def user(row: Row) -> SourceUser:
    return SourceUser(
        id=_kept_id(row["id"]),
        key=str(row["id"]),
        email=_text(row["email"]),
        username=_text(row.get("username")),
        password=_text(row["password"]),
        is_active=bool(row["is_active"]),
        is_admin=bool(row.get("is_staff")) or bool(row.get("is_superuser")),
        created_at=_time(row.get("date_joined")),
        last_login=_time(row.get("last_login")),
    )


def film(row: Row, categories: Mapping[Any, str]) -> SourceFilm:
    """`categories` has the names by their ids; without one for it, the category is what the row says."""
    category = category_column(frozenset(row))
    told = row[category] if category else None
    return SourceFilm(
        id=_kept_id(row["id"]),
        key=str(row["id"]),
        title=_text(row["title"]),
        description=_text(row["description"]),
        category=categories.get(told, "") if category and category.endswith("_id") else _text(told),
        file=next((name for name in (_text(row.get(column)) for column in FILES) if name), ""),
        thumbnail=_text(row.get("thumbnail")),
        created_at=_time(row.get("created_at")),
    )


def _kept_id(value: object) -> int | None:
    return value if isinstance(value, int) and 0 < value <= MAX_ID else None


def _text(value: object) -> str:
    """Without NUL, which PostgreSQL cannot store."""
    return "" if value is None else str(value).replace("\0", "").strip()


def _time(value: object) -> datetime | None:
    """A time, a date, or SQLite's text of one. Without a time zone it is UTC, as Django writes it."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)
