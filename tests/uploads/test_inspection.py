"""A look at the beginning of an upload: it says no when that is certain, and nothing else."""

import asyncio
import random
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from tests.films import Films
from tests.fixtures.media import Media
from videoflix.db.pool import Database
from videoflix.encoding.context import JobContext
from videoflix.uploads import queries as rows
from videoflix.uploads.inspection import inspect
from videoflix.uploads.models import Upload, UploadState


@pytest.fixture(autouse=True)
def enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Films of tests are small."""
    monkeypatch.setattr("videoflix.uploads.inspection.ENOUGH_BYTES", 5000)


async def _look(job_context: JobContext, database: Database, storage: Media, part: bytes) -> Upload:
    """What is told of an upload of which this part has come."""
    now = datetime.now(UTC)
    upload = Upload(
        id=uuid4(),
        filename="film.mp4",
        title="Film",
        description="",
        category="",
        metadata="",
        length=10**9,
        replaces=False,
        video_id=None,
        created_at=now,
        expires_at=now,
    )
    storage.make_upload(upload.id)
    storage.upload(upload.id).write_bytes(part)
    async with database.connection() as connection:
        await rows.insert(connection, upload)
        await rows.advance(connection, upload, len(part))
    await inspect(job_context)
    async with database.connection() as connection:
        found = await rows.find(connection, upload.id)
    assert found
    assert storage.upload(upload.id).exists() == (found.state is UploadState.RECEIVING)
    return found


def _half(film: Path) -> bytes:
    return film.read_bytes()[: film.stat().st_size // 2]


@pytest.mark.parametrize("name", ["film.mp4", "film.mov", "film.mkv", "film.webm", "film.avi"])
async def test_half_a_film_may_become_one(
    job_context: JobContext, database: Database, storage: Media, films: Films, name: str
) -> None:
    """That of an MP4 has no index yet."""
    assert (await _look(job_context, database, storage, _half(films.make(name)))).state is UploadState.RECEIVING


async def test_sound_alone_is_no_film(
    job_context: JobContext, database: Database, storage: Media, films: Films, tmp_path: Path
) -> None:
    sound = tmp_path / "sound.mp4"
    films.run("-i", str(films.make(seconds=8)), "-vn", "-c:a", "copy", "-movflags", "+faststart", str(sound))
    told = await _look(job_context, database, storage, _half(sound))
    assert (told.state, told.detail) == (
        UploadState.REFUSED,
        "This is an audio file, not a film. It has no video.",
    )


async def test_noise_is_no_film(job_context: JobContext, database: Database, storage: Media) -> None:
    told = await _look(job_context, database, storage, random.Random(1).randbytes(200_000))
    assert told.state is UploadState.REFUSED
    assert told.detail
    assert told.detail.startswith("The file cannot be read as a film")


async def test_a_few_bytes_are_not_looked_at(job_context: JobContext, database: Database, storage: Media) -> None:
    assert (await _look(job_context, database, storage, b"\1" * 4999)).state is UploadState.RECEIVING


async def test_a_worker_looks_by_the_clock(
    job_context: JobContext, worker: None, database: Database, storage: Media
) -> None:
    noise = random.Random(2).randbytes(200_000)
    told = await _look(job_context, database, storage, noise[:10])
    storage.upload(told.id).write_bytes(noise)
    async with database.connection() as connection:
        await rows.advance(connection, told, len(noise))
    async with asyncio.timeout(60):
        while told.state is UploadState.RECEIVING:
            await asyncio.sleep(0.1)
            async with database.connection() as connection:
                found = await rows.find(connection, told.id)
            assert found
            told = found
    assert told.state is UploadState.REFUSED
