import asyncio
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from tests.conftest import Client
from tests.films import Films
from videoflix.db import videos
from videoflix.db.pool import Database
from videoflix.storage import Storage


async def _count(database: Database) -> int:
    async with database.connection() as connection:
        count: int = await connection.fetchval("SELECT count(*) FROM videos")
        return count


async def test_a_film_is_brought_in_followed_and_named(
    run: Run,
    films: Films,
    worker: None,
    database: Database,
    storage: Storage,
) -> None:
    film = films.make(size="1280x720", seconds=12)
    done = await asyncio.to_thread(
        run, "add-video", str(film), "--title", "<b>Ada</b>", "--category", "Drama", "--description", "About her"
    )
    assert done.returncode == 0, done.stderr
    assert "encoding 480p 720p" in done.stdout
    assert done.stdout.splitlines()[-1] == "http://127.0.0.1:8000/api/video/1/"
    async with database.connection() as connection:
        assert await videos.film(connection, 1)
        row = await connection.fetchrow("SELECT title, category, description FROM videos")
    assert tuple(row or ()) == ("&lt;b&gt;Ada&lt;/b&gt;", "Drama", "About her")
    assert film.exists()
    assert storage.original(1).stat().st_size == film.stat().st_size
    assert list((storage.root / "staging").iterdir()) == []


async def test_a_film_can_be_moved(run: Run, films: Films, storage: Storage, tmp_path: Path) -> None:
    film = tmp_path / "My.Film.mp4"
    film.write_bytes(films.make().read_bytes())
    done = await asyncio.to_thread(run, "add-video", str(film), "--move", "--no-follow")
    assert done.returncode == 0, done.stderr
    assert not film.exists()
    assert storage.original(1).exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"no film at all", "cannot be read as a film"), (None, "not there")],
)
async def test_what_is_no_film_is_refused_and_leaves_nothing(
    run: Run, database: Database, storage: Storage, tmp_path: Path, content: bytes | None, reason: str
) -> None:
    file = tmp_path / "film.mp4"
    if content is not None:
        file.write_bytes(content)
    done = await asyncio.to_thread(run, "add-video", str(file))
    assert done.returncode == 1
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
    assert await _count(database) == 0
    assert list((storage.root / "originals").iterdir()) == []


async def test_a_film_that_takes_the_room_that_stays_free_is_refused_before_it_is_copied(
    run: Run, films: Films, storage: Storage, database: Database
) -> None:
    done = await asyncio.to_thread(run, "add-video", str(films.make()), DISK_FLOOR="9000T")
    assert done.returncode == 1
    assert "The original has" in done.stderr
    assert "stay free (DISK_FLOOR)" in done.stderr
    assert await _count(database) == 0
    assert list((storage.root / "originals").iterdir()) == []
    assert list((storage.root / "staging").iterdir()) == []


async def test_the_size_of_an_original_is_told(
    run: Run, films: Films, storage: Storage, worker: None, logged_in: Client
) -> None:
    film = films.make()
    done = await asyncio.to_thread(run, "add-video", str(film))
    assert done.returncode == 0, done.stderr
    told = await (await logged_in.get("/api/video/1/")).json()
    assert told["original_bytes"] == film.stat().st_size
    lowest = sum(file.stat().st_size for file in storage.rung(1, 1, 480).iterdir())
    assert [rung["bytes"] for rung in told["rungs"]] == [lowest]


async def test_a_folder_is_no_film(run: Run, tmp_path: Path) -> None:
    done = await asyncio.to_thread(run, "add-video", str(tmp_path))
    assert (done.returncode, "is a folder" in done.stderr) == (1, True)


async def test_without_a_database_it_is_said_what_to_do(run: Run, films: Films, storage: Storage) -> None:
    done = await asyncio.to_thread(run, "add-video", str(films.make()), DB_HOST="/nowhere")
    assert done.returncode == 1
    assert "database does not answer" in done.stderr
    assert list((storage.root / "originals").iterdir()) == []
    assert list((storage.root / "staging").iterdir()) == []
