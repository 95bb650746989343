"""How often something may be tried: sliding windows in Redis, counted and decided in one atomic step."""

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

# A request waits this long for Redis and not longer.
SECONDS = 1.0
COMPLAIN_SECONDS = 60.0

# KEYS: a sorted set per limit, its members scored by their time. ARGV: the new member, then count and
# window (ms) per key. Either every window has room and gets the member, or the longest wait (ms) comes back.
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

# What was counted goes on: it counts from now.
RENEW = """
local clock = redis.call('TIME')
redis.call('ZADD', KEYS[1], clock[1] * 1000 + math.floor(clock[2] / 1000), ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""

Renew = Callable[[], Awaitable[None]]


class Limit(Struct, frozen=True):
    """What is counted, by which marks (an address, an e-mail's key), and how much of it is allowed."""

    what: str
    rate: Rate
    marks: tuple[str, ...]


class Ticket(Struct, frozen=True):
    """One that was counted, and can be taken back."""

    member: str
    keys: tuple[str, ...]


class Limits:
    """When Redis is away every request goes on: a login that works matters more than a limit."""

    def __init__(self, settings: Settings) -> None:
        self._redis: aioredis.Redis = aioredis.from_url(
            settings.redis_location,
            socket_timeout=SECONDS,
            socket_connect_timeout=SECONDS,
            retry=Retry(NoBackoff(), 1),
        )
        self._take = self._redis.register_script(TAKE)
        self._renew = self._redis.register_script(RENEW)
        self._complained = -COMPLAIN_SECONDS

    async def take(self, *limits: Limit) -> Ticket:
        """Count one more in all of them. Raises TooManyRequests, and then none has counted it."""
        wanted = [limit for limit in limits if limit.rate.count]
        ticket = Ticket(token_hex(8), tuple(_key(limit) for limit in wanted))
        if not wanted:
            return ticket
        numbers = [number for limit in wanted for number in (limit.rate.count, limit.rate.seconds * 1000)]
        try:
            wait = int(await self._take(keys=list(ticket.keys), args=[ticket.member, *numbers]))
        except (RedisError, OSError, TimeoutError) as away:
            self._complain(away)
            return ticket
        if wait > 0:
            raise TooManyRequests(retry_after=-(-wait // 1000))
        return ticket

    @asynccontextmanager
    async def unless(self, failure: type[Exception], *limits: Limit) -> AsyncIterator[None]:
        """Count an attempt that raises `failure`, and no other: what is our own fault is nobody's attempt."""
        ticket = await self.take(*limits)
        try:
            yield
        except failure:
            raise
        except BaseException:
            await self.take_back(ticket)
            raise
        await self.take_back(ticket)

    @asynccontextmanager
    async def held(self, limit: Limit) -> AsyncIterator[Renew]:
        """Count what takes long, for as long as the block lasts. It is forgotten after the limit's time, as that of a
        process that was killed should be, unless what comes back is called meanwhile. Raises TooManyRequests."""
        ticket = await self.take(limit)

        async def renew() -> None:
            try:
                await self._renew(keys=[_key(limit)], args=[ticket.member, limit.rate.seconds * 1000])
            except (RedisError, OSError, TimeoutError) as away:
                self._complain(away)

        try:
            yield renew
        finally:
            await self.take_back(ticket)

    async def take_back(self, ticket: Ticket) -> None:
        """It was none of those that are counted."""
        try:
            for key in ticket.keys:
                await self._redis.zrem(key, ticket.member)
        except (RedisError, OSError, TimeoutError) as away:
            self._complain(away)

    async def close(self) -> None:
        await self._redis.aclose()

    def _complain(self, away: Exception) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._complained >= COMPLAIN_SECONDS:
            self._complained = now
            log.warning("Redis does not answer, limits are open: %s", away)


def _key(limit: Limit) -> str:
    """No address of a person stands in Redis in the clear."""
    marks = "\0".join(limit.marks).encode("utf-8", "surrogatepass")
    return f"limit:{limit.what}:{sha256(marks).hexdigest()[:32]}"
