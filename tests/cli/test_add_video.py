import asyncio
import random
import re
from pathlib import Path

import pytest

from tests.films import Films
from tests.fixtures.app import Client
from tests.fixtures.commands import Run
from tests.fixtures.media import Media
from videoflix.db.pool import Database
from videoflix.library.caption_names import in_file_name
from videoflix.streaming import queries as streaming_queries


async def _count(database: Database) -> int:
    async with database.connection() as connection:
        count: int = await connection.fetchval("SELECT count(*) FROM videos")
        return count


async def test_a_film_is_added_and_followed_until_it_is_ready(
    run: Run,
    films: Films,
    worker: None,
    database: Database,
    storage: Media,
) -> None:
    film = films.make(size="720x720", rate="10", seconds=12)
    done = await asyncio.to_thread(
        run, "add-video", str(film), "--title", "<b>Ada</b>", "--category", "Drama", "--description", "About her"
    )
    assert done.returncode == 0, done.stderr
    assert "encoding 480p 720p" in done.stdout
    assert done.stdout.splitlines()[-1] == "http://127.0.0.1:8000/film/1/"
    async with database.connection() as connection:
        assert await streaming_queries.film(connection, 1)
        row = await connection.fetchrow("SELECT title, category, description FROM videos")
    assert tuple(row or ()) == ("&lt;b&gt;Ada&lt;/b&gt;", "Drama", "About her")
    assert film.exists()
    assert storage.original(1).stat().st_size == film.stat().st_size
    async with asyncio.timeout(60):  # the storyboard comes after the film
        while list((storage.root / "staging").iterdir()):
            await asyncio.sleep(0.05)


async def test_a_film_can_be_moved(run: Run, films: Films, storage: Media, tmp_path: Path) -> None:
    film = tmp_path / "My.Film.mp4"
    film.write_bytes(films.make().read_bytes())
    done = await asyncio.to_thread(run, "add-video", str(film), "--move", "--no-follow")
    assert done.returncode == 0, done.stderr
    assert not film.exists()
    assert storage.original(1).exists()


async def test_a_moved_symbolic_link_leaves_the_film_that_it_points_to(
    run: Run, films: Films, storage: Media, tmp_path: Path
) -> None:
    film, link = tmp_path / "archive.mp4", tmp_path / "My.Film.mp4"
    film.write_bytes(films.make().read_bytes())
    film.chmod(0o644)
    link.symlink_to(film)
    done = await asyncio.to_thread(run, "add-video", str(link), "--move", "--no-follow")
    assert done.returncode == 0, done.stderr
    assert not link.is_symlink()
    assert film.stat().st_mode & 0o777 == 0o644
    assert not storage.original(1).samefile(film)
    assert storage.original(1).read_bytes() == film.read_bytes()


async def test_a_film_in_the_library_is_refused_unless_again_is_given(
    run: Run, films: Films, database: Database
) -> None:
    film = str(films.make())
    first = await asyncio.to_thread(run, "add-video", film, "--no-follow", "--title", "Heat")
    assert first.returncode == 0, first.stderr
    second = await asyncio.to_thread(run, "add-video", film, "--no-follow")
    assert second.returncode == 1
    assert (
        "film.mp4: This film is already in the library: “Heat” (video 1). Use --again to add it anyway"
        in second.stderr
    )
    assert await _count(database) == 1
    again = await asyncio.to_thread(run, "add-video", film, "--no-follow", "--again")
    assert again.returncode == 0, again.stderr
    assert await _count(database) == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"no film at all", "This is text, not a film"), (None, "not there")],
)
async def test_a_file_that_is_not_a_film_is_refused_and_leaves_nothing(
    run: Run, database: Database, storage: Media, tmp_path: Path, content: bytes | None, reason: str
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


async def test_a_film_that_would_fill_the_disk_is_refused_before_it_is_copied(
    run: Run, films: Films, storage: Media, database: Database
) -> None:
    done = await asyncio.to_thread(run, "add-video", str(films.make()), DISK_FLOOR="9000T")
    assert done.returncode == 1
    assert "The original has" in done.stderr
    assert "stay free (DISK_FLOOR)" in done.stderr
    assert await _count(database) == 0
    assert list((storage.root / "originals").iterdir()) == []
    assert list((storage.root / "staging").iterdir()) == []


async def test_the_api_returns_the_size_of_the_original(
    run: Run, films: Films, storage: Media, worker: None, logged_in: Client
) -> None:
    film = films.make()
    done = await asyncio.to_thread(run, "add-video", str(film))
    assert done.returncode == 0, done.stderr
    told = await (await logged_in.get("/api/video/1/")).json()
    assert told["original_bytes"] == film.stat().st_size
    lowest = sum(file.stat().st_size for file in storage.rendition(1, 1, 480).iterdir())
    assert [rendition["bytes"] for rendition in told["rungs"]] == [lowest]


async def test_notes_about_a_damaged_film_are_printed(
    run: Run, films: Films, worker: None, logged_in: Client, tmp_path: Path
) -> None:
    """The film is truncated, and its second unit is damaged."""
    film = tmp_path / "film.mp4"
    content = bytearray(
        films.make(seconds=24, audio=False, options=("-g", "25", "-movflags", "+faststart")).read_bytes()
    )
    begin, end = int(len(content) * 0.3), int(len(content) * 0.35)
    content[begin:end] = random.Random(7).randbytes(end - begin)
    film.write_bytes(content[: int(len(content) * 0.8)])
    done = await asyncio.to_thread(run, "add-video", str(film))
    assert done.returncode == 0, done.stderr
    notes = [line.removeprefix("note: ") for line in done.stdout.splitlines() if line.startswith("note: ")]
    assert re.fullmatch(r"The file is incomplete: (18|19|20) of 24 seconds are there\.", notes[0])
    assert notes[1].startswith("The decoder reported errors from 0:06 to ")
    assert (await (await logged_in.get("/api/video/1/")).json())["notes"] == notes


async def test_a_folder_is_refused(run: Run, tmp_path: Path) -> None:
    done = await asyncio.to_thread(run, "add-video", str(tmp_path))
    assert (done.returncode, "is a folder" in done.stderr) == (1, True)


async def test_a_missing_database_is_reported_before_the_copy(run: Run, films: Films, storage: Media) -> None:
    done = await asyncio.to_thread(run, "add-video", str(films.make()), DB_HOST="/nowhere")
    assert done.returncode == 1
    assert "database does not answer" in done.stderr
    assert list((storage.root / "originals").iterdir()) == []
    assert list((storage.root / "staging").iterdir()) == []


SRT = "1\n00:00:01,000 --> 00:00:02,000\nGrüße\n"


async def test_captions_are_added_with_language_and_kind(
    run: Run, films: Films, database: Database, tmp_path: Path
) -> None:
    film = films.make()
    named, given, unknown = tmp_path / "film.pt-BR.forced.srt", tmp_path / "some.vtt", tmp_path / "a=b.srt"
    named.write_bytes("\ufeff".encode() + SRT.replace("\n", "\r\n").encode())
    given.write_bytes(SRT.encode("latin-1"))
    unknown.write_text(SRT, "utf-16")
    sdh = tmp_path / "film.hi.srt"
    sdh.write_text(SRT)
    files = (str(named), f"German={given}", str(unknown), f"de={sdh}")
    options = [word for file in files for word in ("--captions", file)]
    done = await asyncio.to_thread(run, "add-video", str(film), "--no-follow", *options)
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
        ("{}", None, "film.de.srt: The file does not exist."),
        ("gibberish={}", SRT.encode(), "'gibberish' is not a language"),
    ],
)
async def test_unreadable_captions_are_refused_before_anything_is_added(
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
def test_language_in_a_caption_file_name(captions: str, film: str, language: str | None) -> None:
    assert in_file_name(Path(captions).stem, Path(film).stem).language == language
