"""The tables of the Django backends as their migrations leave them, and rows in them."""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from argon2 import PasswordHasher

OF_USERS = (
    "password varchar(128) NOT NULL, last_login timestamp NULL, is_superuser boolean NOT NULL, {} "
    "email varchar(254) NOT NULL, is_staff boolean NOT NULL, is_active boolean NOT NULL, "
    "date_joined timestamp NOT NULL"
)
NAMED = OF_USERS.format("username varchar(150) NOT NULL,")
UNNAMED = OF_USERS.format("")
OF_FILMS = "title varchar(255) NOT NULL, description text NOT NULL, thumbnail varchar(100) NULL"
# The table of accounts with its columns, the one of films, and others beside them.
SHAPES: dict[str, tuple[tuple[str, str], tuple[str, str], dict[str, str]]] = {
    "auth_user, content_video": (
        ("auth_user", NAMED),
        ("content_video", f"{OF_FILMS}, category varchar(50), video_file varchar(100), created_at date"),
        {"content_videoprogress": "video_id bigint, title varchar(10), seconds integer"},
    ),
    "accounts_user, videos_video": (
        ("accounts_user", UNNAMED),
        ("videos_video", f"{OF_FILMS}, category varchar(50), original_file varchar(100), created_at timestamp"),
        {"auth_user": NAMED},
    ),
    "auth_app_customuser, videos_video with genres": (
        ("auth_app_customuser", NAMED),
        (
            "videos_video",
            f"{OF_FILMS}, genre_id bigint, original_video_file text, video_file varchar(100), created_at timestamp",
        ),
        {"video_genres": "name varchar(50)", "video_genres_of_users": "user_id bigint, genre_id bigint"},
    ),
    "videos_video without files": (
        ("auth_user", NAMED),
        ("videos_video", f"{OF_FILMS}, category varchar(50), created_at timestamp"),
        {"django_content_type": "app_label varchar(100), model varchar(100)"},
    ),
    "videos": (
        ("accounts_user", UNNAMED),
        ("videos", f"{OF_FILMS}, category varchar(50), file varchar(100), created_at timestamp"),
        {},
    ),
    "video_app_video": (
        ("accounts_user", UNNAMED),
        ("video_app_video", f"{OF_FILMS}, genre_id bigint, video_file varchar(100), created_at timestamp"),
        {"video_genres": "title varchar(50)"},
    ),
    "video_video": (
        ("auth_user", NAMED),
        ("video_video", f"{OF_FILMS}, category varchar(50), file varchar(100), file_720p varchar(100)"),
        {},
    ),
}
WITH_NAMES = ("auth_user", "auth_app_customuser")
NEEDED = {
    "password": "!",
    "is_superuser": False,
    "is_staff": False,
    "is_active": True,
    "date_joined": "2024-05-06 07:08:09",
}
# Of Django's own tests, for the password `lètmein`.
PBKDF2 = "pbkdf2_sha256$720000$seasalt$eDupbcisD1UuIiou3hMuMu8oe/XwnpDw45r6AA5iv0E="


def argon2(password: str) -> str:
    """With the parameters of Django, but less memory."""
    return f"argon2{PasswordHasher(2, 1024, 8).hash(password)}"


def create(shape: str) -> list[str]:
    """The statements that create the tables of a backend, for PostgreSQL and SQLite."""
    users, films, others = SHAPES[shape]
    tables = [users, films, *others.items()]
    return [f"CREATE TABLE {name} (id integer NOT NULL PRIMARY KEY, {columns})" for name, columns in tables]


def insert(table: str, row: Mapping[str, Any], mark: str) -> tuple[str, tuple[Any, ...]]:
    """The statement that inserts a row, and its values. `mark` is the parameter of the driver."""
    marks = ", ".join([mark] * len(row))
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values())  # noqa: S608


def fill_sqlite(file: Path, shape: str, rows: Iterable[tuple[str, Mapping[str, Any]]] = ()) -> str:
    """Create or fill a SQLite database; what `--database` takes."""
    with closing(sqlite3.connect(file)) as connection, connection:
        if not connection.execute("SELECT * FROM sqlite_master").fetchall():
            for statement in create(shape):
                connection.execute(statement)
        for table, row in rows:
            connection.execute(*insert(table, row, "?"))
    return str(file)


def fill_postgresql(address: str, shape: str, rows: Iterable[tuple[str, Mapping[str, Any]]] = ()) -> str:
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in create(shape):
            connection.execute(statement.encode())
        for table, row in rows:
            statement, values = insert(table, row, "%s")
            connection.execute(statement.encode(), values)
    return address


def user(table: str, user_id: int, email: str, **columns: Any) -> tuple[str, dict[str, Any]]:
    name = {"username": email} if table in WITH_NAMES else {}
    return table, {"id": user_id, "email": email, **NEEDED, **name, **columns}


def film(table: str, film_id: int, title: str, file: Mapping[str, str], **columns: Any) -> tuple[str, dict[str, Any]]:
    return table, {"id": film_id, "title": title, "description": f"About {title}", **file, **columns}
