"""What happens to a film that is changed, deleted or moved by another process while it is moved."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.media import Media
from tests.fixtures.published import Publish
from videoflix.db.pool import Database
from videoflix.errors import DiskFull, NotReady
from videoflix.library.queries import videos
from videoflix.storage import moving_queries, names
from videoflix.storage.both import BothStorage
from videoflix.storage.moving import Mover, move
from videoflix.storage.moving_to_disk import ToDisk
from videoflix.storage.moving_to_store import ToStore


@pytest.fixture
async def film(publish: Publish, storage: Media) -> int:
    """A film with an original and an uploaded picture."""
    video_id = await publish(labels=(480,))
    storage.original(video_id).write_bytes(b"an original")
    storage.thumbnail_source(video_id).write_bytes(b"a picture")
    return video_id


def _contents(storage: BothStorage | Media, video_id: int) -> dict[str, bytes]:
    found = [name for place in names.of_video(video_id) for name in storage.sizes(place)]
    return {name: storage.read(name) for name in found}


def _once(change: Callable[[], None]) -> Callable[[int], None]:
    """Changes something when the first file has been copied."""
    waiting = [change]

    def on_bytes(count: int) -> None:
        while waiting:
            waiting.pop()()

    return on_bytes


def _publish(storage: BothStorage, name: str, content: bytes) -> None:
    with storage.stage() as folder:
        (folder / "new").write_bytes(content)
        storage.publish(folder / "new", name)


async def test_a_picture_that_is_replaced_meanwhile_is_the_new_one(
    film: int, both: BothStorage, database: Database
) -> None:
    name = names.thumbnail_source(film)
    replace = _once(lambda: _publish(both, name, b"a new picture"))
    with pytest.raises(NotReady, match="has changed meanwhile"):
        await move(database, ToStore(both), film, replace)
    assert both.read(name) == both.store.read(name) == b"a new picture"
    await move(database, ToStore(both), film, lambda count: None)
    assert both.read(name) == b"a new picture"
    assert both.disk.sizes(names.film(film)) == {}


@pytest.mark.parametrize("kind", [ToStore, ToDisk])
async def test_nothing_is_left_of_a_film_that_is_deleted_meanwhile(
    film: int, kind: Callable[[BothStorage], Mover], both: BothStorage, database: Database
) -> None:
    loop = asyncio.get_running_loop()

    async def remove() -> None:
        async with database.connection() as connection:
            await videos.remove(connection, film)
        for name in names.of_video(film):
            await asyncio.to_thread(both.remove, name)

    if kind is ToDisk:
        await move(database, ToStore(both), film, lambda count: None)
    deleting = _once(lambda: asyncio.run_coroutine_threadsafe(remove(), loop).result())
    try:
        await move(database, kind(both), film, deleting)
    except NotReady:  # it noticed while it copied
        assert kind is ToStore
    assert _contents(both, film) == {}


async def test_a_film_is_moved_by_one_process_and_its_original_not_replaced_meanwhile(
    film: int, both: BothStorage, database: Database
) -> None:
    async with moving_queries.moving(database, film) as is_ours, database.connection() as other:
        assert is_ours
        assert not await moving_queries.are_files_free(other, film)
        assert await moving_queries.are_files_free(other, film + 1)
        with pytest.raises(NotReady, match="Another command"):
            await move(database, ToStore(both), film, lambda count: None)
    async with database.connection() as connection:
        assert await moving_queries.are_files_free(connection, film)


async def test_a_disk_that_becomes_full_keeps_nothing(
    small_disk: Path, film: int, both: BothStorage, database: Database
) -> None:
    await move(database, ToStore(both), film, lambda count: None)
    (small_disk / "filling").write_bytes(bytes(shutil.disk_usage(small_disk).free))
    with pytest.raises(DiskFull):
        await move(database, ToDisk(both), film, lambda count: None)
    assert both.disk.sizes(names.FILMS) == {}
    (small_disk / "filling").unlink()
    await move(database, ToDisk(both), film, lambda count: None)
    assert _contents(both, film)[names.original(film)] == b"an original"
