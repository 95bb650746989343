"""The worker process of one queue: its jobs, and what it does periodically."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import saq.types
from saq.job import CronJob
from saq.worker import Worker

from videoflix.accounts.jobs import MailContext, deliver
from videoflix.accounts.queries import audit, guest_links, invitations, mails, pairings, passkeys, sessions, users
from videoflix.db.pool import open_database
from videoflix.encoding.cleaning import clean
from videoflix.encoding.context import JobContext
from videoflix.encoding.encoder_trial import AUTO, choose
from videoflix.encoding.jobs import run_job
from videoflix.encoding.slots import JobSlots
from videoflix.errors import DatabaseUnavailable
from videoflix.queue import queries as jobs
from videoflix.queue.due import try_enqueue_due
from videoflix.queue.idle import Activity, AnyWaits, stop_when_idle
from videoflix.queue.models import JobKind
from videoflix.queue.queues import JOB_POLICIES, MAIL, TRANSCODE, Queues
from videoflix.settings import Settings
from videoflix.storage.opening import open_storage
from videoflix.uploads.context import UploadContext
from videoflix.uploads.ending import sweep as sweep_uploads
from videoflix.uploads.inspection import inspect
from videoflix.watching import queries as watching

log = logging.getLogger(__name__)

# An attempt ends before another worker may take the mail.
MAILS_AT_ONCE, MAIL_SECONDS = 4, 100.0
OFTEN, HOURLY = "* * * * * */2", "17 * * * *"
# How long accounts wait for their activation, and how long ended sessions, expired tokens, mails and audit entries
# are kept. Jobs have no age: they are deleted with their version, as lost segments are encoded again from its jobs.
NEVER_ACTIVATED, KEEP = timedelta(days=30), timedelta(days=30)
AUDIT_KEPT = timedelta(days=2 * 365)
SWEEP_SECONDS = 1.0
# Longer than ffmpeg may take to stop, shorter than the time that supervisors allow.
STOP_SECONDS = 6.0


class Context(saq.types.Context, total=False):
    """The context that SAQ passes to each function, with our additions."""

    job_context: JobContext
    slots: JobSlots
    activity: Activity


Function = Callable[..., Coroutine[Any, Any, None]]
Plan = tuple[list[tuple[str, Function]], Function, list[CronJob[Context]], int, AnyWaits]


async def run(settings: Settings, queue: str, idle_seconds: float | None = None) -> None:
    """Work until SIGTERM or SIGINT, or until there was nothing to do for `idle_seconds`. Jobs that are running at a
    signal are released for other workers."""
    storage = open_storage(settings)
    storage.prepare()
    if "s3" in settings.storage and queue == TRANSCODE:
        await asyncio.to_thread(storage.check_usable)
    if queue == TRANSCODE:
        await asyncio.to_thread(storage.sweep_staging)
    job_context = JobContext(settings, await open_database(settings, most=4), storage, Queues(settings))
    try:
        await build(job_context, queue, idle_seconds).start()
    finally:
        await job_context.queues.close()
        await job_context.database.close()


def build(job_context: JobContext, queue: str, idle_seconds: float | None = None) -> Worker[Context]:
    """The worker of one queue."""
    functions, sweep, clock, concurrency, any_waits = _plans(job_context.settings)[queue]
    slots, activity = JobSlots(job_context.settings), Activity()
    jobs_of_rows = {name for name, _ in functions}

    def is_busy() -> bool:
        return not slots.are_free or any(job.function in jobs_of_rows for job in worker.job_task_contexts)

    async def startup(context: Context) -> None:
        context["job_context"] = job_context
        context["slots"] = slots
        context["activity"] = activity
        log.info("the %s worker is ready", queue)
        if queue == TRANSCODE:
            worker.tasks.add(asyncio.create_task(_choose_encoder(job_context)))
        worker.tasks.add(asyncio.create_task(_sweep_periodically(sweep, context)))
        if idle_seconds is not None:
            ending = stop_when_idle(
                worker,
                job_context.database,
                any_waits=any_waits,
                is_busy=is_busy,
                activity=activity,
                seconds=idle_seconds,
            )
            worker.tasks.add(asyncio.create_task(ending))

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
    """Per queue: the functions for its jobs, the sweep, SAQ's cron jobs, the number of concurrent jobs, and the query
    that says whether any waits.

    The transcode queue runs two more than it has slots, so that encodes never block the cron jobs.
    """
    concurrency = JobSlots(settings).count + 2
    film_cron_jobs = [_cron(clean_films, HOURLY), _cron(inspect_uploads, OFTEN)]
    return {
        TRANSCODE: ([(kind, work) for kind in JobKind], sweep_jobs, film_cron_jobs, concurrency, jobs.any_waits),
        MAIL: ([("mail", send)], sweep_mails, [_cron(clean_accounts, HOURLY)], MAILS_AT_ONCE, mails.any_waits),
    }


async def work(context: Context, *, row_id: int) -> None:
    await _work(context, JobKind(context["job"].function), context["job"])


async def _work(context: Context, kind: JobKind, saq_job: Any) -> None:
    """Run the most urgent jobs of a kind, one after the other, while there is a free slot."""
    job_context, slots = context["job_context"], context["slots"]
    try:
        while job := await slots.claim(job_context.database, kind):
            try:
                is_done = await run_job(job_context, job, saq_job)
            finally:
                slots.leave(job)
                context["activity"].mark()
            await try_enqueue_due(
                job_context.database, job_context.queues
            )  # jobs that follow, and those that had no slot
            if not is_done:
                return
    except DatabaseUnavailable as error:
        log.warning("no %s job can start: %s", kind, error)


async def send(context: Context, *, row_id: int) -> None:
    job_context = context["job_context"]
    async with asyncio.timeout(MAIL_SECONDS):
        await deliver(MailContext(job_context.settings, job_context.database), row_id)
    context["activity"].mark()


async def sweep_jobs(context: Context) -> None:
    """Start jobs that are due in the database: the message in Redis may be lost, or have reached a busy worker."""
    async with context["job_context"].database.connection() as connection:
        kinds = {kind for kind, _, _ in await jobs.waiting(connection)}
    tasks = context["worker"].tasks
    for kind in kinds:
        task = asyncio.create_task(_work(context, kind, None))
        tasks.add(task)  # cancelled when the worker stops
        task.add_done_callback(tasks.discard)


async def sweep_mails(context: Context) -> None:
    await try_enqueue_due(context["job_context"].database, context["job_context"].queues, mails.waiting)


async def clean_films(context: Context) -> None:
    """Remove files that are not used any more, and uploads that have expired."""
    job_context = context["job_context"]
    await clean(job_context)
    await sweep_uploads(UploadContext(job_context.settings, job_context.database, job_context.storage))


async def inspect_uploads(context: Context) -> None:
    """Refuse uploads that are not films before they are complete. What is missed is found when they are."""
    try:
        await inspect(context["job_context"])
    except DatabaseUnavailable as error:
        log.warning("uploads are not inspected this time: %s", error)


async def clean_accounts(context: Context) -> None:
    """Remove old sessions, tokens, mails, codes of televisions and audit entries, accounts that were never activated,
    and what is left of forgotten films."""
    async with context["job_context"].database.connection() as connection:
        await sessions.remove_ended(connection, KEEP)
        await mails.remove_old(connection, KEEP)
        await invitations.remove_old(connection, KEEP)
        await guest_links.remove_old(connection, KEEP)
        await pairings.remove_old(connection)
        await passkeys.remove_old_challenges(connection)
        await users.remove_never_activated(connection, NEVER_ACTIVATED)
        await audit.remove_old(connection, AUDIT_KEPT)
        await watching.remove_forgotten(connection)


async def _choose_encoder(job_context: JobContext) -> None:
    """Use a hardware encoder if there is one. Units that begin before it has been tried are encoded with x264."""
    asked, choice = job_context.settings.transcode_encoder, await choose(job_context.settings)
    job_context.in_use.encoder = choice.encoder
    for name, why in choice.refused.items():
        level = logging.INFO if asked == AUTO else logging.WARNING
        log.log(level, "%s cannot be used: %s", name, why)
    log.info("films are encoded with %s", choice.encoder)


async def _sweep_periodically(sweep: Function, context: Context) -> None:
    """Sweep every second. SAQ's scheduler is shared by all workers, and pauses when one of them ends."""
    while True:
        try:
            await sweep(context)
        except DatabaseUnavailable as error:
            log.warning("the sweep is skipped this time: %s", error)
        except Exception:
            log.exception("the sweep failed")
        await asyncio.sleep(SWEEP_SECONDS)


def _cron(function: Any, when: str) -> CronJob[Context]:
    limits = JOB_POLICIES[function.__name__]
    return CronJob(function, when, timeout=limits.timeout, heartbeat=limits.heartbeat, retries=limits.retries)
