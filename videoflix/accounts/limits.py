"""Rate limits: sliding windows in Redis, checked and counted in one atomic script."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from secrets import token_hex

import redis.asyncio as aioredis
from msgspec import Struct
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from videoflix.errors import TooManyRequests
from videoflix.rate import Rate
from videoflix.settings import Settings

log = logging.getLogger(__name__)

# A request does not wait longer than this for Redis.
TIMEOUT_SECONDS = 1.0
LOG_SECONDS = 60.0

# KEYS: a sorted set per limit, whose members are scored by their time. ARGV: the new member, then count and window
# (ms) per key. Adds the member to all sets and returns 0, or to none and returns the longest wait (ms).
TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local wait = 0
for i, key in ipairs(KEYS) do
    local count, window = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
    if redis.call('ZCARD', key) >= count then
        local oldest = redis.call('ZRANGE', key, -count, -count, 'WITHSCORES')
        wait = math.max(wait, oldest[2] + window - now)
    end
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
    redis.call('ZADD', key, now, ARGV[1])
    redis.call('PEXPIRE', key, ARGV[2 * i + 1])
end
return 0
"""

# Sets the time of a member to now, so that its window starts again.
RENEW = """
local clock = redis.call('TIME')
redis.call('ZADD', KEYS[1], clock[1] * 1000 + math.floor(clock[2] / 1000), ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""

Renew = Callable[[], Awaitable[None]]


class Limit(Struct, frozen=True):
    """A name, the rate that is allowed, and the keys it is counted by: an address, an e-mail, a session."""

    name: str
    rate: Rate
    keys: tuple[str, ...]


class Ticket(Struct, frozen=True):
    """An attempt that was counted and can be removed again."""

    member: str
    keys: tuple[str, ...]


class Limits:
    """Rate limits in Redis. If Redis is unavailable everything is allowed: logins matter more than limits."""

    def __init__(self, settings: Settings) -> None:
        self._redis: aioredis.Redis = aioredis.from_url(
            settings.redis_location,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 1),
        )
        self._take = self._redis.register_script(TAKE)
        self._renew = self._redis.register_script(RENEW)
        self._logged_at = -LOG_SECONDS

    async def take(self, *limits: Limit) -> Ticket:
        """Count an attempt in all limits. Raises TooManyRequests if one is exceeded; then it is counted in none."""
        wanted = [limit for limit in limits if limit.rate.count]
        ticket = Ticket(token_hex(8), tuple(_key(limit) for limit in wanted))
        if not wanted:
            return ticket
        numbers = [number for limit in wanted for number in (limit.rate.count, limit.rate.seconds * 1000)]
        try:
            wait = int(await self._take(keys=list(ticket.keys), args=[ticket.member, *numbers]))
        except (RedisError, OSError, TimeoutError) as error:
            self._log(error)
            return ticket
        if wait > 0:
            raise TooManyRequests(retry_after=-(-wait // 1000))
        return ticket

    @asynccontextmanager
    async def count_failures(self, failure: type[Exception], *limits: Limit) -> AsyncIterator[None]:
        """Count the block as an attempt only if it raises `failure`. Raises TooManyRequests.

        The attempt is counted before the block, so that concurrent ones cannot exceed the limit.
        """
        ticket = await self.take(*limits)
        try:
            yield
        except failure:
            raise
        except BaseException:
            await self.release(ticket)
            raise
        await self.release(ticket)

    @asynccontextmanager
    async def count_concurrent(self, limit: Limit) -> AsyncIterator[Renew]:
        """Count the block for as long as it runs. Raises TooManyRequests.

        Yields a function that renews the count: without it the count expires after the time of the limit, so that
        a killed process does not leave it behind.
        """
        ticket = await self.take(limit)

        async def renew() -> None:
            try:
                await self._renew(keys=[_key(limit)], args=[ticket.member, limit.rate.seconds * 1000])
            except (RedisError, OSError, TimeoutError) as error:
                self._log(error)

        try:
            yield renew
        finally:
            await self.release(ticket)

    async def release(self, ticket: Ticket) -> None:
        """Remove an attempt from the limits."""
        try:
            for key in ticket.keys:
                await self._redis.zrem(key, ticket.member)
        except (RedisError, OSError, TimeoutError) as error:
            self._log(error)

    async def close(self) -> None:
        await self._redis.aclose()

    def _log(self, error: Exception) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._logged_at >= LOG_SECONDS:
            self._logged_at = now
            log.warning("Redis does not answer, rate limits are off: %s", error)


def _key(limit: Limit) -> str:
    """The key in Redis. It is hashed, as addresses are personal data."""
    keys = "\0".join(limit.keys).encode("utf-8", "surrogatepass")
    return f"limit:{limit.name}:{sha256(keys).hexdigest()[:32]}"
