"""The pictures beside a film, made by a real worker, are decoded and compared with it; without them it is a film."""

import asyncio
import dataclasses
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import replace

from tests.colour_patches import TAGS, distance, patches, pixels
from tests.films import Films
from tests.fixtures.encoding import Bring, Wait
from tests.fixtures.media import Media
from tests.programs import STATIC, SYSTEM
from videoflix.db.pool import Database
from videoflix.encoding.context import JobContext
from videoflix.library.models import EncodeState
from videoflix.library.queries import encodes
from videoflix.queue.due import enqueue_due
from videoflix.queue.queues import TRANSCODE, Queues
from videoflix.streaming import queries as streaming_queries
from videoflix.worker import build

Over = Callable[[int], Awaitable[dict[str, tuple[str, str | None]]]]
OPEN = "SELECT count(*) FROM jobs WHERE encode_id = $1 AND state IN ('queued', 'running')"
CUE = re.compile(r"([0-9:.]+) --> ([0-9:.]+)\nstoryboard/([0-9]{3}\.jpg)\?v=1#xywh=(\d+),(\d+),(\d+),(\d+)\n")


class Cue(Struct, frozen=True):
    begin: float
    end: float
    sheet: str
    tile: tuple[int, int, int, int]


@pytest.fixture
def over(database: Database) -> Over:
    """Waits until nothing is left to do for a video; state and error of its jobs."""

    async def over(video_id: int) -> dict[str, tuple[str, str | None]]:
        async with asyncio.timeout(120), database.connection() as connection:
            encode_id = await encodes.newest(connection, video_id)
            assert encode_id
            while await connection.fetchval(OPEN, encode_id):
                await asyncio.sleep(0.05)
            rows = await connection.fetch("SELECT kind, state, error FROM jobs WHERE encode_id = $1", encode_id)
        return {row["kind"]: (row["state"], row["error"]) for row in rows}

    return over


def _cues(folder: Path) -> list[Cue]:
    text = (folder / "cues.vtt").read_text()
    assert text.startswith("WEBVTT\n\n")
    found = [
        Cue(_seconds(begin), _seconds(end), sheet, (int(x), int(y), int(w), int(h)))
        for begin, end, sheet, x, y, w, h in CUE.findall(text)
    ]
    assert len(found) == text.count("-->")
    return found


def _seconds(clock: str) -> float:
    hours, minutes, seconds = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _tones(films: Films, folder: Path) -> list[float]:
    """How bright the tile of every cue is in its middle."""
    sheets: dict[str, tuple[int, bytes]] = {}
    tones = []
    for cue in _cues(folder):
        if cue.sheet not in sheets:
            file = str(folder / cue.sheet)
            width = films.probe(file, "-show_streams")["streams"][0]["width"]
            sheets[cue.sheet] = width, films.run("-i", file, "-vf", "format=gray", "-f", "rawvideo", "pipe:1")
        width, gray = sheets[cue.sheet]
        x, y, w, h = cue.tile
        inner = [
            gray[row * width + column]
            for row in range(y + h // 4, y + 3 * h // 4)
            for column in range(x + w // 4, x + 3 * w // 4)
        ]
        tones.append(sum(inner) / len(inner))
    return tones


@pytest.mark.parametrize(
    ("name", "seconds", "rate", "size", "tone", "interval", "sheets"),
    [
        ("film.mp4", 60, "30000/1001", "160x90", "30+3*T", 2.002, 1),
        ("film.avi", 700, "1", "64x36", "30+mod(4*T\\,200)", 4, 2),
    ],
)
async def test_the_tile_of_a_cue_shows_the_film_at_its_time(
    films: Films,
    storage: Media,
    database: Database,
    worker: None,
    bring: Bring,
    over: Over,
    name: str,
    seconds: int,
    rate: str,
    size: str,
    tone: str,
    interval: float,
    sheets: int,
) -> None:
    """The brightness of this film tells its time: from one key frame to the next it changes by 6 or 8."""
    source = films.make(
        name,
        size=size,
        rate=rate,
        seconds=seconds,
        picture="color",
        audio=False,
        options=("-vf", f"geq=lum={tone}:cb=128:cr=128"),
    )
    video_id = await bring(source)
    assert (await over(video_id))["storyboard"] == ("done", None)
    folder = storage.storyboard(video_id, 1)
    cues = _cues(folder)
    assert sorted(file.name for file in folder.glob("*.jpg")) == [f"{number:03d}.jpg" for number in range(sheets)]
    assert [cue.begin for cue in cues] == pytest.approx([n * interval for n in range(len(cues))], abs=1e-3)
    assert [cue.end for cue in cues[:-1]] == [cue.begin for cue in cues[1:]]
    assert cues[-1].end == pytest.approx(seconds, abs=0.05)

    frames = round(interval * float(Fraction(rate)))
    shown = films.run(
        *("-i", str(films.playlist(storage.rendition(video_id, 1, 480)))),
        *("-vf", f"select=not(mod(n\\,{frames})),scale=1:1,format=gray"),
        *("-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1"),
    )
    assert len(shown) == len(cues)
    assert _tones(films, folder) == pytest.approx(list(shown), abs=2)


@pytest.mark.parametrize(
    ("ffmpeg", "seconds", "size", "tile", "pictures"),
    [
        (None, 0.04, "320x180", (160, 90), 1),
        (None, 0.08, "8x8", (8, 8), 1),
        (None, 3, "320x180", (160, 90), 2),
        (None, 5, "180x320", (90, 160), 3),
        (SYSTEM, 3, "320x180", (160, 90), 2),
        (STATIC, 3, "320x180", (160, 90), 2),
    ],
    indirect=["ffmpeg"],
)
async def test_short_tiny_and_upright_films_have_their_pictures(
    films: Films,
    storage: Media,
    database: Database,
    worker: None,
    bring: Bring,
    over: Over,
    seconds: float,
    size: str,
    tile: tuple[int, int],
    pictures: int,
) -> None:
    video_id = await bring(films.make(size=size, seconds=seconds, audio=seconds > 1))
    ended = await over(video_id)
    assert (ended["thumbnail"], ended["storyboard"]) == (("done", None), ("done", None))
    folder = storage.storyboard(video_id, 1)
    cues = _cues(folder)
    assert [cue.tile for cue in cues] == [(n * tile[0], 0, *tile) for n in range(pictures)]
    sheet = films.probe(str(folder / "000.jpg"), "-show_streams")["streams"][0]
    assert (sheet["codec_name"], sheet["width"], sheet["height"]) == ("mjpeg", pictures * tile[0], tile[1])
    thumbnail = films.probe(str(storage.thumbnail(video_id, 1)), "-show_streams")["streams"][0]
    width, height = (int(side) for side in size.split("x"))
    assert (thumbnail["codec_name"], thumbnail["width"], thumbnail["height"]) == ("mjpeg", width, height)
    async with database.connection() as connection:
        film = await streaming_queries.film(connection, video_id)
    assert film
    assert (film.thumbnail, film.thumbnail_width, film.has_storyboard) == (1, width, True)


@pytest.mark.parametrize(
    ("name", "size", "matrix", "tags", "renditions"),
    [
        ("untagged.mp4", "640x480", "bt601", "colorspace=unknown", (480,)),
        (
            "tagged.mkv",
            "1280x720",
            "bt601",
            "colorspace=smpte170m",
            (480, 720),
        ),
    ],
)
async def test_all_renditions_and_pictures_have_the_colours_of_the_film(
    films: Films,
    storage: Media,
    worker: None,
    bring: Bring,
    over: Over,
    tmp_path: Path,
    name: str,
    size: str,
    matrix: str,
    tags: str,
    renditions: tuple[int, ...],
) -> None:
    source = f"{patches(size)},scale=out_color_matrix={matrix}:out_range=tv,format=yuv420p,setparams={tags}"
    films.run("-filter_complex", source, "-c:v", "libx264", "-preset", "ultrafast", str(tmp_path / name))
    video_id = await bring(tmp_path / name)
    ended = await over(video_id)
    assert (ended["thumbnail"], ended["storyboard"]) == (("done", None), ("done", None))
    for rendition in renditions:
        segment = storage.rendition(video_id, 1, rendition) / "000.ts"
        (stream,) = films.probe(str(segment), "-show_streams")["streams"]
        assert {tag: stream.get(tag) for tag in TAGS} == TAGS
        assert distance(pixels(films, segment, "bt709")) <= 10
    for picture in (storage.thumbnail(video_id, 1), storage.storyboard(video_id, 1) / "000.jpg"):
        assert distance(pixels(films, picture, "bt601")) <= 10


async def test_a_film_that_begins_does_not_wait_for_the_storyboards_of_others(
    films: Films, job_context: JobContext, database: Database, bring: Bring, wait: Wait, over: Over, tmp_path: Path
) -> None:
    async with _working(job_context):
        for video_id in [await bring(films.make()) for _ in range(3)]:
            await over(video_id)
    endless = tmp_path / "ffmpeg"
    # Only storyboards hang: ingest runs ffmpeg, too.
    endless.write_text(f'#!/bin/sh\ncase "$*" in *%03d.jpg*) exec sleep 600 ;; esac\nexec "{films.ffmpeg}" "$@"\n')
    endless.chmod(0o755)
    await _do_again(database, job_context.queues, "storyboard")
    async with _working(
        replace(job_context, settings=dataclasses.replace(job_context.settings, ffmpeg=str(endless)))
    ):
        async with asyncio.timeout(60):
            while "running" not in await _states(database, "storyboard"):
                await asyncio.sleep(0.05)
        begun = await bring(films.make())
        await wait(begun, lambda now: now.duration is not None)  # its ingest is done
        assert await _states(database, "storyboard") == ["queued", "queued", "running"]


async def _states(database: Database, kind: str) -> list[str]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT state FROM jobs WHERE kind = $1 ORDER BY state", kind)
    return [row["state"] for row in rows]


@asynccontextmanager
async def _working(job_context: JobContext) -> AsyncIterator[None]:
    running = build(job_context, TRANSCODE)
    task = asyncio.create_task(running.start())
    try:
        yield
    finally:
        await running.stop()
        await task


async def _do_again(database: Database, queues: Queues, kind: str) -> None:
    async with database.transaction() as connection:
        await connection.execute("UPDATE encodes SET thumbnail = 0, has_storyboard = false")
        await connection.execute("UPDATE jobs SET state = 'queued', attempts = 0 WHERE kind = $1", kind)
    await enqueue_due(database, queues)


def _lose_the_original(storage: Media, video_id: int) -> None:
    storage.original(video_id).unlink()


def _damage_the_original(storage: Media, video_id: int) -> None:
    storage.original(video_id).write_bytes(b"\x00" * 5000)


def _lose_all_segments(storage: Media, video_id: int) -> None:
    for segment in storage.rendition(video_id, 1, 480).iterdir():
        segment.unlink()


def _lose_a_segment(storage: Media, video_id: int) -> None:
    (storage.rendition(video_id, 1, 480) / "001.ts").unlink()


def _damage_all_segments(storage: Media, video_id: int) -> None:
    for segment in storage.rendition(video_id, 1, 480).iterdir():
        segment.write_bytes(b"\x00" * 5000)


@pytest.mark.parametrize(
    ("kind", "mishap", "reason"),
    [
        ("thumbnail", _lose_the_original, "no longer exists"),
        ("thumbnail", _damage_the_original, "damaged or incomplete"),
        ("storyboard", _lose_all_segments, "000.ts of the film is not there"),
        ("storyboard", _lose_a_segment, "001.ts of the film is not there"),
        ("storyboard", _damage_all_segments, ""),
    ],
)
async def test_a_film_without_its_pictures_is_a_film(
    films: Films,
    storage: Media,
    database: Database,
    queues: Queues,
    worker: None,
    bring: Bring,
    wait: Wait,
    over: Over,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    mishap: Callable[[Media, int], None],
    reason: str,
) -> None:
    monkeypatch.setattr("videoflix.encoding.jobs.RETRY_AFTER", (timedelta(0), timedelta(0)))
    video_id = await bring(films.make(seconds=8))
    await over(video_id)
    mishap(storage, video_id)
    await _do_again(database, queues, kind)
    state, error = (await over(video_id))[kind]
    assert state == "failed"
    assert error
    assert reason in error
    assert str(storage.root) not in error
    assert (await wait(video_id)).state is EncodeState.READY
    async with database.connection() as connection:
        film = await streaming_queries.film(connection, video_id)
    assert film
    assert (film.thumbnail, film.has_storyboard) == (0, False)
    assert list((storage.root / "staging").iterdir()) == []
