"""The worker process of one queue: takes jobs, claims their rows, and settles how they end."""

import asyncio
import logging
from datetime import timedelta
from typing import Any
from uuid import uuid4

import saq.types
from redis.exceptions import RedisError
from saq.job import CronJob
from saq.worker import Worker

from videoflix.db import encodes, jobs
from videoflix.db.pool import open_database
from videoflix.errors import ClaimLost, DatabaseUnavailable, NotAFilm, QueueUnavailable, VideoflixError
from videoflix.jobs import transcode
from videoflix.jobs.queue import LIMITS, TRANSCODE, Queues
from videoflix.jobs.sweep import sweep as tell
from videoflix.jobs.transcode import Gauge, Rooms
from videoflix.models import Job, JobKind
from videoflix.settings import Settings
from videoflix.storage import Storage

log = logging.getLogger(__name__)

STEPS = {
    JobKind.INGEST: transcode.ingest,
    JobKind.UNIT: transcode.unit,
    JobKind.FINISH: transcode.finish,
}
TRIES = 3
RETRY_AFTER = (timedelta(seconds=10), timedelta(seconds=60))
MAILS_AT_ONCE = 4
# How long a replaced version stays for those who are watching it.
GRACE = timedelta(hours=6)
# Longer than ffmpeg is given to end, shorter than a supervisor waits.
STOP_SECONDS = 6.0


class Context(saq.types.Context, total=False):
    """What SAQ hands to a function, and what we have added to it."""

    rooms: Rooms
    units: asyncio.Semaphore


async def run(settings: Settings, queue: str) -> None:
    """Work until SIGTERM or SIGINT; what was under way is given back."""
    storage = Storage(settings.data_dir / "media")
    storage.prepare()
    rooms = Rooms(settings, await open_database(settings, most=4), storage, Queues(settings))
    try:
        await build(rooms, queue).start()
    finally:
        await rooms.queues.close()
        await rooms.database.close()


def build(rooms: Rooms, queue: str) -> Worker[Context]:
    """A worker with a slot per unit and two more, so that a long encode never holds up a probe or a sweep."""

    here = queue == TRANSCODE

    async def startup(context: Context) -> None:
        context["rooms"] = rooms
        context["units"] = asyncio.Semaphore(rooms.settings.transcode_concurrency)
        log.info("the %s worker is ready", queue)
        if here:
            await sweep(context)

    return Worker(
        rooms.queues[queue],
        [(kind, work) for kind in JobKind] if here else [],
        concurrency=rooms.settings.transcode_concurrency + 2 if here else MAILS_AT_ONCE,
        cron_jobs=[_cron(sweep, "* * * * * */5"), _cron(housekeeping, "17 * * * *")] if here else [],
        startup=startup,
        timers={"schedule": 1, "worker_info": 10, "sweep": 15, "abort": 1},
        dequeue_timeout=5,
        cancellation_hard_deadline_s=STOP_SECONDS,
    )


async def work(context: Context, *, row_id: int) -> None:
    """Claim a row, do what it asks, and write down how that ended."""
    rooms = context["rooms"]
    units = context["units"]
    is_unit = context["job"].function == JobKind.UNIT
    if is_unit and units.locked():
        return  # the row waits on; whoever ends a unit tells of it again
    if is_unit:
        await units.acquire()
    try:
        async with rooms.database.connection() as connection:
            job = await jobs.claim(connection, row_id, uuid4())
        if job is not None:
            await _settle(rooms, job, context["job"])
    finally:
        if is_unit:
            units.release()
    await sweep(context)


async def sweep(context: Context) -> None:
    """Tell of waiting rows; if that is not possible now, the next time will do."""
    rooms = context["rooms"]
    try:
        await tell(rooms.database, rooms.queues)
    except (DatabaseUnavailable, QueueUnavailable) as away:
        log.warning("no sweep this time: %s", away)


async def housekeeping(context: Context) -> None:
    """Remove what nobody is served any more."""
    rooms = context["rooms"]
    async with rooms.database.connection() as connection:
        gone = await encodes.remove_superseded(connection, GRACE)
    for video_id, version in gone:
        await asyncio.to_thread(rooms.storage.remove_version, video_id, version)


async def _settle(rooms: Rooms, job: Job, messenger: Any) -> None:
    """Do the job. A failure is written down; a stop gives the job back."""
    log.info("video %d: %s begins (try %d)", job.video_id, job.kind, job.attempts)
    try:
        if job.attempts > TRIES:
            await _fail(rooms, job, f"The worker died at it {TRIES} times.")
        else:
            await _with_heartbeat(rooms, job, messenger)
    except asyncio.CancelledError:
        async with rooms.database.connection() as connection:
            await jobs.give_back(connection, job)
        raise
    except ClaimLost:
        await _let_go(rooms, job)
    except DatabaseUnavailable:
        log.warning("video %d: %s could not be recorded; it is done again", job.video_id, job.kind)
    except NotAFilm as refusal:
        await _fail(rooms, job, refusal.detail)
    except (VideoflixError, OSError) as failure:
        await _try_again(rooms, job, str(failure))
    except Exception:
        log.exception("video %d: %s broke", job.video_id, job.kind)
        await _try_again(rooms, job, "An error inside Videoflix; its log has more.")


async def _with_heartbeat(rooms: Rooms, job: Job, messenger: Any) -> None:
    """Run the step, with a heartbeat. Raises ClaimLost when the job is no longer ours."""
    gauge = Gauge()
    step = asyncio.create_task(STEPS[job.kind](rooms, job, gauge))
    try:
        while not step.done():
            await _beat(rooms, job, gauge, messenger)
            await asyncio.wait({step}, timeout=jobs.BEAT_SECONDS)
        await step
    finally:
        # Until it is over: a wait that ends in the same instant swallows a cancellation (wait_for, Python 3.11).
        while not step.done():
            step.cancel()
            await asyncio.wait({step}, timeout=1.0)


async def _beat(rooms: Rooms, job: Job, gauge: Gauge, messenger: Any) -> None:
    """Tell the row and SAQ that the worker lives. A lost beat is no reason to stop."""
    try:
        async with rooms.database.connection() as connection:
            if not await jobs.beat(connection, job, gauge.done, gauge.speed):
                raise ClaimLost
        await messenger.update()
    except (DatabaseUnavailable, RedisError, OSError, TimeoutError) as away:
        log.warning("video %d: a heartbeat was lost: %s", job.video_id, away)


async def _try_again(rooms: Rooms, job: Job, reason: str) -> None:
    log.warning("video %d: %s failed (try %d): %s", job.video_id, job.kind, job.attempts, reason)
    if job.attempts >= TRIES:
        await _fail(rooms, job, reason)
        return
    async with rooms.database.connection() as connection:
        await jobs.retry(connection, job, RETRY_AFTER[job.attempts - 1], reason)


async def _fail(rooms: Rooms, job: Job, reason: str) -> None:
    """The film does not come about; what was made of this version goes."""
    log.error("video %d: given up: %s", job.video_id, reason)
    async with rooms.database.transaction() as connection:
        await jobs.fail(connection, job, reason)
        await encodes.fail(connection, job.encode_id, reason)
    await asyncio.to_thread(rooms.storage.remove_version, job.video_id, job.version)


async def _let_go(rooms: Rooms, job: Job) -> None:
    """The job was taken away. If its film is deleted, so is what we may have published meanwhile."""
    log.info("video %d: %s is no longer ours", job.video_id, job.kind)
    async with rooms.database.connection() as connection:
        wanted = await encodes.exists(connection, job.encode_id)
    if not wanted:
        await asyncio.to_thread(rooms.storage.remove_version, job.video_id, job.version)


def _cron(function: Any, when: str) -> CronJob[Context]:
    limits = LIMITS[function.__name__]
    return CronJob(function, when, timeout=limits.timeout, heartbeat=limits.heartbeat, retries=limits.retries)
