"""A bucket as the storage: what it does when the store is slow, refuses, fails, or is not quite one."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fixtures.store import SECRET, Fault, Store
from videoflix.errors import StoreUnavailable
from videoflix.settings import Settings
from videoflix.storage import names
from videoflix.storage.file_cache import FileCache
from videoflix.storage.opening import open_storage
from videoflix.storage.s3 import S3Storage
from videoflix.storage.storage import Storage

_NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def _none(start: int, count: int) -> bytes:
    raise AssertionError("it is there")


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("videoflix.storage.s3_store.MAX_RETRIES", 3)
    monkeypatch.setattr("videoflix.storage.s3_store.RETRY_SECONDS", 3)


def _publish(storage: Storage, name: str, content: bytes) -> None:
    with storage.stage() as folder:
        (folder / "file").write_bytes(content)
        storage.publish(folder / "file", name)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("PUT", status=500, times=2),
        Fault("PUT", status=503, code="SlowDown", times=2),
        Fault("PUT", seconds=2.0, times=1),
        Fault("PUT", cut_after=0, times=1),
        Fault("POST", status=503, code="SlowDown", times=1),
    ],
    ids=["500", "slow down", "slow", "cut", "multipart"],
)
def test_a_store_that_fails_for_a_moment_is_asked_again(s3: Storage, store: Store, fault: Fault) -> None:
    content = os.urandom(9_000_000)
    store.faults = [fault]
    _publish(s3, names.original(1), content)
    assert s3.read(names.original(1)) == content


async def test_what_is_read_is_whole_or_an_error(s3: Storage, store: Store) -> None:
    content = os.urandom(20_000_000)
    _publish(s3, names.original(1), content)
    store.faults = [Fault("GET", cut_after=100_000, times=2)]
    async with s3.as_file(names.original(1)) as path:
        assert path.read_bytes() == content
    (copy,) = path.parent.iterdir()
    copy.unlink()
    store.faults = [Fault("GET", cut_after=100_000)]
    with pytest.raises(StoreUnavailable):
        async with s3.as_file(names.original(1)):
            pass


@pytest.mark.parametrize("size", [0, 10, 8 * 1024 * 1024, 17 * 1024 * 1024])
def test_an_object_is_compared_with_a_file_without_being_read(
    s3: Storage, store: Store, tmp_path: Path, size: int
) -> None:
    assert isinstance(s3, S3Storage)
    name, file = names.original(1), tmp_path / "file"
    file.write_bytes(os.urandom(size))
    with pytest.raises(FileNotFoundError):
        s3.has_content(name, file)
    s3.publish(file, name)
    store.requests.clear()
    assert s3.has_content(name, file)
    assert [request.partition(" ")[0] for request in store.requests] == ["HEAD"]
    file.write_bytes(os.urandom(size) if size else b"longer")
    assert not s3.has_content(name, file)


async def test_what_is_read_once_leaves_no_copy(s3: Storage) -> None:
    for video_id, content in ((1, b"one"), (2, b"two")):
        _publish(s3, names.original(video_id), content)
    async with s3.as_file(names.original(1)) as kept:
        assert kept.read_bytes() == b"one"
    async with s3.as_file(names.original(2), keep=False) as path:
        assert path.read_bytes() == b"two"
        assert path.stat().st_mtime == s3.last_change(names.original(2))
    assert list(kept.parent.iterdir()) == [kept]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(status=503, code="SlowDown"), "it answers SlowDown"),
        (Fault(status=403, code="InvalidAccessKeyId"), "it refuses the credentials"),
        (Fault(cut_after=0), "it does not answer"),
        (Fault("GET", ignores="range"), "it answers requests for a range with the whole object"),
        (Fault(ignores="if-none-match"), "it ignores If-None-Match"),
        (Fault(ignores="if-match"), "it ignores If-Match"),
    ],
    ids=["overloaded", "credentials", "down", "without ranges", "replacing", "mixing"],
)
def test_a_store_that_cannot_be_used_is_named_at_start(
    s3: Storage, store: Store, fault: Fault, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    store.faults = [fault]
    begin = time.monotonic()
    with pytest.raises(StoreUnavailable, match=reason):
        s3.check_usable()
    assert time.monotonic() - begin < 10
    assert SECRET not in caplog.text


def test_a_bucket_that_does_not_exist_is_named(s3: Storage, environ: dict[str, str]) -> None:
    missing = open_storage(Settings.from_env({**environ, "S3_BUCKET": "none-such"}))
    missing.prepare()
    for use in (missing.check_usable, lambda: missing.entries("films"), lambda: missing.read("films/1")):
        with pytest.raises(StoreUnavailable, match=r"there is no such bucket \(S3_BUCKET\)"):
            use()


def test_a_removal_that_fails_leaves_it_to_the_cleaning(s3: Storage, store: Store) -> None:
    _publish(s3, names.original(1), b"film")
    store.faults = [Fault("POST", status=500)]
    s3.remove(names.original(1))
    store.faults = []
    assert s3.size(names.original(1)) == 4


async def test_the_copies_that_were_used_last_stay(tmp_path: Path) -> None:
    cache = FileCache(tmp_path / "cache", 25)
    cache.prepare()
    (tmp_path / "cache" / "0.part").write_bytes(b"of a process that was killed")
    fetched = []

    async def use(key: str) -> None:
        async def read(start: int, count: int) -> bytes:
            fetched.append(key)
            return key.encode() * count

        async with cache.file(key, 10, _NOW, read) as path:
            assert path.read_bytes() == key.encode() * 10

    for key in ("a", "b", "a", "c", "a", "b"):
        await use(key)
    assert fetched == ["a", "b", "c", "b"]
    async with cache.file("a", 10, _NOW, _none), cache.file("b", 10, _NOW, _none):
        await use("c")  # there is no room for it beside those that are used
    assert sum(path.stat().st_size for path in (tmp_path / "cache").iterdir()) == 30
    await use("d")
    assert sum(path.stat().st_size for path in (tmp_path / "cache").iterdir()) <= 25
