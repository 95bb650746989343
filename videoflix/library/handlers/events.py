"""The progress of an encode as Server-Sent Events, as a browser's EventSource reads them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from hashlib import blake2s

import msgspec
from aiohttp import web
from msgspec import Struct

from videoflix.accounts.limits import Limit, Renew
from videoflix.accounts.resources import GUARD, LIMITS, SESSION
from videoflix.db import clock
from videoflix.errors import DatabaseUnavailable, NotFound, TooManyRequests, TooManyStreams, TooManySubscribers
from videoflix.http.access import guest
from videoflix.http.operations import Media, header, operation
from videoflix.http.paths import path_id
from videoflix.library.handlers.visible import check_visible
from videoflix.library.models import EncodeState, Progress
from videoflix.library.resources import PROGRESS_FEED, VISIBILITY
from videoflix.queue.models import JobKind
from videoflix.rate import Rate

# Proxies close a silent connection, often after a minute.
HEARTBEAT_SECONDS = 15.0
HEARTBEAT = b":\n\n"
# Streams that one session may hold, in all processes together; a browser opens six connections at most. A stream
# renews its slot every few seconds; if its process dies, the slot is free again soon after.
STREAMS, RENEW_SECONDS = Rate(10, 40), 10.0
HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would buffer a page of it first
}


class Event(Struct, frozen=True, kw_only=True):
    """The data of an event: times in seconds, `speed` in seconds of film per second."""

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


@operation(
    "Follow the progress of an encode",
    Media("text/event-stream", item=Event),
    more_answers={204: None},
    parameters=(header("Last-Event-ID", "The last event that was received; EventSource sends it.", "9f1c2d3e4a5b"),),
    errors=(TooManyStreams, TooManySubscribers),
    headers=("Cache-Control",),
)
@guest
async def follow(request: web.Request) -> web.StreamResponse:
    """A stream that ends when the film is ready or has failed. A client that reconnects after that gets 204, at
    which an EventSource stops."""
    await check_visible(request)
    feed = request.app[PROGRESS_FEED]
    now = await feed.progress(path_id(request))
    if now is None or not (now.is_playable or request[SESSION].is_staff):
        raise NotFound
    if now.state.is_final and request.headers.get("Last-Event-ID") == _id(now):
        return web.Response(status=204)
    response = web.StreamResponse(headers=HEADERS)
    with feed.slot():
        async with _counted(request) as renew:
            with suppress(ConnectionError):  # a client may disconnect at any moment
                await response.prepare(request)
                await _tell(request, response, now, renew)
    return response


@asynccontextmanager
async def _counted(request: web.Request) -> AsyncIterator[Renew]:
    """A slot for one stream of this session. Raises TooManyStreams."""
    try:
        async with request.app[LIMITS].count_concurrent(
            Limit("streams", STREAMS, (str(request[SESSION].id),))
        ) as renew:
            yield renew
    except TooManyRequests as full:
        raise TooManyStreams(full.retry_after) from None


async def _tell(request: web.Request, response: web.StreamResponse, now: Progress, renew: Renew) -> None:
    """Sends every change until no more will come or this client may no longer see the film. Raises
    ConnectionError."""
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
    """How far the film is; None if it was deleted, or if the session has ended or may no longer see it.

    A film that fails leaves the list, but the clients that follow it still get its last event.
    """
    try:
        session = await request.app[GUARD].recheck(request[SESSION], clock.now())
        if session is None or not await request.app[VISIBILITY].can_see(session.viewer, path_id(request)):
            return None
        now = await request.app[PROGRESS_FEED].progress(path_id(request))
    except DatabaseUnavailable:
        return before  # the database will be back: an EventSource takes a 503 as the end, so the stream goes on
    if now is None:
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
    """Distinguishes two endings: a film may fail twice for different reasons."""
    return blake2s(f"{now.state} {_error(now)}".encode(), digest_size=6).hexdigest()


def _error(now: Progress) -> str | None:
    """What is still being made for a film that is ready, and why it waits, is not an error of the film."""
    return None if now.state is EncodeState.READY else now.error
