"""What every kind of storage can do."""

import asyncio
import os
from pathlib import Path
from uuid import uuid4

import pytest

from videoflix.storage import names
from videoflix.storage.both import BothStorage
from videoflix.storage.storage import Storage


def _publish(storage: Storage, name: str, content: bytes) -> None:
    with storage.stage() as folder:
        (folder / "file").write_bytes(content)
        storage.publish(folder / "file", name)


def _publish_film(storage: Storage) -> None:
    """Two renditions, a picture, an original, and another film."""
    with storage.stage() as folder:
        for label in (480, 1080):
            (folder / f"{label}p").mkdir()
            for number in range(3):
                (folder / f"{label}p" / names.segment_name(number)).write_bytes(b"%d %d" % (label, number))
            storage.publish_folder(folder / f"{label}p", names.rendition(1, 2, label))
    _publish(storage, names.thumbnail_source(1), b"picture")
    _publish(storage, names.original(1), b"original")
    _publish(storage, names.segment(10, 1, 480, 0), b"another")


def test_it_is_usable(any_storage: Storage) -> None:
    any_storage.check_usable()
    any_storage.check_writable()
    any_storage.check_free_space(0)
    any_storage.check_upload_space(0, 1)
    assert any_storage.sizes("checks") == {}


async def test_what_is_published_can_be_read(any_storage: Storage, tmp_path: Path) -> None:
    _publish_film(any_storage)
    name = names.segment(1, 2, 480, 1)
    assert any_storage.read(name) == b"480 1"
    assert any_storage.read(name, 2, 2) == b"0 "
    assert any_storage.read(name, 4, 100) == b"1"
    assert any_storage.size(name) == 5
    any_storage.check_readable(name)
    async with any_storage.as_file(name) as path:
        assert path.read_bytes() == b"480 1"
    (tmp_path / "film").mkdir()
    any_storage.gather([name, names.segment(1, 2, 480, 2)], tmp_path / "film")
    gathered = {path.name: path.read_bytes() for path in (tmp_path / "film").iterdir()}
    assert gathered == {"001.ts": b"480 1", "002.ts": b"480 2"}


def test_what_is_stored_can_be_listed(any_storage: Storage) -> None:
    _publish_film(any_storage)
    assert any_storage.labels(1, 2) == (480, 1080)
    assert sorted(any_storage.entries("films")) == ["films/1", "films/10"]
    assert sorted(any_storage.entries("films/1")) == ["films/1/2", "films/1/picture"]
    assert any_storage.entries("films/9") == []
    sizes = {names.segment(1, 2, label, number): len(b"%d 0" % label) for label in (480, 1080) for number in range(3)}
    assert any_storage.sizes("films/1") == {**sizes, "films/1/picture": 7}
    assert any_storage.sizes("originals/1") == {"originals/1": 8}
    assert any_storage.last_change("films/1") == pytest.approx(any_storage.last_change("originals/1"), abs=60)


async def test_what_is_missing_is_missing(any_storage: Storage, tmp_path: Path) -> None:
    name = names.segment(1, 1, 480, 0)
    assert any_storage.size(name) is None
    assert any_storage.sizes("films/1") == {}
    assert any_storage.labels(1, 1) == ()
    any_storage.remove(name)
    for use in (
        lambda: any_storage.read(name),
        lambda: any_storage.read(name, 1, 1),
        lambda: any_storage.check_readable(names.original(1)),
        lambda: any_storage.last_change(name),
        lambda: any_storage.gather([name], tmp_path),
    ):
        with pytest.raises(FileNotFoundError):
            use()
    with pytest.raises(FileNotFoundError):
        async with any_storage.as_file(name) as path:
            path.read_bytes()


def test_a_name_is_published_anew_or_once(any_storage: Storage) -> None:
    for content in (b"old", b"new"):
        _publish(any_storage, names.thumbnail_source(1), content)
    assert any_storage.read(names.thumbnail_source(1)) == b"new"
    with any_storage.stage() as folder:
        (folder / "film").write_bytes(b"first")
        any_storage.publish_new(folder / "film", names.original(1))
        (folder / "other").write_bytes(b"second")
        with pytest.raises(FileExistsError):
            any_storage.publish_new(folder / "other", names.original(1))
    assert any_storage.read(names.original(1)) == b"first"


def test_what_is_removed_takes_nothing_else_along(any_storage: Storage) -> None:
    _publish_film(any_storage)
    any_storage.remove(names.version(1, 2))
    assert any_storage.entries("films/1") == ["films/1/picture"]
    any_storage.remove(names.film(1))
    any_storage.remove(names.original(1))
    assert any_storage.entries("films") == ["films/10"]
    assert any_storage.sizes("films/10") == {names.segment(10, 1, 480, 0): 7}
    assert any_storage.entries("originals") == []


async def test_a_copy_is_made_anew_when_the_file_is_another(any_storage: Storage) -> None:
    for content in (b"first", b"second film"):
        _publish(any_storage, names.original(1), content)
        store = any_storage.store if isinstance(any_storage, BothStorage) else any_storage
        if store.objects is not None:  # another process has published it
            store.objects._known.clear()  # type: ignore[attr-defined]
        copies = await asyncio.gather(*(_content(any_storage, names.original(1)) for _ in range(5)))
        assert set(copies) == {content}


async def _content(storage: Storage, name: str) -> bytes:
    async with storage.as_file(name) as path:
        await asyncio.sleep(0.01)
        return path.read_bytes()


async def test_an_upload_is_continued_and_placed(any_storage: Storage) -> None:
    """By other processes each time, in pieces that end within the parts of objects."""
    upload_id, content = uuid4(), os.urandom(21 * 1024 * 1024)
    any_storage.make_upload(upload_id)
    received, parts = 0, tuple[str, ...]()
    for end in (3_000_000, 9_000_000, 9_000_001, 20_000_000, len(content)):
        opened = any_storage.open_upload(upload_id)
        opened.cut(received, parts)
        middle = (received + end) // 2
        opened.append([content[received:middle], content[middle:end]])
        kept = opened.keep(everything=False)
        assert kept.count <= end
        kept = opened.keep(everything=True)
        opened.confirm()
        assert opened.head(10) == content[:10]
        opened.close()
        assert kept.count == end
        received, parts = kept.count, kept.parts
        assert any_storage.received(upload_id, received) == received
    assert len(any_storage.sizes(names.upload(upload_id))) == max(1, len(parts))
    assert sum(any_storage.sizes(names.upload(upload_id)).values()) == len(content)
    assert any_storage.read_upload(upload_id, parts, len(content) - 5, 10) == content[-5:]
    assert any_storage.read_upload(upload_id, parts, 8_000_000, 1_000_000) == content[8_000_000:9_000_000]
    async with any_storage.upload_as_file(upload_id, parts) as path:
        assert path.read_bytes() == content
    await any_storage.place_upload(upload_id, parts, names.original(1))
    assert await _content(any_storage, names.original(1)) == content
    assert any_storage.read(names.original(1)) == content
    any_storage.remove(names.upload(upload_id))
    assert any_storage.entries("uploads") == []


def test_what_follows_the_recorded_bytes_of_an_upload_is_forgotten(any_storage: Storage) -> None:
    """Of a request that a crash has ended before it recorded them."""
    upload_id = uuid4()
    any_storage.make_upload(upload_id)
    opened = any_storage.open_upload(upload_id)
    opened.cut(0, ())
    opened.append([b"0123456789"])
    kept = opened.keep(everything=True)
    opened.close()
    opened = any_storage.open_upload(upload_id)
    opened.cut(4, kept.parts)
    opened.append([b"four", b"", b"five"])
    kept = opened.keep(everything=True)
    opened.close()
    assert any_storage.read_upload(upload_id, kept.parts, 0, 100) == b"0123fourfive"
