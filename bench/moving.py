"""How long it takes to take over the accounts and films of a Django backend, and to see that all are here already."""

import asyncio
import os
import sqlite3
import sys
from asyncio.subprocess import PIPE
from contextlib import closing
from pathlib import Path
from time import perf_counter

from bench.pipeline import Pipeline, make_film, open_pipeline
from bench.result import NotMeasured, Result

ACCOUNTS, FILMS = 1000, 200
FILM_SECONDS, FILM_MEGABITS = 6, 2
MAX_SECONDS = 60.0
TABLES = """
    CREATE TABLE auth_user (
        id integer PRIMARY KEY, username, email, password, is_active, is_staff, is_superuser, date_joined, last_login
    );
    CREATE TABLE content_video (
        id integer PRIMARY KEY, title, description, category, video_file, thumbnail, created_at
    );
"""
HASH = "pbkdf2_sha256$1000000$c2VhIHNhbHQgb2YgMjI$" + "A" * 43 + "="


async def measure() -> list[Result]:
    async with open_pipeline() as pipeline:
        media = pipeline.place / "media"
        media.mkdir()
        film = media / "film.mp4"
        await make_film(pipeline.settings.ffmpeg, film, seconds=FILM_SECONDS, megabits=FILM_MEGABITS)
        await asyncio.to_thread(_fill, pipeline.place / "db.sqlite3", media, film.read_bytes())
        first, second = await _import(pipeline, media), await _import(pipeline, media)
    return [
        Result(
            f"{ACCOUNTS} accounts, {FILMS} films", f"{first:.1f} s", f"≤ {MAX_SECONDS:.0f} s", first <= MAX_SECONDS
        ),
        Result("the same again, with nothing to do", f"{second:.1f} s"),
    ]


def _fill(file: Path, media: Path, content: bytes) -> None:
    """Films that differ in what follows the last frame."""
    for number in range(1, FILMS + 1):
        (media / f"{number}.mp4").write_bytes(content + bytes(number))
    users = [(number, "", f"person{number}@example.org", HASH, "2024-01-01") for number in range(1, ACCOUNTS + 1)]
    films = [(number, f"Film {number}", "", "Drama", f"{number}.mp4", "", "") for number in range(1, FILMS + 1)]
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executescript(TABLES)
        connection.executemany("INSERT INTO auth_user VALUES (?, ?, ?, ?, 1, 0, 0, ?, NULL)", users)
        connection.executemany("INSERT INTO content_video VALUES (?, ?, ?, ?, ?, ?, ?)", films)


async def _import(pipeline: Pipeline, media: Path) -> float:
    """Seconds of the command."""
    begin = perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "videoflix", "import-django"),
        *("--database", str(pipeline.place / "db.sqlite3"), "--media", str(media)),
        env={**os.environ, **pipeline.environ},
        stdout=PIPE,
    )
    output, _ = await process.communicate()
    if process.returncode or f" {FILMS} " not in output.decode():
        raise NotMeasured(f"the import has failed: {output.decode()[-300:]}")
    return perf_counter() - begin
