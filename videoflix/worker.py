"""The worker process of one queue: what it runs when a job comes, and what it does by the clock."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import saq.types
from saq.job import CronJob
from saq.worker import Worker

from videoflix.accounts.jobs import MailContext, deliver
from videoflix.accounts.queries import mails, sessions, users
from videoflix.db.pool import open_database
from videoflix.encoding.cleaning import clean
from videoflix.encoding.context import JobContext
from videoflix.encoding.jobs import run_job
from videoflix.encoding.slots import JobSlots
from videoflix.errors import DatabaseUnavailable
from videoflix.queue import queries as jobs
from videoflix.queue.due import try_enqueue_due
from videoflix.queue.models import JobKind
from videoflix.queue.queues import JOB_POLICIES, MAIL, TRANSCODE, Queues
from videoflix.settings import Settings
from videoflix.storage.local import Storage
from videoflix.uploads import lifecycle as uploads
from videoflix.uploads.inspection import inspect
from videoflix.uploads.lifecycle import UploadContext

log = logging.getLogger(__name__)

MAILS_AT_ONCE = 4
OFTEN, HOURLY = "* * * * * */2", "17 * * * *"
# How long accounts wait for their owner, and how long what is over is kept to be looked at.
NEVER_ACTIVATED, KEEP = timedelta(days=30), timedelta(days=30)
SWEEP_SECONDS = 1.0
# Longer than ffmpeg is given to end, shorter than a supervisor waits.
STOP_SECONDS = 6.0


class Context(saq.types.Context, total=False):
    """What SAQ hands to a function, and what we have added to it."""

    job_context: JobContext
    slots: JobSlots


Function = Callable[..., Coroutine[Any, Any, None]]
Plan = tuple[list[tuple[str, Function]], Function, list[CronJob[Context]], int]


async def run(settings: Settings, queue: str) -> None:
    """Work until SIGTERM or SIGINT; what was under way is given back."""
    storage = Storage.of(settings)
    storage.prepare()
    if queue == TRANSCODE:
        await asyncio.to_thread(storage.sweep_staging)
    job_context = JobContext(settings, await open_database(settings, most=4), storage, Queues(settings))
    try:
        await build(job_context, queue).start()
    finally:
        await job_context.queues.close()
        await job_context.database.close()


def build(job_context: JobContext, queue: str) -> Worker[Context]:
    """The worker of one queue."""
    functions, sweep, clock, concurrency = _plans(job_context.settings)[queue]

    async def startup(context: Context) -> None:
        context["job_context"] = job_context
        context["slots"] = JobSlots(job_context.settings)
        log.info("the %s worker is ready", queue)
        worker.tasks.add(asyncio.create_task(_sweep_always(sweep, context)))

    worker = Worker[Context](
        job_context.queues[queue],
        functions,
        concurrency=concurrency,
        cron_jobs=clock,
        startup=startup,
        timers={"schedule": 1, "worker_info": 10, "sweep": 15, "abort": 1},
        dequeue_timeout=5,
        cancellation_hard_deadline_s=STOP_SECONDS,
    )
    return worker


def _plans(settings: Settings) -> dict[str, Plan]:
    """Per queue: what runs for a job, what begins or tells of waiting rows, what SAQ's clock runs, how many at once.

    Films have a slot per place, and two more: looking after the rest is never held up.
    """
    at_once = JobSlots(settings).count + 2
    of_films = [_cron(clean_films, HOURLY), _cron(inspect_uploads, OFTEN)]
    return {
        TRANSCODE: ([(kind, work) for kind in JobKind], sweep_jobs, of_films, at_once),
        MAIL: ([("mail", send)], sweep_mails, [_cron(clean_accounts, HOURLY)], MAILS_AT_ONCE),
    }


async def work(context: Context, *, row_id: int) -> None:
    await _work(context, JobKind(context["job"].function), context["job"])


async def _work(context: Context, kind: JobKind, saq_job: Any) -> None:
    """The most urgent jobs of a kind, one after the other, while there is a place for them."""
    job_context, slots = context["job_context"], context["slots"]
    try:
        while job := await slots.claim(job_context.database, kind):
            try:
                is_done = await run_job(job_context, job, saq_job)
            finally:
                slots.leave(job)
            await try_enqueue_due(
                job_context.database, job_context.queues
            )  # of what follows, and of what was not begun for want of a place
            if not is_done:
                return
    except DatabaseUnavailable as away:
        log.warning("no %s is begun: %s", kind, away)


async def send(context: Context, *, row_id: int) -> None:
    job_context = context["job_context"]
    await deliver(MailContext(job_context.settings, job_context.database), row_id)


async def sweep_jobs(context: Context) -> None:
    """Begin what waits here and now: news of it may be lost, or have reached a worker that has no place for it."""
    async with context["job_context"].database.connection() as connection:
        kinds = {kind for kind, _, _ in await jobs.waiting(connection)}
    tasks = context["worker"].tasks
    for kind in kinds:
        task = asyncio.create_task(_work(context, kind, None))
        tasks.add(task)  # a stop ends them all
        task.add_done_callback(tasks.discard)


async def sweep_mails(context: Context) -> None:
    await try_enqueue_due(context["job_context"].database, context["job_context"].queues, mails.waiting)


async def clean_films(context: Context) -> None:
    """Remove what nobody is served and nobody works with any more."""
    job_context = context["job_context"]
    await clean(job_context)
    await uploads.sweep(UploadContext(job_context.settings, job_context.database, job_context.storage))


async def inspect_uploads(context: Context) -> None:
    """Refuse early what cannot become a film. What is missed in bad weather is found out when it is whole."""
    try:
        await inspect(context["job_context"])
    except DatabaseUnavailable as away:
        log.warning("no look at uploads this time: %s", away)


async def clean_accounts(context: Context) -> None:
    """Remove sessions, links and mails that are over, and accounts that never began."""
    async with context["job_context"].database.connection() as connection:
        await sessions.remove_ended(connection, KEEP)
        await mails.remove_old(connection, KEEP)
        await users.remove_never_activated(connection, NEVER_ACTIVATED)


async def _sweep_always(sweep: Function, context: Context) -> None:
    """By a clock of our own: SAQ has one for all workers, which stands still for a while when one of them ends."""
    while True:
        try:
            await sweep(context)
        except DatabaseUnavailable as away:
            log.warning("no sweep this time: %s", away)
        except Exception:
            log.exception("a sweep broke")
        await asyncio.sleep(SWEEP_SECONDS)


def _cron(function: Any, when: str) -> CronJob[Context]:
    limits = JOB_POLICIES[function.__name__]
    return CronJob(function, when, timeout=limits.timeout, heartbeat=limits.heartbeat, retries=limits.retries)
