"""The embedded Redis starts empty if its files are damaged in any way."""

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import rmtree

import pytest
import redis

from videoflix.server import embedded, redisserver
from videoflix.server.embedded import EmbeddedPaths
from videoflix.server.local_services import start_redis
from videoflix.server.stack import stack


@pytest.fixture
def place() -> Iterator[EmbeddedPaths]:
    data = Path(tempfile.mkdtemp(prefix="vf", dir="/tmp"))
    data.chmod(0o711)
    yield embedded.find_paths(data)
    rmtree(data)


async def _run(place: EmbeddedPaths, *values: str) -> list[bytes]:
    """Start it, add values, and kill it. Returns the values that it had after its start."""
    async with stack() as running:
        await start_redis(running, place)
        client = redis.Redis.from_url(place.redis_location)
        held = client.lrange("values", 0, -1)
        assert isinstance(held, list)
        for value in values:
            client.rpush("values", value)
        client.close()
        os.kill(_pid(place), signal.SIGKILL)
    return held


def _pid(place: EmbeddedPaths) -> int:
    client = redis.Redis.from_url(place.redis_location)
    about = client.info("server")
    client.close()
    assert isinstance(about, dict)
    return int(about["process_id"])


def _one(place: EmbeddedPaths, pattern: str) -> Path:
    (found,) = (place.redis / "appendonlydir").glob(pattern)
    return found


def _zeros_at_the_end(place: EmbeddedPaths) -> None:
    with _one(place, "*.incr.aof").open("ab") as file:
        file.write(bytes(4096))


def _flipped(pattern: str) -> Callable[[EmbeddedPaths], None]:
    def flip(place: EmbeddedPaths) -> None:
        file = _one(place, pattern)
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 0xFF
        file.write_bytes(content)

    return flip


def _overwritten(pattern: str, content: bytes = b"") -> Callable[[EmbeddedPaths], None]:
    def overwrite(place: EmbeddedPaths) -> None:
        _one(place, pattern).write_bytes(content)

    return overwrite


def _missing(pattern: str) -> Callable[[EmbeddedPaths], None]:
    return lambda place: _one(place, pattern).unlink()


def _a_file_for_the_folder(place: EmbeddedPaths) -> None:
    rmtree(place.redis)
    place.redis.write_bytes(bytes(100))


def _a_folder_for_a_file(place: EmbeddedPaths) -> None:
    file = _one(place, "*.incr.aof")
    file.unlink()
    file.mkdir()


def _of_another_user(place: EmbeddedPaths) -> None:
    if os.getuid():
        place.redis.chmod(0)
    else:
        os.chown(place.redis, 65534, 65534)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(_zeros_at_the_end, id="zeros at the end"),
        pytest.param(_flipped("*.incr.aof"), id="a flipped byte"),
        pytest.param(_flipped("*.base.rdb"), id="a flipped byte in the base"),
        pytest.param(_overwritten("*.incr.aof", bytes(5000)), id="zeros alone"),
        pytest.param(_overwritten("*.manifest"), id="an empty manifest"),
        pytest.param(_overwritten("*.manifest", bytes(200)), id="zeros in the manifest"),
        pytest.param(_missing("*.base.rdb"), id="no base"),
        pytest.param(_missing("*.incr.aof"), id="no increment"),
        pytest.param(_a_folder_for_a_file, id="a folder for a file"),
        pytest.param(_a_file_for_the_folder, id="a file for the folder"),
        pytest.param(_of_another_user, id="another user's"),
    ],
)
async def test_damaged_files_are_moved_aside_and_redis_starts(
    place: EmbeddedPaths, capsys: pytest.CaptureFixture[str], damage: Callable[[EmbeddedPaths], None]
) -> None:
    assert await _run(place, "first", "second") == []
    damage(place)
    assert await _run(place, "third") == []
    (aside,) = place.data.glob("redis.unreadable-*")
    assert f"moved to {aside}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda place: None, id="a power cut alone"),
        pytest.param(_missing("*.manifest"), id="no manifest"),
        pytest.param(_overwritten("*.base.rdb"), id="an empty base"),
        pytest.param(lambda place: os.truncate(_one(place, "*.incr.aof"), 60), id="a lost end"),
        pytest.param(lambda place: rmtree(place.redis), id="nothing at all"),
    ],
)
async def test_files_that_redis_can_repair_are_kept(
    place: EmbeddedPaths, damage: Callable[[EmbeddedPaths], None]
) -> None:
    await _run(place, "first")
    damage(place)
    await _run(place, "second")
    assert not list(place.data.glob("redis.unreadable-*"))


async def test_only_the_latest_damaged_files_are_kept(place: EmbeddedPaths) -> None:
    for _ in range(2):
        await _run(place, "first")
        _zeros_at_the_end(place)
    await _run(place)
    assert len(list(place.data.glob("redis.unreadable-*"))) == 1
    assert redisserver.prepare(place) is None
