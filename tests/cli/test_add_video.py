import asyncio
import random
import re
from pathlib import Path

import pytest

from tests.films import Films
from tests.fixtures.app import Client
from tests.fixtures.commands import Run
from videoflix.cli.captions import told_by
from videoflix.db.pool import Database
from videoflix.storage.local import Storage
from videoflix.streaming import queries as streaming_queries


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
        assert await streaming_queries.film(connection, 1)
        row = await connection.fetchrow("SELECT title, category, description FROM videos")
    assert tuple(row or ()) == ("&lt;b&gt;Ada&lt;/b&gt;", "Drama", "About her")
    assert film.exists()
    assert storage.original(1).stat().st_size == film.stat().st_size
    async with asyncio.timeout(60):  # the storyboard comes after the film
        while list((storage.root / "staging").iterdir()):
            await asyncio.sleep(0.05)


async def test_a_film_can_be_moved(run: Run, films: Films, storage: Storage, tmp_path: Path) -> None:
    film = tmp_path / "My.Film.mp4"
    film.write_bytes(films.make().read_bytes())
    done = await asyncio.to_thread(run, "add-video", str(film), "--move", "--no-follow")
    assert done.returncode == 0, done.stderr
    assert not film.exists()
    assert storage.original(1).exists()


async def test_what_is_wrong_with_a_film_is_told(
    run: Run, films: Films, worker: None, logged_in: Client, tmp_path: Path
) -> None:
    """Its end is missing, and there is damage in its second unit."""
    film = tmp_path / "film.mp4"
    content = bytearray(
        films.make(seconds=24, audio=False, options=("-g", "25", "-movflags", "+faststart")).read_bytes()
    )
    begin, end = int(len(content) * 0.3), int(len(content) * 0.35)
    content[begin:end] = random.Random(7).randbytes(end - begin)
    film.write_bytes(content[: int(len(content) * 0.8)])
    done = await asyncio.to_thread(run, "add-video", str(film))
    assert done.returncode == 0, done.stderr
    told = [line.removeprefix("note: ") for line in done.stdout.splitlines() if line.startswith("note: ")]
    assert re.fullmatch(r"The file is incomplete: (18|19|20) of 24 seconds are there\.", told[0])
    assert told[1].startswith("The decoder reported errors from 0:06 to ")
    assert (await (await logged_in.get("/api/video/1/")).json())["notes"] == told


async def test_a_film_that_is_here_is_told_before_it_is_taken(run: Run, films: Films, database: Database) -> None:
    film = str(films.make())
    first = await asyncio.to_thread(run, "add-video", film, "--no-follow", "--title", "Heat")
    assert first.returncode == 0, first.stderr
    second = await asyncio.to_thread(run, "add-video", film, "--no-follow")
    assert second.returncode == 1
    assert "film.mp4: This film is in the library already: “Heat” (video 1). To have it twice" in second.stderr
    assert await _count(database) == 1
    again = await asyncio.to_thread(run, "add-video", film, "--no-follow", "--again")
    assert again.returncode == 0, again.stderr
    assert await _count(database) == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"no film at all", "This is text, and no film"), (None, "not there")],
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


SRT = "1\n00:00:01,000 --> 00:00:02,000\nGrüße\n"


async def test_subtitles_are_brought_along(run: Run, films: Films, database: Database, tmp_path: Path) -> None:
    film = films.make()
    named, told, unknown = tmp_path / "film.pt-BR.forced.srt", tmp_path / "some.vtt", tmp_path / "a=b.srt"
    named.write_bytes("\ufeff".encode() + SRT.replace("\n", "\r\n").encode())
    told.write_bytes(SRT.encode("latin-1"))
    unknown.write_text(SRT, "utf-16")
    sdh = tmp_path / "film.hi.srt"
    sdh.write_text(SRT)
    given = (str(named), f"German={told}", str(unknown), f"de={sdh}")
    words = [word for one in given for word in ("--captions", one)]
    done = await asyncio.to_thread(run, "add-video", str(film), "--no-follow", *words)
    assert done.returncode == 0, done.stderr
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT video_id, encode_id, language, kind, name, text FROM captions ORDER BY id"
        )
    text = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nGrüße\n"
    assert [tuple(row) for row in rows] == [
        (1, None, "pt-BR", "forced", "Português (Brasil) (forced)", text),
        (1, None, "de", "full", "Deutsch", text),
        (1, None, "und", "full", "Subtitles", text),
        (1, None, "de", "sdh", "Deutsch (SDH)", text),
    ]


@pytest.mark.parametrize(
    ("word", "content", "reason"),
    [
        ("{}", b"Dear editor,\nthis is a letter.\n", "film.de.srt: Line 1 is neither SRT nor WebVTT."),
        ("{}", SRT.replace("-->", "->").encode(), "film.de.srt: Line 2 should say when"),
        ("{}", b"", "film.de.srt: The file is empty."),
        ("{}", b"x" * 5_000_001, "film.de.srt: The file is larger than 5 MB."),
        ("{}", None, "film.de.srt: The file is not there."),
        ("gibberish={}", SRT.encode(), "'gibberish' is no language"),
    ],
)
async def test_what_holds_no_subtitles_is_refused_before_anything_is_touched(
    run: Run, films: Films, database: Database, tmp_path: Path, word: str, content: bytes | None, reason: str
) -> None:
    file = tmp_path / "film.de.srt"
    if content is not None:
        file.write_bytes(content)
    done = await asyncio.to_thread(run, "add-video", str(films.make()), "--captions", word.format(file))
    assert done.returncode == 1
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
    assert await _count(database) == 0


@pytest.mark.parametrize(
    ("captions", "film", "language"),
    [
        ("Film.de.srt", "Film.mp4", "de"),
        ("Film.German.sdh.srt", "Film.mp4", "de"),
        ("Film.gsw.srt", "Film.mp4", "gsw"),
        ("Film.srt", "Film.mp4", None),
        ("Filmography.srt", "Film.mp4", None),
        ("The.One.srt", "Film.mp4", None),
        ("The.One.srt", "The.One.mp4", None),
        ("de.srt", "Film.mp4", None),
        ("Other.fr.srt", "Film.mp4", "fr"),
    ],
)
def test_a_language_in_the_name_of_a_file(captions: str, film: str, language: str | None) -> None:
    assert told_by(Path(captions), Path(film)).language == language
