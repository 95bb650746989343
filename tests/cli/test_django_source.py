"""The tables of every Django backend are recognised, in PostgreSQL and SQLite."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli import django_backends as backends
from tests.fixtures.services import Services
from videoflix.cli.django_source import Source, read
from videoflix.cli.django_tables import SourceFilm, SourceUser
from videoflix.errors import SourceUnreadable


def _rows(shape: str) -> list[tuple[str, dict[str, object]]]:
    (users, _), (films, columns), others = backends.SHAPES[shape]
    file = next(
        (name for name in ("original_video_file", "original_file", "video_file", "file") if name in columns), ""
    )
    rows = [
        backends.user(users, 7, "eve@example.org", is_superuser=True, last_login="2025-01-02 03:04:05"),
        backends.user(users, 12, "", is_active=False),
    ]
    genre = {"genre_id": 3} if "genre_id" in columns else {"category": "Drama"}
    day = {"created_at": "2023-04-05"} if "created_at" in columns else {}
    if "genre_id" in columns:
        rows.append(("video_genres", {"id": 3, "title" if "title" in others["video_genres"] else "name": "Drama"}))
    rows.append(backends.film(films, 41, "Heat", {file: "videos/heat.mp4"} if file else {}, **genre, **day))
    rows.append(backends.film(films, 42, "Alien", {}, thumbnail="thumbnails/alien.jpg"))
    return rows


def _check(source: Source, shape: str) -> None:
    (users, _), (films, columns), _ = backends.SHAPES[shape]
    assert (source.user_table, source.film_table) == (users, films)
    assert source.users == [
        SourceUser(
            id=7,
            key="7",
            email="eve@example.org",
            username="eve@example.org" if users in backends.WITH_NAMES else "",
            password="!",
            is_active=True,
            is_admin=True,
            created_at=datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC),
            last_login=datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC),
        ),
        source.users[1],
    ]
    assert (source.users[1].email, source.users[1].is_active, source.users[1].last_login) == ("", False, None)
    heat = SourceFilm(
        id=41,
        key="41",
        title="Heat",
        description="About Heat",
        category="Drama",
        file="videos/heat.mp4" if "file" in columns else "",
        thumbnail="",
        created_at=datetime(2023, 4, 5, tzinfo=UTC) if "created_at" in columns else None,
    )
    assert source.films[0] == heat
    assert [(one.file, one.thumbnail, one.category) for one in source.films[1:]] == [("", "thumbnails/alien.jpg", "")]


@pytest.mark.parametrize("shape", backends.SHAPES)
def test_tables_in_sqlite_are_recognised(tmp_path: Path, shape: str) -> None:
    file = tmp_path / "db #1?.sqlite3"
    _check(read(backends.fill_sqlite(file, shape, _rows(shape))), shape)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("shape", backends.SHAPES)
def test_tables_in_postgresql_are_recognised(source_database: str, shape: str) -> None:
    _check(read(backends.fill_postgresql(source_database, shape, _rows(shape))), shape)


def test_our_own_tables_are_not_those_of_a_backend(services: Services, environ: dict[str, str]) -> None:
    address = services.address(environ["DB_NAME"])
    with pytest.raises(SourceUnreadable, match="neither a table of accounts"):
        read(address)


def test_values_that_django_does_not_write_are_read_too(tmp_path: Path) -> None:
    file = tmp_path / "db.sqlite3"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE films (id text, title, description, file, created_at, category)")
        connection.execute(
            "INSERT INTO films VALUES ('0b6c', 7, NULL, X'66ff', 'yesterday', 'a' || char(0) || 'b'), "
            "(9999999999, 'B', '', NULL, '', NULL)"
        )
    first, second = sorted(read(str(file)).films, key=lambda film: film.title)
    assert (first.id, first.key, first.title, first.description, first.created_at) == (None, "0b6c", "7", "", None)
    assert first.category == "ab"
    assert (second.id, second.key, second.file) == (None, "9999999999", "")


def test_a_source_that_cannot_be_read_is_refused_with_the_reason(tmp_path: Path, services: Services) -> None:
    (tmp_path / "dump.sql").write_text("-- PostgreSQL database dump\n" * 100)
    (tmp_path / "empty.sqlite3").touch()
    for database, reason in (
        (str(tmp_path / "nothing"), "neither a file nor an address"),
        (str(tmp_path / "dump.sql"), "not a database"),
        (str(tmp_path / "empty.sqlite3"), "neither a table of accounts"),
        (services.address("nothing_here"), 'database "nothing_here" does not exist'),
        ("postgresql://videoflix@127.0.0.1:1/x", "refused"),
        ("postgresql://videoflix@127.0.0.1:port/x", "port"),
    ):
        with pytest.raises(SourceUnreadable, match=reason) as refusal:
            read(database)
        assert "\n" not in refusal.value.detail
