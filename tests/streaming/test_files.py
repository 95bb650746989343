"""Open files: a bounded number of descriptors, complete responses, and no reads that block the event loop."""

import asyncio
import gc
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.app import Client
from tests.fixtures.media import Media
from tests.fixtures.published import Publish, content_of
from videoflix.db.pool import Database
from videoflix.library.queries import videos
from videoflix.streaming import files
from videoflix.streaming.files import OpenFiles
from videoflix.streaming.resources import FILES


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def _soon(is_true: Callable[[], bool]) -> None:
    """Wait: the loop and the thread that opened a file may reference it a moment longer than the caller."""
    async with asyncio.timeout(3):
        while not is_true():
            await asyncio.sleep(0.001)


@pytest.fixture
def find(tmp_path: Path) -> Callable[[tuple[int, ...]], Path]:
    """Six files of ten bytes for each of two videos."""

    def find(key: tuple[int, ...]) -> Path:
        return tmp_path / "-".join(map(str, key))

    for video_id in (1, 2):
        for number in range(6):
            find((video_id, number)).write_bytes(b"x" * 10)
    return find


async def test_the_number_of_open_files_is_limited(find: Callable[[tuple[int, ...]], Path]) -> None:
    before = _descriptors()
    opened = OpenFiles(find, max_open=3)
    for _ in range(3):
        for number in range(6):
            await opened.get((1, number))
            await _soon(lambda: _descriptors() - before <= 3)
    opened.forget()
    await _soon(lambda: _descriptors() == before)


async def test_concurrent_requests_leave_one_file_open(find: Callable[[tuple[int, ...]], Path]) -> None:
    before = _descriptors()
    opened = OpenFiles(find, max_open=9)
    await asyncio.gather(*(opened.get((1, 0)) for _ in range(8)))
    await _soon(lambda: _descriptors() - before == 1)
    opened.forget()


async def test_forgetting_a_video_closes_its_files_and_no_others(find: Callable[[tuple[int, ...]], Path]) -> None:
    opened = OpenFiles(find, max_open=9)
    reader = await opened.get((1, 0))
    first, second = [(await opened.get(key)).stream for key in ((1, 1), (2, 0))]
    opened.forget(1)
    await _soon(lambda: first.closed)
    assert not second.closed
    assert reader.stream.read() == b"x" * 10, "readers can still read"
    opened.forget()
    await _soon(lambda: second.closed)


async def test_a_request_cancelled_while_a_file_is_opened_leaves_none_open(
    tmp_path: Path, find: Callable[[tuple[int, ...]], Path]
) -> None:
    pipe = tmp_path / "3-0"
    os.mkfifo(pipe)  # opening it blocks until there is a writer
    before = _descriptors()
    asking = asyncio.create_task(OpenFiles(find, max_open=9).get((3, 0)))
    await asyncio.sleep(0.05)  # the thread is opening it
    asking.cancel()
    await asyncio.wait([asking])
    writer = os.open(pipe, os.O_RDWR)
    await asyncio.get_running_loop().shutdown_default_executor()
    os.close(writer)
    await _soon(lambda: _descriptors() == before)


async def test_a_missing_file_is_an_error_that_is_not_cached(
    find: Callable[[tuple[int, ...]], Path], tmp_path: Path
) -> None:
    opened = OpenFiles(find, max_open=9)
    with pytest.raises(FileNotFoundError):
        await opened.get((9, 0))
    (tmp_path / "9-0").write_bytes(b"now")
    assert (await opened.get((9, 0))).size == 3
    opened.forget()


async def test_ten_thousand_requests_leave_no_descriptor_open(
    logged_in: Client, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [await publish(labels=(480,)) for _ in range(4)]
    monkeypatch.setattr(logged_in.app[FILES], "_max_open", 5)

    async def ask(number: int) -> None:
        answer = await logged_in.get(f"/api/video/{ids[number % 4]}/480p/00{number % 3}.ts?v=1")
        assert await answer.read() == content_of(1, 480, number % 3)

    for number in range(20):
        await ask(number)
    before = _descriptors()
    for start in range(0, 10_000, 50):
        await asyncio.gather(*(ask(start + number) for number in range(50)))
    assert _descriptors() - before <= 2 * 50 + 5  # both ends of fifty connections, and the cache
    assert len(logged_in.app[FILES]._files) <= 5


async def test_a_response_is_completed_after_the_film_is_deleted(
    logged_in: Client, publish: Publish, storage: Media, database: Database
) -> None:
    video_id = await publish(labels=(480,))
    large = os.urandom(20_000_000)
    (storage.rendition(video_id, 1, 480) / "000.ts").write_bytes(large)
    answer = await logged_in.get(f"/api/video/{video_id}/480p/000.ts?v=1")
    async with database.connection() as connection:
        await videos.remove(connection, video_id)
    storage.remove_video(video_id)
    assert await answer.read() == large
    async with asyncio.timeout(3):  # the notification invalidates the cache before the entry expires
        while (await logged_in.get(f"/api/video/{video_id}/480p/000.ts?v=1")).status != 404:
            await asyncio.sleep(0.01)


async def test_a_client_that_disconnects_releases_its_file(
    logged_in: Client, publish: Publish, storage: Media
) -> None:
    video_id = await publish(labels=(480,))
    (storage.rendition(video_id, 1, 480) / "000.ts").write_bytes(os.urandom(20_000_000))
    answer = await logged_in.get(f"/api/video/{video_id}/480p/000.ts?v=1")
    opened = logged_in.app[FILES]
    file = (await opened.get((video_id, 1, 480, 0))).stream
    opened.forget()
    assert not file.closed, "the response is still being sent"
    await answer.content.readexactly(10_000_000)  # more than fits into the buffers
    gc.disable()
    try:
        answer.close()
        await _soon(lambda: file.closed)
    finally:
        gc.enable()


async def test_bytes_outside_the_page_cache_are_read_in_a_thread_first(
    logged_in: Client, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test cannot drop the page cache of the machine, so here every file counts as uncached."""
    video_id = await publish(labels=(480,))
    read: list[tuple[int, int]] = []
    original = files._read_into_page_cache

    def recorded(file: int, start: int, count: int) -> None:
        read.append((start, count))
        original(file, start, count)

    monkeypatch.setattr(files, "_is_in_page_cache", lambda *_: False)
    monkeypatch.setattr(files, "_read_into_page_cache", recorded)
    answer = await logged_in.get(f"/api/video/{video_id}/480p/000.ts?v=1", headers={"Range": "bytes=10-19"})
    assert await answer.read() == content_of(1, 480, 0)[10:20]
    assert read == [(10, 10)]


def test_a_file_that_was_just_written_is_in_the_page_cache(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 2_000_000)
    with file.open("rb") as stream:
        assert files._is_in_page_cache(stream.fileno(), 0, 2_000_000)
