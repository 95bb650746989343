import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import redis.asyncio as aioredis

from videoflix.accounts.limits import Limit, Limits
from videoflix.errors import TooManyRequests
from videoflix.rate import Rate
from videoflix.settings import Settings


@pytest.fixture
async def limits(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Limits]:
    """Redis may be slow to answer here: nobody waits for a login."""
    monkeypatch.setattr("videoflix.accounts.limits.TIMEOUT_SECONDS", 30.0)
    opened = Limits(settings)
    yield opened
    await opened.close()


def _limit(count: int, seconds: int = 60, mark: str = "ada") -> Limit:
    return Limit("attempts", Rate(count, seconds), (mark,))


async def test_so_many_and_no_more(limits: Limits) -> None:
    for _ in range(3):
        await limits.take(_limit(3))
    with pytest.raises(TooManyRequests) as caught:
        await limits.take(_limit(3))
    assert 55 <= caught.value.retry_after <= 60
    await limits.take(_limit(3, mark="grace"))


async def test_of_many_at_once_as_many_as_allowed_get_through(limits: Limits) -> None:
    outcomes = await asyncio.gather(*(limits.take(_limit(5)) for _ in range(40)), return_exceptions=True)
    assert sum(not isinstance(outcome, TooManyRequests) for outcome in outcomes) == 5


async def test_the_window_slides(limits: Limits) -> None:
    await limits.take(_limit(1, seconds=3))
    with pytest.raises(TooManyRequests):
        await limits.take(_limit(1, seconds=3))
    await asyncio.sleep(3.05)
    await limits.take(_limit(1, seconds=3))


async def test_what_is_taken_back_does_not_count(limits: Limits) -> None:
    for _ in range(5):
        await limits.release(await limits.take(_limit(1)))
    await limits.take(_limit(1))


async def test_one_full_limit_of_several_counts_in_none(limits: Limits) -> None:
    await limits.take(_limit(1, mark="full"))
    for _ in range(3):
        with pytest.raises(TooManyRequests):
            await limits.take(_limit(2, mark="roomy"), _limit(1, mark="full"))
    await limits.take(_limit(2, mark="roomy"))
    await limits.take(_limit(2, mark="roomy"))


async def test_off_is_no_limit(limits: Limits) -> None:
    for _ in range(20):
        await limits.take(_limit(0, 0))


async def test_without_redis_requests_go_on_and_the_log_says_so_once(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    limits = Limits(replace(settings, redis_location="unix:///nowhere/redis.sock"))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            await limits.release(await limits.take(_limit(1)))
    await limits.close()
    assert caplog.text.count("limits are off") == 1


async def test_nobody_s_address_stands_in_redis(limits: Limits, settings: Settings) -> None:
    await limits.take(_limit(3, mark="ada@example.org"))
    client = aioredis.from_url(settings.redis_location)
    keys = await client.keys("*")
    await client.aclose()
    assert len(keys) == 1
    assert b"ada" not in keys[0]
