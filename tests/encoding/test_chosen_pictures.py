"""The picture that an administrator has chosen is made by a real worker, and stays with the film."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest

from tests.films import Films
from tests.fixtures.encoding import Bring
from tests.fixtures.media import Media
from videoflix.db.pool import Database
from videoflix.encoding.context import JobContext, JobProgress
from videoflix.encoding.pictures import thumbnail
from videoflix.errors import NotReady
from videoflix.library.adding import queue_encode
from videoflix.library.models import ThumbnailSource
from videoflix.library.queries import encodes, thumbnails, videos
from videoflix.queue import queries as jobs
from videoflix.queue.due import enqueue_due
from videoflix.queue.models import JobKind
from videoflix.queue.queues import Queues
from videoflix.streaming import queries as streaming_queries

Choose = Callable[..., Awaitable[None]]
Rest = Callable[[], Awaitable[None]]


@pytest.fixture
def rest(database: Database, queues: Queues) -> Rest:
    """Waits until nothing is left to do."""

    async def rest() -> None:
        await enqueue_due(database, queues)
        async with asyncio.timeout(120), database.connection() as connection:
            while await connection.fetchval("SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')"):
                await asyncio.sleep(0.05)

    return rest


@pytest.fixture
async def film(worker: None, bring: Bring, films: Films, rest: Rest) -> int:
    """One that gets brighter from second to second."""
    source = films.make(
        seconds=10, picture="color", audio=False, options=("-vf", "geq=lum=20+20*T:cb=128:cr=128", "-g", "25")
    )
    video_id = await bring(source)
    await rest()
    return video_id


@pytest.fixture
def choose(database: Database) -> Choose:
    async def choose(video_id: int, source: ThumbnailSource, place: float | None = None) -> None:
        async with database.transaction() as connection:
            await videos.lock(connection, video_id)
            await thumbnails.choose(connection, video_id, source, place)

    return choose


async def _thumbnail(database: Database, storage: Media, video_id: int) -> Path:
    """The picture that is served."""
    async with database.connection() as connection:
        film = await streaming_queries.film(connection, video_id)
    assert film
    assert film.thumbnail_version == (f"{film.version}.{film.thumbnail}" if film.thumbnail > 1 else f"{film.version}")
    return storage.thumbnail(video_id, film.version, film.thumbnail)


def _second(films: Films, picture: Path) -> int:
    """Which second of the film a picture shows."""
    gray = films.run("-i", str(picture), "-vf", "format=gray", "-f", "rawvideo", "pipe:1")
    brightness = sum(gray) / len(gray) / 255 * 219 + 16
    return round((brightness - 20) / 20)


def _picture(films: Films) -> bytes:
    arguments = ("-f", "lavfi", "-i", "color=0x969696:size=640x360", "-frames:v", "1", "-f", "mjpeg", "pipe:1")
    return films.run(*arguments)


async def test_another_frame_is_another_edition_and_the_last_but_one_goes(
    film: int, choose: Choose, rest: Rest, films: Films, storage: Media, database: Database
) -> None:
    first = await _thumbnail(database, storage, film)
    assert first == storage.thumbnail(film, 1)
    await choose(film, ThumbnailSource.FRAME, 9.0)
    await rest()
    second = await _thumbnail(database, storage, film)
    assert (second.name, _second(films, second)) == ("thumbnail-2.jpg", 9)
    assert first.exists()  # somebody may just have been told of it
    await choose(film, ThumbnailSource.FRAME, 3.0)
    await rest()
    third = await _thumbnail(database, storage, film)
    assert (third.name, _second(films, third)) == ("thumbnail-3.jpg", 3)
    async with asyncio.timeout(3):
        while first.exists():  # files follow the rows
            await asyncio.sleep(0.01)
    assert second.exists()


async def test_a_candidate_is_taken_as_it_is_also_without_the_original(
    film: int, choose: Choose, rest: Rest, storage: Media, database: Database
) -> None:
    storage.original(film).unlink()
    await choose(film, ThumbnailSource.CANDIDATE, 4)
    await rest()
    chosen = await _thumbnail(database, storage, film)
    assert chosen.read_bytes() == storage.candidate(film, 1, 4).read_bytes()
    assert chosen.name == "thumbnail-2.jpg"


async def test_a_thumbnail_of_before_gets_its_widths_also_without_the_original(
    film: int, rest: Rest, films: Films, storage: Media, database: Database
) -> None:
    storage.original(film).unlink()
    thumbnail = storage.thumbnail(film, 1)
    arguments = ("-f", "lavfi", "-i", "color=0x969696:size=640x360", "-frames:v", "1", "-f", "mjpeg", "pipe:1")
    thumbnail.write_bytes(content := films.run(*arguments))
    async with database.connection() as connection:
        await connection.execute("UPDATE encodes SET thumbnail_width = 0, thumbnail_colour = NULL")
        await connection.execute("UPDATE jobs SET state = 'queued', attempts = 0 WHERE kind = 'thumbnail'")
    await rest()
    async with database.connection() as connection:
        stored = await connection.fetchrow("SELECT thumbnail, thumbnail_width, thumbnail_colour FROM encodes")
    assert stored
    assert tuple(stored) == (1, 640, "#969696")
    assert thumbnail.read_bytes() == content
    assert storage.thumbnail(film, 1, width=320).is_file()


@pytest.mark.parametrize(
    ("source", "place", "second"),
    [(ThumbnailSource.FRAME, 9.0, 9), (ThumbnailSource.CANDIDATE, 2, 4), (ThumbnailSource.UPLOAD, None, 6)],
)
async def test_a_new_version_has_the_picture_that_was_chosen(
    film: int,
    choose: Choose,
    rest: Rest,
    films: Films,
    storage: Media,
    database: Database,
    source: ThumbnailSource,
    place: float | None,
    second: int,
) -> None:
    storage.thumbnail_source(film).write_bytes(_picture(films))
    await choose(film, source, place)
    await rest()
    before = _second(films, await _thumbnail(database, storage, film))
    async with database.transaction() as connection:
        assert await queue_encode(connection, film)
    await rest()
    after = await _thumbnail(database, storage, film)
    assert after == storage.thumbnail(film, 2, 2)
    assert _second(films, after) == before
    assert before in (second, second + 1)
    assert len(list(storage.candidates(film, 2).iterdir())) == 5


async def test_a_time_that_the_film_does_not_have_any_more_is_no_reason_to_go_without(
    film: int, choose: Choose, rest: Rest, storage: Media, database: Database
) -> None:
    await choose(film, ThumbnailSource.FRAME, 99.0)
    await rest()
    assert (await _thumbnail(database, storage, film)).name == "thumbnail-2.jpg"


async def test_a_picture_that_cannot_be_read_is_told_and_the_one_before_stays(
    film: int, choose: Choose, rest: Rest, storage: Media, database: Database
) -> None:
    storage.thumbnail_source(film).write_bytes(b"\xff\xd8\xff no picture")
    await choose(film, ThumbnailSource.UPLOAD)
    await rest()
    async with database.connection() as connection:
        error = await connection.fetchval("SELECT error FROM jobs WHERE kind = 'thumbnail' AND state = 'failed'")
        assert error.startswith("The picture cannot be read")
        assert str(storage.root) not in error
        assert await connection.fetchval("SELECT state FROM encodes") == "ready"
        wish = await thumbnails.chosen(connection, film)
    assert wish
    assert wish.source is ThumbnailSource.BEST
    assert not storage.thumbnail_source(film).exists()
    assert await _thumbnail(database, storage, film) == storage.thumbnail(film, 1)


async def test_a_version_without_a_thumbnail_gets_another_if_its_image_cannot_be_read(
    film: int, choose: Choose, rest: Rest, films: Films, storage: Media, database: Database
) -> None:
    storage.thumbnail_source(film).write_bytes(_picture(films))
    await choose(film, ThumbnailSource.UPLOAD)
    await rest()
    storage.thumbnail_source(film).write_bytes(b"\xff\xd8\xff no picture")
    async with database.transaction() as connection:
        assert await queue_encode(connection, film)
    await rest()
    thumbnail = await _thumbnail(database, storage, film)
    assert thumbnail == storage.thumbnail(film, 2, 2)
    assert thumbnail.exists()
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM jobs WHERE state <> 'done'") == 0


async def test_who_chooses_while_a_worker_is_at_another_picture_gets_the_last_one(
    bring: Bring, films: Films, job_context: JobContext, choose: Choose, database: Database, storage: Media
) -> None:
    film = await bring(films.make())
    async with database.transaction() as connection:
        encode_id = await encodes.newest(connection, film)
        assert encode_id
        await connection.execute("UPDATE jobs SET state = 'done'")
        await connection.execute(
            "UPDATE encodes SET probe = $1, duration = 3",
            '{"video": 0, "width": 320, "height": 180, "frame_rate": "25", "duration": 3.0}',
        )
        await jobs.insert(connection, encode_id, JobKind.THUMBNAIL)
        job = await jobs.claim(connection, JobKind.THUMBNAIL, uuid4())
    assert job
    await choose(film, ThumbnailSource.FRAME, 1.0)
    async with database.transaction() as connection:
        await videos.lock(connection, film)
        drawing = asyncio.create_task(thumbnail(job_context, job, JobProgress()))
        async with asyncio.timeout(60), database.connection() as other:
            while not await other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0.02)
        await thumbnails.choose(connection, film, ThumbnailSource.FRAME, 2.0)
    with pytest.raises(NotReady):
        await drawing
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT state FROM jobs WHERE kind = 'thumbnail'") == "running"
        assert await connection.fetchval("SELECT thumbnail FROM encodes") == 0
