"""The worker process of one queue: what it runs when a job comes, and what it does by the clock."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import saq.types
from saq.job import CronJob
from saq.worker import Worker

from videoflix.db import mails, sessions, users
from videoflix.db.pool import open_database
from videoflix.errors import DatabaseUnavailable, QueueUnavailable
from videoflix.jobs.cleaning import clean
from videoflix.jobs.inspection import inspect
from videoflix.jobs.mail import Post, deliver
from videoflix.jobs.places import Places
from videoflix.jobs.queue import LIMITS, MAIL, TRANSCODE, Queues
from videoflix.jobs.rooms import Rooms
from videoflix.jobs.settle import settle
from videoflix.jobs.sweep import tell_jobs, tell_mails
from videoflix.models import JobKind
from videoflix.settings import Settings
from videoflix.storage import Storage

log = logging.getLogger(__name__)

MAILS_AT_ONCE = 4
OFTEN, HOURLY = "* * * * * */2", "17 * * * *"
# How long accounts wait for their owner, and how long what is over is kept to be looked at.
NEVER_ACTIVATED, KEEP = timedelta(days=30), timedelta(days=30)
# Longer than ffmpeg is given to end, shorter than a supervisor waits.
STOP_SECONDS = 6.0


class Context(saq.types.Context, total=False):
    """What SAQ hands to a function, and what we have added to it."""

    rooms: Rooms
    places: Places


Function = Callable[..., Coroutine[Any, Any, None]]
Plan = tuple[list[tuple[str, Function]], Function, list[CronJob[Context]], int]


async def run(settings: Settings, queue: str) -> None:
    """Work until SIGTERM or SIGINT; what was under way is given back."""
    storage = Storage(settings.data_dir / "media")
    storage.prepare()
    if queue == TRANSCODE:
        await asyncio.to_thread(storage.sweep_staging)
    rooms = Rooms(settings, await open_database(settings, most=4), storage, Queues(settings))
    try:
        await build(rooms, queue).start()
    finally:
        await rooms.queues.close()
        await rooms.database.close()


def build(rooms: Rooms, queue: str) -> Worker[Context]:
    """The worker of one queue."""
    functions, sweep, clock, concurrency = _plans(rooms.settings)[queue]

    async def startup(context: Context) -> None:
        context["rooms"] = rooms
        context["places"] = Places(rooms.settings)
        log.info("the %s worker is ready", queue)
        await sweep(context)

    return Worker(
        rooms.queues[queue],
        functions,
        concurrency=concurrency,
        cron_jobs=[_cron(sweep, OFTEN), *clock],
        startup=startup,
        timers={"schedule": 1, "worker_info": 10, "sweep": 15, "abort": 1},
        dequeue_timeout=5,
        cancellation_hard_deadline_s=STOP_SECONDS,
    )


def _plans(settings: Settings) -> dict[str, Plan]:
    """Per queue: what runs for a job, every two seconds, and else by the clock, and how many at once.

    Films have a slot per place, and two more: a sweep is never held up.
    """
    at_once = Places(settings).count + 2
    of_films = [_cron(clean_films, HOURLY), _cron(inspect_uploads, OFTEN)]
    return {
        TRANSCODE: ([(kind, work) for kind in JobKind], sweep_jobs, of_films, at_once),
        MAIL: ([("mail", send)], sweep_mails, [_cron(clean_accounts, HOURLY)], MAILS_AT_ONCE),
    }


async def work(context: Context, *, row_id: int) -> None:
    """The most urgent jobs of the kind that is told of, one after the other, while there is a place for them."""
    rooms, kind = context["rooms"], JobKind(context["job"].function)
    while job := await context["places"].claim(rooms.database, kind):
        try:
            is_done = await settle(rooms, job, context["job"])
        finally:
            context["places"].leave(job)
        await sweep_jobs(context)  # of what follows, and of what was not begun for want of a place
        if not is_done:
            return


async def send(context: Context, *, row_id: int) -> None:
    rooms = context["rooms"]
    await deliver(Post(rooms.settings, rooms.database), row_id)


async def sweep_jobs(context: Context) -> None:
    await _sweep(tell_jobs, context)


async def sweep_mails(context: Context) -> None:
    await _sweep(tell_mails, context)


async def clean_films(context: Context) -> None:
    """Remove what nobody is served and nobody works with any more."""
    await clean(context["rooms"])


async def inspect_uploads(context: Context) -> None:
    """Refuse early what cannot become a film. What is missed in bad weather is found out when it is whole."""
    try:
        await inspect(context["rooms"])
    except DatabaseUnavailable as away:
        log.warning("no look at uploads this time: %s", away)


async def clean_accounts(context: Context) -> None:
    """Remove sessions, links and mails that are over, and accounts that never began."""
    async with context["rooms"].database.connection() as connection:
        await sessions.remove_ended(connection, KEEP)
        await mails.forget(connection, KEEP)
        await users.remove_never_activated(connection, NEVER_ACTIVATED)


async def _sweep(tell: Callable[..., Any], context: Context) -> None:
    """Tell of waiting rows; if that is not possible now, the next time will do."""
    rooms = context["rooms"]
    try:
        await tell(rooms.database, rooms.queues)
    except (DatabaseUnavailable, QueueUnavailable) as away:
        log.warning("no sweep this time: %s", away)


def _cron(function: Any, when: str) -> CronJob[Context]:
    limits = LIMITS[function.__name__]
    return CronJob(function, when, timeout=limits.timeout, heartbeat=limits.heartbeat, retries=limits.retries)
