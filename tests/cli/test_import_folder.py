"""Importing a folder of films with the files beside them, once and again."""

import asyncio
import fcntl
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.films import Films
from tests.fixtures.commands import Run
from tests.fixtures.encoding import Bring
from tests.fixtures.media import Media
from videoflix.accounts.queries import audit
from videoflix.db.pool import Database
from videoflix.library.adding import EDGE_BYTES, fingerprint
from videoflix.library.models import ThumbnailSource
from videoflix.library.queries import thumbnails, videos

SRT = "1\n00:00:01,000 --> 00:00:02,000\nGrüße\n"
NFO = "<movie><title>&lt;Heat&gt;</title><plot>About a thief.</plot><genre>Crime</genre></movie>"


@pytest.fixture
def folder(films: Films, tmp_path: Path) -> Path:
    """Two films in folders of their own."""
    library = tmp_path / "Films"
    for name, film in (("Horror/Alien.1979.mp4", films.make()), ("Drama/Heat/heat.mkv", films.make("film.mkv"))):
        (library / name).parent.mkdir(parents=True)
        shutil.copy(film, library / name)
    return library


async def _rows(database: Database) -> list[tuple[Any, ...]]:
    async with database.connection() as connection:
        return [
            tuple(row)
            for row in await connection.fetch("SELECT title, description, category FROM videos ORDER BY id")
        ]


async def test_a_second_import_adds_only_new_films(
    run: Run, folder: Path, films: Films, database: Database, storage: Media
) -> None:
    done = await asyncio.to_thread(run, "import-folder", str(folder))
    assert done.returncode == 0, done.stderr
    assert "video 1: heat (Drama/Heat/heat.mkv)\n" in done.stdout
    assert "video 2: Alien 1979 (Horror/Alien.1979.mp4)\n" in done.stdout
    assert "2 added, 0 already in the library, 0 problems" in done.stdout
    assert await _rows(database) == [("heat", "", "Drama"), ("Alien 1979", "", "Horror")]
    assert storage.original(2).read_bytes() == (folder / "Horror/Alien.1979.mp4").read_bytes()

    (folder / "Drama/Heat/heat.mkv").rename(folder / "Thief.mkv")
    shutil.copy(folder / "Thief.mkv", folder / "Copy of Thief.mkv")
    shutil.copy(films.make(audio=False), folder / "new.mp4")
    again = await asyncio.to_thread(run, "import-folder", str(folder))
    assert again.returncode == 0, again.stderr
    assert "1 added, 3 already in the library, 0 problems" in again.stdout
    assert (await _rows(database))[2:] == [("new", "", "Films")]
    assert len(list((storage.root / "originals").iterdir())) == 3


async def test_description_and_captions_beside_a_film_are_added(run: Run, folder: Path, database: Database) -> None:
    (folder / "Drama/Heat/heat.nfo").write_text(NFO)
    (folder / "Drama/Heat/heat.de.srt").write_text(SRT, "latin-1")
    (folder / "Drama/Heat/heat.vtt").write_text(f"WEBVTT\n\n{SRT}")
    (folder / "Drama/Heat/other.srt").write_text(SRT)
    done = await asyncio.to_thread(run, "import-folder", str(folder))
    assert (done.returncode, done.stderr) == (0, "")
    assert (await _rows(database))[0] == ("&lt;Heat&gt;", "About a thief.", "Crime")
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT video_id, language, text FROM captions ORDER BY id")
    text = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nGrüße\n"
    assert [tuple(row) for row in rows] == [(1, "de", text), (1, "und", text)]


async def test_the_image_beside_a_film_becomes_its_thumbnail(
    run: Run, folder: Path, database: Database, storage: Media
) -> None:
    (folder / "Drama/Heat/poster.jpg").write_bytes(b"\xff\xd8\xff a picture")
    (folder / "Horror/Alien.1979.jpg").write_text("no picture")
    done = await asyncio.to_thread(run, "import-folder", str(folder))
    assert done.returncode == 1
    assert "Horror/Alien.1979.jpg: This file is not a JPEG, PNG or WebP image" in done.stdout
    assert "2 added, 0 already in the library, 1 problem\n" in done.stdout
    assert storage.thumbnail_source(1).read_bytes() == b"\xff\xd8\xff a picture"
    async with database.connection() as connection:
        wishes = [await thumbnails.chosen(connection, video_id) for video_id in (1, 2)]
        entries, _ = await audit.listing(connection, None, 10, 0)
    assert [wish and wish.source for wish in wishes] == [ThumbnailSource.UPLOAD, ThumbnailSource.BEST]
    assert [(one.who, one.action, one.label, one.detail) for one in reversed(entries)] == [
        ("a command", "video.add", "heat", {"file": "heat.mkv"}),
        ("a command", "video.thumbnail", "heat", {"bytes": 13}),
        ("a command", "video.add", "Alien 1979", {"file": "Alien.1979.mp4"}),
    ]


async def test_the_category_option_overrides_the_nfo_file(run: Run, folder: Path, database: Database) -> None:
    (folder / "Drama/Heat/heat.nfo").write_text(NFO)
    done = await asyncio.to_thread(run, "import-folder", str(folder), "--category", "Old", "--move")
    assert done.returncode == 0, done.stderr
    assert {row[2] for row in await _rows(database)} == {"Old"}
    assert [path.name for path in folder.rglob("*.*")] == ["heat.nfo"]


async def test_a_dry_run_shows_what_would_be_added_and_adds_nothing(
    run: Run, folder: Path, database: Database, storage: Media
) -> None:
    (folder / "Drama/Heat/heat.nfo").write_text(NFO)
    (folder / "Horror/Alien.1979.en.srt").write_text(SRT)
    (folder / "broken.mp4").write_text("no film")
    shutil.copy(folder / "Drama/Heat/heat.mkv", folder / "Horror/same.mkv")
    done = await asyncio.to_thread(run, "import-folder", str(folder), "--dry-run", COLUMNS="200")
    assert done.returncode == 1
    lines = [line.split("│")[1:-1] for line in done.stdout.splitlines()]
    shown = [[cell.strip() for cell in cells] for cells in lines if len(cells) == 5]
    assert [[name, title, category, languages] for name, title, category, languages, _ in shown] == [
        ["Drama/Heat/heat.mkv", "<Heat>", "Crime", ""],
        ["Horror/Alien.1979.mp4", "Alien 1979", "Horror", "en"],
    ]
    assert "broken.mp4: This is text, not a film." in done.stdout
    assert "2 would be added, 1 already in the library, 1 problem\n" in done.stdout
    assert await _rows(database) == []
    assert list((storage.root / "originals").iterdir()) == []


async def test_problems_are_reported_and_the_other_films_are_added(
    run: Run, folder: Path, database: Database, storage: Media
) -> None:
    (folder / "broken.mp4").write_text("no film")
    (folder / "empty.mkv").touch()
    (folder / "Drama/Heat/heat.nfo").write_text("<movie><title>Heat</movie>")
    (folder / "Drama/Heat/heat.de.srt").write_text("Dear editor,\n")
    done = await asyncio.to_thread(run, "import-folder", str(folder))
    assert (done.returncode, done.stderr) == (1, "")
    assert "broken.mp4: This is text, not a film." in done.stdout
    assert "empty.mkv: The file is empty.\n" in done.stdout
    assert "Drama/Heat/heat.nfo: The file is not XML" in done.stdout
    assert "Drama/Heat/heat.de.srt: Line 1 is neither SRT nor WebVTT.\n" in done.stdout
    assert "2 added, 0 already in the library, 4 problems" in done.stdout
    assert [title for title, _, _ in await _rows(database)] == ["heat", "Alien 1979"]
    assert list((storage.root / "staging").iterdir()) == []


async def test_file_names_with_control_characters_or_broken_unicode(run: Run, films: Films, tmp_path: Path) -> None:
    shutil.copy(films.make(), tmp_path / b"\xfcber\x1b[2J.mp4".decode(errors="surrogateescape"))
    done = await asyncio.to_thread(run, "import-folder", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "(?ber?[2J.mp4)" in done.stdout


async def test_films_that_would_fill_the_disk_are_refused(run: Run, folder: Path, database: Database) -> None:
    done = await asyncio.to_thread(run, "import-folder", str(folder), DISK_FLOOR="9000T")
    assert done.returncode == 1
    assert done.stdout.count("stay free (DISK_FLOOR)") == 2
    assert await _rows(database) == []


async def test_films_are_followed_until_they_are_ready(run: Run, folder: Path, worker: None) -> None:
    done = await asyncio.to_thread(run, "import-folder", str(folder), "--follow")
    assert done.returncode == 0, done.stderr
    assert "video 1: ready\n" in done.stdout
    assert "video 2: ready\n" in done.stdout


async def test_films_are_recognised_however_they_were_added(
    run: Run, folder: Path, bring: Bring, database: Database, storage: Media
) -> None:
    await bring(folder / "Horror/Alien.1979.mp4")
    older, gone = await bring(folder / "Drama/Heat/heat.mkv"), await bring(folder / "Drama/Heat/heat.mkv")
    async with database.connection() as connection:
        await connection.execute("UPDATE videos SET fingerprint = NULL WHERE id >= $1", older)
    storage.original(gone).unlink()
    done = await asyncio.to_thread(run, "import-folder", str(folder))
    assert done.returncode == 0, done.stderr
    assert "0 added, 2 already in the library" in done.stdout
    async with database.connection() as connection:
        assert await videos.without_fingerprint(connection) == [gone]


async def test_a_deleted_film_is_added_again(run: Run, folder: Path, database: Database) -> None:
    await asyncio.to_thread(run, "import-folder", str(folder))
    async with database.connection() as connection:
        await videos.remove(connection, 1)
    assert "1 added" in (await asyncio.to_thread(run, "import-folder", str(folder))).stdout


async def test_one_import_at_a_time(run: Run, folder: Path, storage: Media) -> None:
    with (storage.root.parent / "import.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = await asyncio.to_thread(run, "import-folder", str(folder))
    assert (done.returncode, "Another import is running" in done.stderr) == (1, True)


def test_a_missing_folder_is_refused(run: Run, tmp_path: Path) -> None:
    done = run("import-folder", str(tmp_path / "nowhere"))
    assert (done.returncode, "is not a folder" in done.stderr) == (1, True)


def test_a_fingerprint_depends_on_size_beginning_and_end(tmp_path: Path) -> None:
    content = bytes(3 * EDGE_BYTES)
    contents = [content, content + b"\0", b"x" + content[1:], content[:-1] + b"x", b"", b"x", b"xx"]
    marks = set()
    for each in contents:
        (tmp_path / "film").write_bytes(each)
        marks.add(fingerprint(tmp_path / "film"))
    assert len(marks) == len(contents)


async def _series(database: Database) -> list[tuple[Any, ...]]:
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT s.title AS series, s.description AS about, season, episode, v.title, category "
            "FROM videos v JOIN series s ON s.id = v.series_id ORDER BY s.id, season, place"
        )
    return [tuple(row) for row in rows]


async def test_episodes_go_into_their_series_and_stay_where_people_moved_them(
    run: Run, films: Films, tmp_path: Path, database: Database
) -> None:
    show = tmp_path / "Shows/show-folder"
    for number, name in enumerate(("Season 1/Show S01E02.mp4", "Season 1/E01.mp4", "Specials/Making of.mp4")):
        (show / name).parent.mkdir(parents=True, exist_ok=True)
        (show / name).write_bytes(films.make().read_bytes() + bytes(number))  # films that differ
    (show / "tvshow.nfo").write_text("<tvshow><title>Show</title><plot>People.</plot></tvshow>")
    (show / "Season 1/E01.nfo").write_text(
        "<episodedetails><title>Pilot</title><season>1</season><episode>1</episode></episodedetails>"
    )
    done = await asyncio.to_thread(run, "import-folder", str(tmp_path / "Shows"))
    assert done.returncode == 0, done.stdout
    assert await _series(database) == [
        ("Show", "People.", 0, None, "Show Making of", "Shows"),
        ("Show", "People.", 1, 1, "Show S01E01 Pilot", "Shows"),
        ("Show", "People.", 1, 2, "Show S01E02", "Shows"),
    ]

    async with database.connection() as connection:
        await connection.execute("UPDATE series SET title = 'SHOW!', description = 'Edited.'")
        await connection.execute("UPDATE videos SET place = 3 - place WHERE season = 1")
    again = await asyncio.to_thread(run, "import-folder", str(tmp_path / "Shows"))
    assert "0 added, 3 already in the library" in again.stdout
    (show / "Season 1/E03.mp4").write_bytes(films.make().read_bytes() + bytes(3))
    await asyncio.to_thread(run, "import-folder", str(tmp_path / "Shows"))
    assert [(series, about, *rest[:2]) for series, about, *rest in await _series(database)] == [
        ("SHOW!", "Edited.", 0, None),
        ("SHOW!", "Edited.", 1, 2),
        ("SHOW!", "Edited.", 1, 1),
        ("SHOW!", "Edited.", 1, 3),
    ]
