"""The storage report finds missing files and orphans, changes nothing unless asked to, and repairs what it can."""

import asyncio
import io
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from tests.films import Films
from tests.fixtures.commands import Run
from tests.fixtures.encoding import Bring, Wait
from tests.fixtures.media import Media
from videoflix.cli.storage_report import report
from videoflix.db.pool import Database
from videoflix.library.models import EncodeState
from videoflix.library.queries import videos
from videoflix.settings import Settings
from videoflix.storage import queries as inventory
from videoflix.storage.folders import discard, sizes
from videoflix.streaming import queries as streaming_queries


class Doctor:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    async def __call__(self, *, fix: bool = False) -> tuple[int, str]:
        output = io.StringIO()
        status = await report(self.settings, Console(file=output, width=200), fix=fix)
        return status, output.getvalue()


@pytest.fixture
def doctor(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """Treats every file as old enough to be an orphan, because a file's change time cannot be set."""
    monkeypatch.setattr("videoflix.storage.orphans.ORPHAN_SECONDS", -1.0)
    monkeypatch.setattr("videoflix.storage.orphans.ORIGINAL_SECONDS", -1.0)
    return Doctor(settings)


@pytest.fixture
async def film(worker: None, bring: Bring, wait: Wait, films: Films, database: Database, storage: Media) -> int:
    """A complete film of three segments in two renditions, with its thumbnail."""
    video_id = await bring(_three_segments(films))
    await wait(video_id)
    await _until_idle(database, storage)
    return video_id


def _three_segments(films: Films) -> Path:
    return films.make("three.mp4", size="720x720", rate="5", seconds=13)


async def _until_idle(database: Database, storage: Media) -> None:
    """Wait until audio segments that are no longer needed are removed, after the film is ready."""
    open_jobs: Sequence[object] = ()
    try:
        async with asyncio.timeout(300):
            while True:
                async with database.connection() as connection:
                    open_jobs = await connection.fetch("SELECT * FROM jobs WHERE state <> 'done'")
                if not open_jobs and not any(name.endswith(".aac") for name in _everything(storage)):
                    return
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(f"not idle: {open_jobs} {sorted(_everything(storage))}")


def _everything(storage: Media) -> dict[str, int]:
    return sizes(storage.root)


async def test_a_complete_library_is_reported_with_its_sizes(
    film: int, doctor: Doctor, run: Run, storage: Media
) -> None:
    status, said = await doctor()
    assert status == 0, said
    assert "disk and database agree" in said
    original = storage.original(film).stat().st_size
    low = sum(sizes(storage.rendition(film, 1, 480)).values())
    row = next(line for line in said.splitlines() if "Film" in line)
    assert f"{original / 1e6:.1f} MB" in row
    assert f"{low / 1e6:.1f} MB" in row
    done = await asyncio.to_thread(run, "doctor", "--storage")
    assert done.returncode == 0, done.stdout + done.stderr


async def test_missing_files_are_encoded_again(
    film: int, doctor: Doctor, storage: Media, films: Films, database: Database, wait: Wait
) -> None:
    before = _everything(storage)
    frames = films.frames(films.playlist(storage.rendition(film, 1, 720)))
    (storage.rendition(film, 1, 480) / "001.ts").unlink()
    (storage.rendition(film, 1, 720) / "002.ts").write_bytes(b"half")
    storage.thumbnail(film, 1, width=320).unlink()
    damaged = _everything(storage)
    status, said = await doctor()
    assert status == 1
    assert "480p: 1 segments are missing or have the wrong size (001.ts)" in said
    assert "720p: 1 segments are missing or have the wrong size (002.ts)" in said
    assert "the thumbnail is missing" in said
    assert _everything(storage) == damaged
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM jobs WHERE state <> 'done'") == 0

    status, said = await doctor(fix=True)
    assert status == 0, said
    async with database.connection() as connection:
        meanwhile = await streaming_queries.film(connection, film)
    assert meanwhile is None or meanwhile.segments <= 3
    assert (await wait(film)).state is EncodeState.READY
    await _until_idle(database, storage)
    assert set(_everything(storage)) == set(before)
    assert films.frames(films.playlist(storage.rendition(film, 1, 720))) == frames
    status, said = await doctor()
    assert status == 0, said


async def test_a_film_without_its_first_segment_is_not_playable_until_it_is_encoded_again(
    film: int, doctor: Doctor, storage: Media, database: Database, wait: Wait
) -> None:
    shutil.rmtree(storage.rendition(film, 1, 480))
    async with database.transaction() as connection:
        (version,) = await inventory.versions(connection)
        assert await inventory.requeue_units(connection, version.encode_id, [0, 1, 2])
        assert await streaming_queries.film(connection, film) is None
        await connection.execute("UPDATE jobs SET state = 'done'")
        await connection.execute("UPDATE encodes SET state = 'ready', published_at = now()")
    assert (await doctor(fix=True))[0] == 0
    assert (await wait(film)).state is EncodeState.READY
    await _until_idle(database, storage)
    assert (await doctor())[0] == 0


async def test_without_an_original_the_problem_remains(
    film: int, doctor: Doctor, storage: Media, database: Database
) -> None:
    storage.original(film).unlink()
    (storage.rendition(film, 1, 480) / "001.ts").unlink()
    status, said = await doctor(fix=True)
    assert status == 1
    assert "An original cannot be restored" in said
    assert "The original that it was encoded from is missing as well" in said
    async with database.connection() as connection:
        row = await connection.fetchrow("SELECT state, original_bytes FROM encodes JOIN videos v ON v.id = video_id")
    assert row
    assert row["state"] == "ready"
    assert row["original_bytes"]  # its disk may just not be mounted


async def test_orphans_are_removed_and_unknown_files_are_kept(
    film: int, bring: Bring, wait: Wait, films: Films, doctor: Doctor, storage: Media, database: Database
) -> None:
    deleted = await bring(films.make())
    await wait(deleted)
    await _until_idle(database, storage)
    before = _everything(storage)
    async with database.connection() as connection:
        await videos.remove(connection, deleted)
    orphans = [
        storage.original(deleted),
        storage.film(deleted),
        storage.rendition(film, 1, 480) / "099.ts",
        storage.audio(film, 1, 0),
    ]
    storage.rendition(film, 7, 480).mkdir(parents=True)
    storage.audio(film, 1, 0).mkdir(parents=True)
    orphans[2].write_bytes(b"x")
    strangers = [storage.original(deleted + 1), storage.film(99), storage.root / "originals" / "letter.txt"]
    for stranger in strangers:
        stranger.write_bytes(b"x")
    strangers.append(storage.version(film, 7))  # of a database that was newer than a backup
    planted = _everything(storage)
    status, said = await doctor()
    assert status == 1
    for path in (*orphans, *strangers):
        assert str(path.relative_to(storage.root)) in said
    assert _everything(storage) == planted

    status, said = await doctor(fix=True)
    assert (status, "not removed" in said) == (1, True)
    assert not any(path.exists() for path in orphans)
    assert all(path.exists() for path in strangers)
    for stranger in strangers:
        discard(stranger)
    assert (await doctor())[0] == 0
    kept = {name for name in before if not Path(name).is_relative_to(storage.film(deleted))}
    assert set(_everything(storage)) == kept - {str(storage.original(deleted))}


async def test_recent_files_are_not_orphans(film: int, settings: Settings, storage: Media) -> None:
    storage.version(film, 7).mkdir()
    storage.original(film + 1).write_bytes(b"x")
    status, said = await Doctor(settings)(fix=True)
    assert status == 0, said
    assert storage.version(film, 7).exists()


async def test_a_film_that_is_being_encoded_is_not_changed(
    doctor: Doctor, worker: None, bring: Bring, wait: Wait, films: Films, storage: Media, database: Database
) -> None:
    """Checked at each step of the encode, not continuously, which would slow the workers down."""
    video_id = await bring(_three_segments(films))
    looked, seen = 0, None
    while not (seen := await wait(video_id, lambda now, seen=seen: now != seen)).state.is_final:
        status, said = await doctor(fix=True)
        assert status == 0, said
        assert all("audio track" in line for line in said.splitlines() if "✓" in line), (
            "the worker was about to remove it"
        )
        looked += 1
    assert looked
    await _until_idle(database, storage)
    assert (await doctor())[0] == 0
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT max(attempts) FROM jobs") == 1
