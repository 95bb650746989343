import asyncio
from collections.abc import Callable
from time import monotonic

import pytest

from videoflix.errors import DatabaseUnavailable
from videoflix.ttl_cache import TTLCache


class Source:
    """Counts its calls."""

    def __init__(self) -> None:
        self.asked = 0

    async def load(self, key: str) -> str:
        self.asked += 1
        await asyncio.sleep(0)
        if key == "bad":
            raise ValueError(key)
        return f"{key}{self.asked}"


async def test_a_value_is_loaded_once_until_it_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source()
    memory: TTLCache[str, str] = TTLCache(source.load, seconds=5, most=10)
    assert {await memory.get("a") for _ in range(5)} == {"a1"}
    now = monotonic()
    monkeypatch.setattr("videoflix.ttl_cache.monotonic", lambda: now + 5)
    assert await memory.get("a") == "a2"


async def test_concurrent_requests_share_one_load() -> None:
    source = Source()
    memory: TTLCache[str, str] = TTLCache(source.load, seconds=5, most=10)
    assert set(await asyncio.gather(*(memory.get("a") for _ in range(20)))) == {"a1"}


async def test_a_failure_is_not_cached() -> None:
    source = Source()
    memory: TTLCache[str, str] = TTLCache(source.load, seconds=5, most=10)
    for _ in range(2):
        with pytest.raises(ValueError, match="bad"):
            await memory.get("bad")
    assert source.asked == 2


async def test_a_cancelled_request_does_not_cancel_the_load_for_others() -> None:
    source = Source()
    memory: TTLCache[str, str] = TTLCache(source.load, seconds=5, most=10)
    first, second = asyncio.create_task(memory.get("a")), asyncio.create_task(memory.get("a"))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == "a1"


async def test_the_cache_is_bounded_and_can_be_invalidated() -> None:
    source = Source()
    memory: TTLCache[str, str] = TTLCache(source.load, seconds=5, most=2)
    for key in "abc":
        await memory.get(key)
    assert await memory.get("c") == "c3"
    assert await memory.get("a") == "a4"
    memory.forget("a")
    assert await memory.get("a") == "a5"


class Database:
    """A source that can go away, or hang."""

    def __init__(self) -> None:
        self.value = "old"
        self.is_away = False
        self.asked = 0
        self.hangs = asyncio.Event()
        self.hangs.set()

    async def load(self, key: str) -> str:
        self.asked += 1
        await self.hangs.wait()
        if self.is_away:
            raise DatabaseUnavailable
        return self.value


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets time pass for caches."""
    past = [0.0]
    monkeypatch.setattr("videoflix.ttl_cache.monotonic", lambda: monotonic() + past[0])

    def wait(seconds: float) -> None:
        past[0] += seconds

    return wait


async def test_the_last_value_is_used_while_the_database_is_away(clock: Callable[[float], None]) -> None:
    database = Database()
    memory: TTLCache[str, str] = TTLCache(database.load, seconds=5, most=10, stale_seconds=60)
    assert await memory.get("a") == "old"
    database.is_away = True
    clock(6)
    for _ in range(5):
        assert await memory.get("a") == "old"
    assert database.asked == 2  # it is not asked for each request
    with pytest.raises(DatabaseUnavailable):
        await memory.get("b")
    clock(50)
    memory.expire_all()
    assert await memory.get("a") == "old"
    clock(5)
    with pytest.raises(DatabaseUnavailable):  # it is 61 seconds old, however late it was last used
        await memory.get("a")


async def test_a_database_that_is_back_is_asked_anew(clock: Callable[[float], None]) -> None:
    database = Database()
    memory: TTLCache[str, str] = TTLCache(database.load, seconds=5, most=10, stale_seconds=60)
    assert await memory.get("a") == "old"
    database.is_away = True
    clock(6)
    assert await memory.get("a") == "old"
    database.is_away, database.value = False, "new"
    clock(1)
    assert await memory.get("a") == "new"


async def test_what_was_forgotten_is_not_used_while_the_database_is_away(clock: Callable[[float], None]) -> None:
    database = Database()
    memory: TTLCache[str, str] = TTLCache(database.load, seconds=5, most=10, stale_seconds=60)
    for key in "abc":
        assert await memory.get(key) == "old"
    database.is_away = True
    clock(6)
    database.hangs.clear()
    waiting = asyncio.create_task(memory.get("a"))
    await asyncio.sleep(0)
    memory.forget("a")
    memory.forget("b")
    database.hangs.set()
    with pytest.raises(DatabaseUnavailable):  # it was forgotten while it was asked for
        await waiting
    with pytest.raises(DatabaseUnavailable):
        await memory.get("b")
    memory.forget_if(lambda value: value == "old")
    with pytest.raises(DatabaseUnavailable):
        await memory.get("c")


async def test_a_request_does_not_wait_long_for_a_database_that_hangs(
    clock: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videoflix.ttl_cache.PATIENCE_SECONDS", 0.05)
    database = Database()
    memory: TTLCache[str, str] = TTLCache(database.load, seconds=5, most=10, stale_seconds=60)
    assert await memory.get("a") == "old"
    database.hangs.clear()
    clock(6)
    assert await memory.get("a") == "old"
    assert await memory.get("a") == "old"
    assert database.asked == 2  # the one that hangs is waited for
    database.value = "new"
    database.hangs.set()
    await asyncio.sleep(0.01)
    assert await memory.get("a") == "new"


async def test_nothing_outlives_its_time_without_being_allowed_to(clock: Callable[[float], None]) -> None:
    database = Database()
    memory: TTLCache[str, str] = TTLCache(database.load, seconds=5, most=10)
    assert await memory.get("a") == "old"
    database.is_away = True
    clock(5)
    with pytest.raises(DatabaseUnavailable):
        await memory.get("a")
