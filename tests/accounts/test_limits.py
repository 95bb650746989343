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
    """Rate limits with a long timeout, as Redis may be slow on a busy machine."""
    monkeypatch.setattr("videoflix.accounts.limits.TIMEOUT_SECONDS", 30.0)
    opened = Limits(settings)
    yield opened
    await opened.close()


def _limit(count: int, seconds: int = 60, mark: str = "ada") -> Limit:
    return Limit("attempts", Rate(count, seconds), (mark,))


async def test_attempts_beyond_the_limit_are_refused(limits: Limits) -> None:
    for _ in range(3):
        await limits.take(_limit(3))
    with pytest.raises(TooManyRequests) as caught:
        await limits.take(_limit(3))
    assert 55 <= caught.value.retry_after <= 60
    await limits.take(_limit(3, mark="grace"))


async def test_concurrent_attempts_do_not_exceed_the_limit(limits: Limits) -> None:
    outcomes = await asyncio.gather(*(limits.take(_limit(5)) for _ in range(40)), return_exceptions=True)
    assert sum(not isinstance(outcome, TooManyRequests) for outcome in outcomes) == 5


async def test_the_window_slides(limits: Limits) -> None:
    await limits.take(_limit(1, seconds=3))
    with pytest.raises(TooManyRequests):
        await limits.take(_limit(1, seconds=3))
    await asyncio.sleep(3.05)
    await limits.take(_limit(1, seconds=3))


async def test_released_attempts_do_not_count(limits: Limits) -> None:
    for _ in range(5):
        await limits.release(await limits.take(_limit(1)))
    await limits.take(_limit(1))


async def test_an_attempt_over_one_limit_counts_in_none(limits: Limits) -> None:
    await limits.take(_limit(1, mark="full"))
    for _ in range(3):
        with pytest.raises(TooManyRequests):
            await limits.take(_limit(2, mark="roomy"), _limit(1, mark="full"))
    await limits.take(_limit(2, mark="roomy"))
    await limits.take(_limit(2, mark="roomy"))


async def test_a_count_of_zero_disables_a_limit(limits: Limits) -> None:
    for _ in range(20):
        await limits.take(_limit(0, 0))


async def test_without_redis_requests_are_allowed_and_logged_once(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    limits = Limits(replace(settings, redis_location="unix:///nowhere/redis.sock"))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            await limits.release(await limits.take(_limit(1)))
    await limits.close()
    assert caplog.text.count("limits are off") == 1


async def test_addresses_are_hashed_in_redis(limits: Limits, settings: Settings) -> None:
    await limits.take(_limit(3, mark="ada@example.org"))
    client = aioredis.from_url(settings.redis_location)
    keys = await client.keys("*")
    await client.aclose()
    assert len(keys) == 1
    assert b"ada" not in keys[0]
