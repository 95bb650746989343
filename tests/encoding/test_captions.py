"""Captions and audio tracks of an original are extracted into files, at the right time."""

import asyncio
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest

from tests.films import Films
from tests.fixtures.encoding import Bring, Wait
from tests.fixtures.media import Media
from tests.playlists import durations
from videoflix.db.pool import Database
from videoflix.encoding import captions as extraction
from videoflix.encoding.context import JobContext, JobProgress
from videoflix.library.adding import queue_encode
from videoflix.library.queries import encodes
from videoflix.queue import queries as jobs
from videoflix.queue.due import enqueue_due
from videoflix.queue.models import JobKind
from videoflix.queue.queues import Queues
from videoflix.streaming import playlist
from videoflix.streaming import queries as streaming_queries
from videoflix.streaming.models import Film

OPEN = "SELECT count(*) FROM jobs WHERE encode_id = $1 AND state IN ('queued', 'running')"
SRT = """1
00:00:01,000 --> 00:00:02,500
<i>Grüße</i> & <script>alert(1)</script>

2
00:00:02,600 --> 00:00:03,500
zwei
Zeilen --> hier
"""
ASS = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, Bold, Italic, Alignment, Encoding
Style: Default,Arial,20,0,0,2,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, CaptionTrack
Dialogue: 0,0:00:00.50,0:00:01.50,Default,,0,0,0,,{\\an8}On {\\i1}top{\\i0}\\N\\Nand\\hbelow{a note}
Dialogue: 0,0:00:01.50,0:00:02.50,Default,,0,0,0,,{\\p1}m 0 0 l 100 0 100 100{\\p0}
"""
MakeFilm = Callable[..., Path]


@pytest.fixture
def subtitled(films: Films, tmp_path: Path) -> MakeFilm:
    """Makes a film of 4 seconds with subtitles: an SRT track, and what `more` says."""

    def subtitled(name: str, codec: str, *more: str, extra: str = "", late: float = 0) -> Path:
        srt, ass, film = tmp_path / "a.srt", tmp_path / "b.ass", tmp_path / name
        srt.write_text(SRT)
        ass.write_text(extra or ASS)
        sound = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=5")
        films.run(
            *("-itsoffset", str(late), "-i", str(films.make(seconds=4, audio=False)), *sound),
            *("-i", str(srt), "-i", str(ass), "-map", "0:v", "-map", "1:a", "-map", "2"),
            *("-c:v", "copy", "-c:a", "aac", "-c:s", codec, *more, str(film)),
        )
        return film

    return subtitled


async def _rows(database: Database) -> list[tuple[object, ...]]:
    query = "SELECT number, language, kind, name, text FROM captions ORDER BY encode_id, number"
    async with database.connection() as connection:
        return [tuple(row) for row in await connection.fetch(query)]


async def _all_done(database: Database, wait: Wait, video_id: int) -> None:
    """Until the film is ready, and what is beside it is over too."""
    await wait(video_id)
    async with asyncio.timeout(120):
        while True:
            async with database.connection() as connection:
                newest = await encodes.newest(connection, video_id)
                assert newest
                if not await connection.fetchval(OPEN, newest):
                    return
            await asyncio.sleep(0.05)


async def test_every_text_track_becomes_a_row(
    subtitled: MakeFilm, worker: None, bring: Bring, wait: Wait, database: Database
) -> None:
    film = subtitled(
        *("film.mkv", "srt", "-map", "3", "-c:s:1", "ass"),
        *(
            "-metadata:s:s:0",
            "language=ger",
            "-disposition:s:0",
            "hearing_impaired",
            "-metadata:s:s:1",
            "title=Director's <b>words</b>",
        ),
    )
    await _all_done(database, wait, await bring(film))
    german, nameless = await _rows(database)
    assert german == (
        0,
        "de",
        "sdh",
        "Deutsch (SDH)",
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\n<i>Grüße</i> &amp; alert(1)\n\n"
        "00:00:02.600 --> 00:00:03.500\nzwei\nZeilen --&gt; hier\n",
    )
    assert nameless[:-1] == (1, "und", "full", "Director’s ‹b›words‹/b›")
    assert str(nameless[-1]).replace(".499", ".500") == (  # an old ffmpeg rounds down when it makes the film
        "WEBVTT\n\n00:00:00.500 --> 00:00:01.500\nOn <i>top</i>\nand\u00a0below\n"
    )


async def test_the_text_of_an_mp4_and_of_a_track_that_says_nothing(
    subtitled: MakeFilm, worker: None, bring: Bring, wait: Wait, database: Database, tmp_path: Path
) -> None:
    silent = ASS[: ASS.index("Dialogue")] + "Dialogue: 0,0:00:00.50,0:00:01.50,Default,,0,0,0,,{\\i1}\n"
    film = subtitled("film.mp4", "mov_text", "-map", "3", extra=silent)
    await _all_done(database, wait, await bring(film))
    (row,) = await _rows(database)
    assert row[:4] == (0, "und", "full", "Subtitles")
    assert "00:00:02.600 --> 00:00:03.500\nzwei\nZeilen --&gt; hier\n" in str(row[4])


async def test_times_count_from_the_first_frame(
    subtitled: MakeFilm, worker: None, bring: Bring, wait: Wait, database: Database
) -> None:
    await _all_done(database, wait, await bring(subtitled("late.mkv", "srt", late=0.8)))
    (row,) = await _rows(database)
    assert "00:00:00.200 --> 00:00:01.700\n" in str(row[4])
    assert "00:00:01.800 --> 00:00:02.700\n" in str(row[4])


async def test_the_same_job_twice_makes_no_second_row(
    subtitled: MakeFilm, job_context: JobContext, worker: None, bring: Bring, wait: Wait, database: Database
) -> None:
    await _all_done(database, wait, await bring(subtitled("film.mkv", "srt")))
    (row,) = await _rows(database)
    async with database.connection() as connection:
        await connection.execute("UPDATE jobs SET state = 'queued' WHERE kind = 'captions'")
        job = await jobs.claim(connection, JobKind.CAPTIONS, uuid4())
    assert job
    await extraction.captions(job_context, job, JobProgress())
    assert await _rows(database) == [row]


async def test_subtitles_that_cannot_be_read_do_not_cost_the_film(
    subtitled: MakeFilm,
    worker: None,
    bring: Bring,
    wait: Wait,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("videoflix.queue.models.MAX_TRIES", 1)
    monkeypatch.setattr("videoflix.library.webvtt.MAX_BYTES", "no number")
    video_id = await bring(subtitled("film.mkv", "srt"))
    await _all_done(database, wait, video_id)
    assert await _rows(database) == []
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT state FROM jobs WHERE kind = 'captions'") == "failed"
        assert await streaming_queries.film(connection, video_id)


async def test_a_new_version_has_its_own(
    subtitled: MakeFilm, worker: None, bring: Bring, wait: Wait, database: Database, queues: Queues
) -> None:
    video_id = await bring(subtitled("film.mkv", "srt"))
    await _all_done(database, wait, video_id)
    async with database.transaction() as connection:
        first = await streaming_queries.film(connection, video_id)
        assert await queue_encode(connection, video_id)
    await enqueue_due(database, queues)
    await _all_done(database, wait, video_id)
    async with database.connection() as connection:
        second = await streaming_queries.film(connection, video_id)
    assert first
    assert second
    assert (len(first.captions), len(second.captions)) == (1, 1)
    assert first.captions[0].number != second.captions[0].number


async def test_further_audio_tracks_are_offered_whether_their_language_is_known_or_not(
    films: Films, worker: None, bring: Bring, wait: Wait, database: Database, storage: Media, tmp_path: Path
) -> None:
    film = tmp_path / "voices.mkv"
    tones: list[str] = []
    for hertz in (440, 880, 220):
        tones += ["-f", "lavfi", "-i", f"sine=frequency={hertz}:duration=13"]
    films.run(
        *("-i", str(films.make(seconds=13, audio=False)), *tones),
        *("-map", "0:v", "-map", "1", "-map", "2", "-map", "3"),
        *("-c:v", "copy", "-c:a", "aac", "-disposition:a:0", "default"),
        *("-metadata:s:a:1", "language=fre", "-metadata:s:a:2", "language=nonsense", str(film)),
    )
    video_id = await bring(film)
    await _all_done(database, wait, video_id)
    async with database.connection() as connection:
        published = await streaming_queries.film(connection, video_id)
    assert isinstance(published, Film)
    told = [(one.number, one.language, one.name, one.segments) for one in published.audio_tracks]
    assert told == [(0, None, "Original", 3), (1, "fr", "Français", 3), (2, None, "Track 3", 3)]
    folder = shutil.copytree(storage.audio(video_id, 1, 1), tmp_path / "pieces")
    assert sorted(piece.name for piece in folder.iterdir()) == ["000.aac", "001.aac", "002.aac"]
    text = playlist.audio(3, published.geometry, published.variants[0].frame_rate, published.duration, 1)
    (folder / "index.m3u8").write_text(text.replace("?v=1", ""))
    assert sum(durations(text)) == pytest.approx(13, abs=1e-4)
    heard = films.times(folder / "index.m3u8", "a:0")
    assert len(heard) == pytest.approx(13 * 48000 / 1024, abs=2)
    gaps = [later - earlier for earlier, later in pairwise(heard)]
    assert max(gaps) == pytest.approx(1024 / 48000, abs=1e-4)
    assert min(gaps) == pytest.approx(1024 / 48000, abs=1e-4)
    picture = films.times(films.playlist(storage.rendition(video_id, 1, 480)))
    assert heard[0] == pytest.approx(picture[0], abs=0.002)
    assert heard[-1] <= picture[-1] + 0.08
