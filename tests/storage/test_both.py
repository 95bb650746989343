"""What is stored on a disk and in a bucket at the same time: one rule decides what is read, and both are cleaned."""

import pytest

from tests.fixtures.published import Publish, content_of
from videoflix.db.pool import Database
from videoflix.library.queries import videos
from videoflix.storage import names
from videoflix.storage.both import BothStorage
from videoflix.storage.moving import move
from videoflix.storage.moving_to_store import ToStore
from videoflix.storage.orphans import orphans
from videoflix.storage.storage import Storage


def _publish(storage: Storage, name: str, content: bytes) -> None:
    with storage.stage() as folder:
        (folder / "file").write_bytes(content)
        storage.publish(folder / "file", name)


def test_the_disk_is_asked_first_and_a_newer_file_replaces_that_of_both(both: BothStorage) -> None:
    name = names.thumbnail_source(1)
    _publish(both.store, name, b"in the bucket")
    assert both.read(name) == b"in the bucket"
    _publish(both.disk, name, b"on the disk")
    assert (both.read(name), both.size(name), both.sizes(name)) == (b"on the disk", 11, {name: 11})
    _publish(both, name, b"new")
    assert (both.read(name), both.disk.size(name)) == (b"new", None)
    _publish(both.disk, name, b"on the disk")
    with both.stage() as folder, pytest.raises(FileExistsError):
        (folder / "another").write_bytes(b"another")
        both.publish_new(folder / "another", name)
    both.remove(name)
    assert both.size(name) is None


async def test_orphans_are_found_in_both_places_and_nothing_else(
    publish: Publish, both: BothStorage, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_disk, moved, deleted = [await publish(labels=(480,)) for _ in range(3)]
    await move(database, ToStore(both), moved, lambda count: None)
    for place in (both.disk, both.store):
        _publish(place, names.original(deleted), b"an original")
    _publish(both.store, names.segment(deleted, 1, 480, 0), content_of(1, 480, 0))
    async with database.connection() as connection:
        await videos.remove(connection, deleted)
    assert await orphans(database, both) == []  # they are new
    monkeypatch.setattr("videoflix.storage.orphans.ORPHAN_SECONDS", -1.0)
    monkeypatch.setattr("videoflix.storage.orphans.ORIGINAL_SECONDS", -1.0)
    found = await orphans(database, both)
    assert {one.name for one in found} >= set(names.of_video(deleted))
    for one in found:
        both.remove(one.name)
    for place in (both.disk, both.store):
        assert not [name for video in names.of_video(deleted) for name in place.sizes(video)]
    assert len(both.disk.sizes(names.film(on_disk))) == len(both.store.sizes(names.film(moved))) == 4
