import asyncio
from time import monotonic

import pytest

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
