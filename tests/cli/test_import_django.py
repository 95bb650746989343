"""Moving over from a Django backend: accounts with their passwords, films with their ids, once and again."""

import asyncio
import os
import shutil
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from tests.cli.django_backends import PBKDF2, argon2, fill_postgresql, fill_sqlite, film, user
from tests.films import Films
from tests.fixtures.app import Client
from tests.fixtures.commands import Run
from tests.fixtures.encoding import Wait
from tests.fixtures.media import Media
from tests.fixtures.published import MakeUser
from videoflix.accounts.queries import audit, users
from videoflix.cli import django_users
from videoflix.cli.django_source import read
from videoflix.db.pool import Database
from videoflix.library.models import ThumbnailSource
from videoflix.library.queries import thumbnails, videos

SHAPE = "auth_user, content_video"
USERS = [
    user("auth_user", 1, "admin", password=PBKDF2, is_superuser=True),
    user("auth_user", 2, "Ada@Example.org", password=PBKDF2, is_staff=True, username="Ada Lovelace"),
    user("auth_user", 3, "", username="bob@example.org", password=argon2("secret of bob")),
    user("auth_user", 5, "ada@example.org", password="!"),
    user("auth_user", 6, "eve@example.org", is_active=False, password=PBKDF2),
    user("auth_user", 7, "kim@example.org", password="!unusable"),
    user("auth_user", 8, "", username="someone"),
]
PNG = b"\x89PNG\r\n\x1a\n picture"


def _films(*rows: tuple[int, str, str, str]) -> list[tuple[str, dict[str, Any]]]:
    """Ids, titles, files and thumbnails."""
    return [
        film(
            "content_video",
            number,
            title,
            {"video_file": file},
            thumbnail=image,
            category="Drama",
            created_at="2023-04-05",
        )
        for number, title, file, image in rows
    ]


FILMS = _films(
    (3, "<Heat>", "videos/heat.mp4", "thumbnails/heat.png"),
    (4, "Alien", "videos/alien_720p.mp4", "thumbnails/nothing.png"),
    (5, "Notes", "videos/notes.mp4", ""),
    (6, "Elsewhere", "../outside.mp4", ""),
    (7, "Later", "videos/later.mp4", ""),
    (9, "Heat again", "videos/heat copy.mp4", ""),
)


@pytest.fixture
def media(films: Films, tmp_path: Path) -> Path:
    """MEDIA_ROOT: two films that differ, one of them twice and with a rendition, and what is no film."""
    folder = tmp_path / "media"
    for name in ("videos", "thumbnails", "hls/3/480p"):
        (folder / name).mkdir(parents=True)
    shutil.copy(films.make(), folder / "videos/heat.mp4")
    shutil.copy(films.make(), folder / "videos/heat copy.mp4")
    (folder / "videos/alien.mp4").write_bytes(films.make().read_bytes() + b"\0")
    (folder / "videos/alien_720p.mp4").write_bytes(films.make().read_bytes() + b"rendition")
    (folder / "videos/notes.mp4").write_text("not a film\n" * 1000)
    (folder / "hls/3/480p/000.ts").write_bytes(films.make().read_bytes())
    (folder / "thumbnails/heat.png").write_bytes(PNG)
    shutil.copy(films.make(), tmp_path / "outside.mp4")
    (folder / "videos/heat.mp4").chmod(0o644)
    return folder


async def _import(run: Run, source: str, media: Path, *options: str) -> tuple[int, str]:
    done = await asyncio.to_thread(
        run, "import-django", "--database", source, "--media", str(media), *options, COLUMNS="250"
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


async def _rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    async with database.connection() as connection:
        return [tuple(row) for row in await connection.fetch(query)]


async def test_accounts_and_films_come_over_and_a_second_run_adds_what_was_missing(
    run: Run, films: Films, media: Path, tmp_path: Path, database: Database, storage: Media, client: Client
) -> None:
    source = fill_sqlite(tmp_path / "db.sqlite3", SHAPE, [*USERS, *FILMS])
    status, output = await _import(run, source, media, "--dry-run")
    assert status == 1
    assert "4 would be taken over, 0 here already, 3 not taken over" in output
    assert "2 would be taken over, 0 here already, 4 not taken over" in output
    for row in (
        "Ada@Example.org │ administrator 2",
        "“admin” is not an e-mail",
        "video 3, ",
        "videos/later.mp4 is missing",
    ):
        assert row in output
    assert await _rows(database, "SELECT id FROM users UNION SELECT id FROM videos UNION SELECT id FROM audit") == []

    status, output = await _import(run, source, media)
    assert status == 1
    assert output.splitlines() == [
        "accounts: 7 in the table auth_user",
        "films: 6 in the table content_video",
        "account 1 (admin): “admin” is not an e-mail address, and people log in with that; "
        "bin/create-admin makes an administrator",
        "account 2 (Ada@Example.org): administrator",
        "account 5 (ada@example.org): account 2 has the same e-mail address and is older",
        "account 6 (eve@example.org): not active there, so disabled here until an administrator enables it",
        "account 7 (kim@example.org): it has no password, so it gets a mail to choose one",
        "account 8 (someone): it has no e-mail address, and people log in with that",
        "accounts: 4 taken over, 0 here already, 3 not taken over",
        "video 3: <Heat>",
        "video 4: Alien; without its thumbnail thumbnails/nothing.png: No such file or directory",
        next(line for line in output.splitlines() if line.startswith("film 5 (Notes): ")),
        "film 6 (Elsewhere): its file ../outside.mp4 is outside of the media folder",
        "film 7 (Later): its file videos/later.mp4 is missing",
        "film 9 (Heat again): it has the same file as film 3",
        "films: 2 taken over, 0 here already, 4 not taken over",
    ]
    assert await _rows(database, "SELECT id, email, name, is_staff, is_active FROM users ORDER BY id") == [
        (2, "Ada@example.org", "Ada Lovelace", True, True),
        (3, "bob@example.org", "", False, True),
        (6, "eve@example.org", "", False, False),
        (7, "kim@example.org", "", False, True),
    ]
    assert await _rows(database, "SELECT kind, user_id FROM mails") == [("reset", 7)]
    rows = await _rows(
        database, "SELECT id, title, description, category, created_at::date::text FROM videos ORDER BY id"
    )
    assert rows == [
        (3, "&lt;Heat&gt;", "About &lt;Heat&gt;", "Drama", "2023-04-05"),
        (4, "Alien", "About Alien", "Drama", "2023-04-05"),
    ]
    assert storage.original(3).samefile(media / "videos/heat.mp4")
    assert (media / "videos/heat.mp4").stat().st_mode & 0o777 == 0o644
    assert storage.original(4).samefile(media / "videos/alien.mp4")
    assert storage.thumbnail_source(3).read_bytes() == PNG
    async with database.connection() as connection:
        choice = await thumbnails.chosen(connection, 3)
        entries, _ = await audit.listing(connection, None, 100, 0)
    assert choice and choice.source is ThumbnailSource.UPLOAD
    assert sorted(one.action for one in entries) == [*["user.import"] * 4, *["video.add"] * 2, "video.thumbnail"]

    (media / "videos/later.mp4").write_bytes(films.make().read_bytes() + b"later")
    status, output = await _import(run, source, media)
    assert "0 taken over, 4 here already, 3 not taken over" in output
    assert "video 7: Later\n" in output
    assert "1 taken over, 2 here already, 3 not taken over" in output
    async with database.connection() as connection:
        assert (await users.insert(connection, "new@example.org", "")).id == 8
        assert await videos.insert(connection, "New", "", "") == 10

    for email, password in (("ada@example.org", "lètmein"), ("bob@example.org", "secret of bob")):
        assert (await client.post("/api/login/", json={"email": email, "password": "wrong"})).status == 401
        for _ in range(2):
            assert (await client.post("/api/login/", json={"email": email, "password": password})).status == 200
    hashes = await _rows(database, "SELECT password_hash FROM users WHERE id IN (2, 3)")
    assert all(stored.startswith("$argon2id$v=19$m=1024,t=1,") for (stored,) in hashes)
    assert (await client.post("/api/login/", json={"email": "eve@example.org", "password": "lètmein"})).status == 401


async def test_a_film_of_postgresql_plays(
    run: Run, media: Path, source_database: str, worker: None, wait: Wait, client: Client
) -> None:
    source = fill_postgresql(source_database, SHAPE, [USERS[1], FILMS[0]])
    assert (await _import(run, source, media))[0] == 0
    await wait(3)
    assert (await client.post("/api/login/", json={"email": "ada@example.org", "password": "lètmein"})).status == 200
    (listed,) = await (await client.get("/api/video/")).json()
    assert (listed["id"], listed["created_at"]) == (3, "2023-04-05T00:00:00.000000Z")
    assert (await client.get("/api/video/3/480p/index.m3u8")).status == 200


async def test_ids_that_are_or_were_in_use_here_are_not_taken(
    run: Run, films: Films, media: Path, tmp_path: Path, database: Database, storage: Media, make_user: MakeUser
) -> None:
    """An interrupted import leaves an original without a row (3). What another database has left stays (4, 5)."""
    here = await make_user("someone@example.org")
    async with database.transaction() as connection:
        await videos.insert(connection, "Here", "", "")
        await audit.record(connection, None, "video.delete", "video:2", "Deleted")
    rows = [user("auth_user", here, "ada@example.org", password=PBKDF2), user("auth_user", 9, "bob@example.org")]
    for number in range(1, 6):
        (media / f"videos/{number}.mp4").write_bytes(films.make().read_bytes() + bytes(number))
        rows += _films((number, f"Film {number}", f"videos/{number}.mp4", ""))
    os.link(media / "videos/3.mp4", storage.original(3))
    storage.original(4).write_bytes(b"of another database")
    storage.version(5, 1).mkdir(parents=True)
    status, output = await _import(run, fill_sqlite(tmp_path / "db.sqlite3", SHAPE, rows), media)
    assert status == 0
    for line in (
        "video 6, which was 1 there: Film 1",
        "video 7, which was 2",
        "video 3: Film 3",
        "video 8, which was 4",
    ):
        assert line in output
    found = await _rows(database, "SELECT id, title FROM videos ORDER BY id")
    assert found == [(1, "Here"), (3, "Film 3"), (6, "Film 1"), (7, "Film 2"), (8, "Film 4"), (9, "Film 5")]
    assert storage.original(4).read_bytes() == b"of another database"
    assert storage.original(8).samefile(media / "videos/4.mp4")
    assert await _rows(database, "SELECT id, email FROM users ORDER BY id") == [
        (here, "someone@example.org"),
        (9, "bob@example.org"),
        (10, "ada@example.org"),
    ]


async def test_an_import_that_is_killed_is_continued(
    run: Run,
    films: Films,
    media: Path,
    tmp_path: Path,
    environ: dict[str, str],
    database: Database,
    storage: Media,
) -> None:
    rows = [USERS[1]]
    for number in range(1, 8):
        (media / f"videos/{number}.mp4").write_bytes(films.make().read_bytes() + bytes(number))
        rows += _films((number, f"Film {number}", f"videos/{number}.mp4", "thumbnails/heat.png"))
    source = fill_sqlite(tmp_path / "db.sqlite3", SHAPE, rows)
    command = (sys.executable, "-m", "videoflix", "import-django", "--database", source, "--media", str(media))
    importing = await asyncio.create_subprocess_exec(*command, env={**os.environ, **environ}, stdout=PIPE)
    assert importing.stdout is not None
    while not (await importing.stdout.readline()).startswith(b"video 2:"):
        pass
    importing.kill()
    await importing.wait()

    status, output = await _import(run, source, media)
    assert status == 0
    assert "0 taken over, 1 here already, 0 not taken over" in output
    titles = [(number, f"Film {number}") for number in range(1, 8)]
    assert await _rows(database, "SELECT id, title FROM videos ORDER BY id") == titles
    for number in range(1, 8):
        assert storage.original(number).samefile(media / f"videos/{number}.mp4")
        assert storage.thumbnail_source(number).read_bytes() == PNG


async def test_ten_thousand_accounts_come_over_at_once(tmp_path: Path, database: Database) -> None:
    rows = [user("auth_user", number, f"person{number}@example.org") for number in range(1, 10_001)]
    for number in range(7):
        rows[number * 1000] = user(
            "auth_user", number * 1000 + 1, f"PERSON{number + 2}@example.org", last_login="2025-01-01 00:00:00"
        )
    source = read(fill_sqlite(tmp_path / "db.sqlite3", SHAPE, rows))
    begin = perf_counter()
    verdicts = await django_users.insert(database, source.users)
    assert perf_counter() - begin < 30
    refused = [(one.source.id, one.note) for one in verdicts if one.is_refused]
    assert [number for number, _ in refused] == [2, 3, 4, 5, 6, 7, 8]
    assert refused[0][1] == "account 1 has the same e-mail address and has logged in later"
    assert await _rows(database, "SELECT count(*), max(id) FROM users") == [(9_993, 10_000)]
    assert await _rows(database, "SELECT count(*) FROM users JOIN profiles ON user_id = users.id") == [(9_993,)]


async def test_who_registers_during_the_import_keeps_the_account(
    tmp_path: Path, database: Database, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = django_users.judge

    async def judge_then_register(*arguments: Any) -> Any:
        verdicts = await judge(*arguments)
        await make_user("ada@example.org")
        return verdicts

    monkeypatch.setattr(django_users, "judge", judge_then_register)
    source = read(fill_sqlite(tmp_path / "db.sqlite3", SHAPE, [USERS[1], *USERS[4:6]]))
    verdicts = await django_users.insert(database, source.users)
    assert [(one.is_known, one.account is None) for one in verdicts] == [(True, True), (False, False), (False, False)]
    assert await _rows(database, "SELECT is_staff FROM users WHERE email_key = 'ada@example.org'") == [(False,)]


def test_what_is_missing_is_told_before_anything_is_written(run: Run, tmp_path: Path) -> None:
    done = run("import-django", "--database", str(tmp_path / "nothing"), "--media", str(tmp_path / "nowhere"))
    assert (done.returncode, "MEDIA_ROOT" in done.stderr) == (1, True)
    done = run("import-django", "--database", "postgresql://127.0.0.1:1/django", "--media", str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert "The database to import from cannot be read" in done.stderr
