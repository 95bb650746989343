"""Handlers for positions: players report them, and viewers forget them or mark films as watched."""

import math
from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from videoflix.accounts.resources import SESSION
from videoflix.db import clock
from videoflix.errors import DurationUnknown, InvalidFields, NotFound
from videoflix.http import bodies
from videoflix.http.access import unlogged
from videoflix.http.operations import operation
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE
from videoflix.library.handlers.visible import check_visible
from videoflix.watching import progress, queries
from videoflix.watching.models import REPORT_SECONDS, Progress, Report
from videoflix.watching.queries import Key
from videoflix.watching.resources import DURATIONS, RECORDER

MAX_SESSION = 64
MAX_ORDER = 2**53
MAX_PARTS = 100
MAX_EVERY = 600

Seconds = Annotated[float, Meta(extra_json_schema={"minimum": 0})]


class PositionReport(Struct, frozen=True):
    """`order` is by default the time at which the report arrives. `played` are the parts of the film that were played
    since the report before, each with its begin and its end. The player reports `every` so many seconds."""

    position: Seconds
    duration: Annotated[float, Meta(extra_json_schema={"exclusiveMinimum": 0})]
    session: Annotated[str, Meta(extra_json_schema={"minLength": 1, "maxLength": MAX_SESSION})]
    order: Annotated[int, Meta(extra_json_schema={"minimum": 0, "maximum": MAX_ORDER})] | None = None
    played: Annotated[list[tuple[Seconds, Seconds]], Meta(extra_json_schema={"maxItems": MAX_PARTS})] | None = None
    every: Annotated[float, Meta(extra_json_schema={"minimum": 1, "maximum": MAX_EVERY})] = REPORT_SECONDS


class OwnProgress(Struct, frozen=True):
    """How far a film was watched, in seconds. `resume_at` is null if it starts at the beginning; `seen` is the part
    that was really seen, from 0 to 1."""

    position: float
    duration: float
    resume_at: float | None
    watched: bool
    watched_at: datetime | None
    played_at: datetime | None
    seen: float


@operation("Report where a playback is", body=PositionReport, errors=(InvalidFields, DurationUnknown))
@unlogged
async def report(request: web.Request) -> web.Response:
    """Record where a playback is. It is written within some seconds.

    The film's own duration limits the position, and with it the memory for what was seen.
    """
    body, key = await bodies.read(request, PositionReport), watched_key(request)
    duration = await playable_duration(request)
    if not duration:
        raise DurationUnknown
    request.app[RECORDER].add(key, _checked(body, duration, clock.now()))
    return web.Response(status=204)


@operation("Show how far a film was watched", OwnProgress)
async def show(request: web.Request) -> web.Response:
    """How far the viewer is in a film, also if it was never played."""
    duration, key = await playable_duration(request), watched_key(request)
    waiting = request.app[RECORDER].waiting(key)  # before the query: these may be written meanwhile
    async with request.app[DATABASE].connection() as connection:
        stored = await queries.progress(connection, key)
    now = reduce(progress.report, waiting, stored or Progress(duration=duration))
    return bodies.answer(
        OwnProgress(
            position=now.position,
            duration=now.duration,
            resume_at=progress.resume_at(now.position, now.duration),
            watched=now.watched_at is not None,
            watched_at=now.watched_at,
            played_at=now.played_at,
            seen=round(progress.seen_part(now.seen, now.duration), 4),
        )
    )


@operation("Forget that a film was played")
async def forget(request: web.Request) -> web.Response:
    """Delete position, watched mark and history entry of a film."""
    key = watched_key(request)
    async with request.app[RECORDER].without(*key), request.app[DATABASE].connection() as connection:
        await queries.forget(connection, clock.now(), *key)
    return web.Response(status=204)


@operation("Mark a film as watched")
async def mark_watched(request: web.Request) -> web.Response:
    return await _mark(request, watched=True)


@operation("Mark a film as not watched")
async def mark_unwatched(request: web.Request) -> web.Response:
    return await _mark(request, watched=False)


async def _mark(request: web.Request, *, watched: bool) -> web.Response:
    duration, key = await playable_duration(request), watched_key(request)
    async with request.app[RECORDER].without(*key), request.app[DATABASE].transaction() as connection:
        with queries.unless_deleted():
            stored = await queries.lock_progress(connection, {key: duration})
        changed = {key: progress.mark(value, clock.now(), watched=watched) for key, value in stored.items()}
        await queries.set_progress(connection, changed)
    return web.Response(status=204)


def watched_key(request: web.Request) -> Key:
    """The profile, and the video in the path."""
    return request[SESSION].profile_id, path_id(request)


async def playable_duration(request: web.Request) -> float:
    """The duration of the film in the path, 0 if it is not known yet.

    Raises NotFound if it cannot be played, or this viewer may not see it.
    """
    await check_visible(request)
    duration = await request.app[DURATIONS].get(path_id(request))
    if duration is None:
        raise NotFound
    return duration


def _checked(body: PositionReport, duration: float, at: datetime) -> Report:
    """The report, with its position inside of the film. Raises InvalidFields."""
    wrong = {}
    if not (math.isfinite(body.position) and body.position >= 0):
        wrong["position"] = "Please send the position in seconds, from 0 on."
    if not (math.isfinite(body.duration) and body.duration > 0):
        wrong["duration"] = "Please send the duration in seconds, more than 0."
    if not 0 < len(body.session) <= MAX_SESSION:
        wrong["session"] = f"Please send a text of 1 to {MAX_SESSION} characters that identifies the playback."
    if body.order is not None and not 0 <= body.order <= MAX_ORDER:
        wrong["order"] = "Please send a number that grows with each report."
    if body.played is not None and not _are_parts(body.played):
        wrong["played"] = f"Please send up to {MAX_PARTS} parts, each with its begin and its end in seconds."
    if not 1 <= body.every <= MAX_EVERY:
        wrong["every"] = f"Please send the seconds between reports, from 1 to {MAX_EVERY}."
    if wrong:
        raise InvalidFields(wrong)
    order = int(at.timestamp() * 1_000_000) if body.order is None else body.order
    played = None if body.played is None else tuple((begin, min(end, duration)) for begin, end in body.played)
    return Report(
        session=body.session,
        order=order,
        position=min(body.position, duration),
        duration=duration,
        at=at,
        played=played,
        every=body.every,
    )


def _are_parts(played: Sequence[tuple[float, float]]) -> bool:
    return len(played) <= MAX_PARTS and all(0 <= begin <= end < math.inf for begin, end in played)
