import asyncio
from pathlib import Path

from tests.films import Films
from tests.fixtures.commands import Run
from tests.fixtures.encoding import Bring, Wait
from videoflix.db.pool import Database
from videoflix.library.queries import encodes
from videoflix.streaming import queries as streaming_queries


async def test_videos_that_are_not_encoded_are_encoded_and_others_are_skipped(
    run: Run,
    films: Films,
    worker: None,
    bring: Bring,
    wait: Wait,
    database: Database,
) -> None:
    first = await bring(films.make())
    await wait(first)
    async with database.connection() as connection:
        await connection.execute("UPDATE encodes SET state = 'failed', published_at = NULL, error = 'bad luck'")
        await connection.execute("UPDATE jobs SET state = 'failed' WHERE kind = 'unit'")
    second = await bring(films.make(audio=False))
    await wait(second)
    done = await asyncio.to_thread(run, "transcode", "--follow")
    assert done.returncode == 0, done.stderr
    assert f"video {first}: resumed where it failed" in done.stdout
    assert f"video {second}" not in done.stdout
    assert f"video {first}: ready" in done.stdout
    assert "nothing to do" in (await asyncio.to_thread(run, "transcode")).stdout


async def test_overwrite_encodes_the_next_version(
    run: Run,
    films: Films,
    worker: None,
    bring: Bring,
    wait: Wait,
    database: Database,
) -> None:
    video_id = await bring(films.make())
    await wait(video_id)
    done = await asyncio.to_thread(run, "transcode", "--video-id", str(video_id), "--overwrite", "--follow")
    assert done.returncode == 0, done.stderr
    async with database.connection() as connection:
        film = await streaming_queries.film(connection, video_id)
    assert film
    assert film.version == 2


async def test_a_failure_is_reported_with_its_reason(
    run: Run,
    worker: None,
    bring: Bring,
    wait: Wait,
    database: Database,
    tmp_path: Path,
) -> None:
    letter = tmp_path / "letter"
    letter.write_text("no film")
    video_id = await bring(letter)
    await wait(video_id)
    done = await asyncio.to_thread(run, "transcode", "--video-id", str(video_id), "--follow")
    assert done.returncode == 1
    assert "This is text, not a film." in done.stdout
    async with database.connection() as connection:
        assert await encodes.videos_without_film(connection) == [video_id]


async def test_an_unknown_video_is_refused(run: Run) -> None:
    done = await asyncio.to_thread(run, "transcode", "--video-id", "7")
    assert (done.returncode, done.stderr) == (1, "videoflix: There is no video 7.\n")


async def test_without_its_original_a_video_cannot_be_encoded_again(
    run: Run, worker: None, bring: Bring, wait: Wait, films: Films, database: Database
) -> None:
    first, second = await bring(films.make()), await bring(films.make())
    await wait(first)
    await wait(second)
    async with database.connection() as connection:
        await connection.execute("UPDATE videos SET original_bytes = NULL WHERE id = $1", first)
    done = await asyncio.to_thread(run, "transcode", "--overwrite", "--follow")
    assert done.returncode == 1
    assert f"video {first}: The original file of this film was removed" in done.stdout
    assert f"video {second}: ready" in done.stdout
    async with database.connection() as connection:
        versions = await connection.fetch("SELECT video_id, version FROM encodes ORDER BY 1, 2")
        assert [tuple(row) for row in versions] == [(first, 1), (second, 1), (second, 2)]
        await connection.execute("UPDATE jobs SET state = 'failed', claim = NULL WHERE kind = 'unit'")
        await connection.execute("UPDATE encodes SET state = 'failed' WHERE video_id = $1", first)
    done = await asyncio.to_thread(run, "transcode", "--video-id", str(first))
    assert (done.returncode, "The original file of this film was removed" in done.stdout) == (1, True)
