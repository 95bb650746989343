"""How a film comes about, told while it happens: Server-Sent Events, as a browser's EventSource reads them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from hashlib import blake2s

import msgspec
from aiohttp import web
from msgspec import Struct

from videoflix.accounts.limits import Limit, Renew
from videoflix.accounts.resources import GUARD, LIMITS, SESSION
from videoflix.errors import DatabaseUnavailable, NotFound, TooManyRequests, TooManyStreams
from videoflix.http.paths import path_id
from videoflix.library.models import EncodeState, Progress
from videoflix.library.resources import PROGRESS_FEED
from videoflix.queue.models import JobKind
from videoflix.rate import Rate

# Proxies close a line on which nothing is heard, often after a minute.
HEARTBEAT_SECONDS = 15.0
HEARTBEAT = b":\n\n"
# Streams that one login may have, in all processes together; a browser opens six connections at most. That a stream
# goes on is told every few seconds; if its process dies, it counts for some more.
STREAMS, RENEW_SECONDS = Rate(10, 40), 10.0
HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would collect a page of it first
}


class Event(Struct, frozen=True, kw_only=True):
    """What is told of a film: times in seconds, `speed` in seconds of film per second."""

    status: EncodeState
    playable: bool
    progress: float
    speed: float | None
    seconds_left: int | None
    working: tuple[JobKind, ...]
    units: tuple[int, ...]
    units_done: int
    units_total: int
    duration: float | None
    error: str | None


async def follow(request: web.Request) -> web.StreamResponse:
    """A stream that ends with the film being ready or failed. Who has seen that end and connects again hears 204,
    at which an EventSource gives up."""
    feed = request.app[PROGRESS_FEED]
    now = await feed.progress(path_id(request))
    if now is None or not (now.is_playable or request[SESSION].is_staff):
        raise NotFound
    if now.state.is_final and request.headers.get("Last-Event-ID") == _id(now):
        return web.Response(status=204)
    response = web.StreamResponse(headers=HEADERS)
    with feed.slot():
        async with _counted(request) as renew:
            with suppress(ConnectionError):  # a client may go away at any moment
                await response.prepare(request)
                await _tell(request, response, now, renew)
    return response


@asynccontextmanager
async def _counted(request: web.Request) -> AsyncIterator[Renew]:
    """One of the streams of this login. Raises TooManyStreams."""
    try:
        async with request.app[LIMITS].count_concurrent(
            Limit("streams", STREAMS, (str(request[SESSION].id),))
        ) as renew:
            yield renew
    except TooManyRequests as full:
        raise TooManyStreams(full.retry_after) from None


async def _tell(request: web.Request, response: web.StreamResponse, now: Progress, renew: Renew) -> None:
    """Every change, until there will be no more, or this watcher may not see any more. Raises ConnectionError."""
    clock = asyncio.get_running_loop().time
    told, told_at, renewed_at = b"", clock(), clock()
    while True:
        if clock() - renewed_at >= RENEW_SECONDS:
            await renew()
            renewed_at = clock()
        event = _event(now)
        if event != told:
            await response.write(event)
            told, told_at = event, clock()
        elif clock() - told_at >= HEARTBEAT_SECONDS:
            await response.write(HEARTBEAT)
            told_at = clock()
        if now.state.is_final or not await request.app[PROGRESS_FEED].pause() or request.transport is None:
            return
        seen = await _look(request, now)
        if seen is None:
            return
        now = seen


async def _look(request: web.Request, before: Progress) -> Progress | None:
    """How far the film is now; None if it is deleted, or if it or the login is this watcher's no longer.

    A film that fails is taken off the list, and those who have followed it hear that all the same.
    """
    try:
        session = await request.app[GUARD].recheck(request[SESSION], datetime.now(UTC))
        now = await request.app[PROGRESS_FEED].progress(path_id(request))
    except DatabaseUnavailable:
        return before  # it will be back: to an EventSource a 503 is the end, so nobody is sent away
    if session is None or now is None:
        return None
    return now if session.is_staff or now.is_playable or now.state is EncodeState.FAILED else None


def _event(now: Progress) -> bytes:
    told = Event(
        status=now.state,
        playable=now.is_playable,
        progress=round(now.done, 3),
        speed=None if now.speed is None else round(now.speed, 2),
        seconds_left=None if now.left is None else round(now.left),
        working=now.working,
        units=now.units,
        units_done=now.units_done,
        units_total=now.units_total,
        duration=None if now.duration is None else round(now.duration, 3),
        error=_error(now),
    )
    return b"id: %b\ndata: %b\n\n" % (_id(now).encode(), msgspec.json.encode(told))


def _id(now: Progress) -> str:
    """What tells one end from another: a film may fail twice, for different reasons."""
    return blake2s(f"{now.state} {_error(now)}".encode(), digest_size=6).hexdigest()


def _error(now: Progress) -> str | None:
    """What is still made beside a film that is ready, and why that waits, is no error of the film."""
    return None if now.state is EncodeState.READY else now.error
