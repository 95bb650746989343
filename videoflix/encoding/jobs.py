"""Runs a claimed job with a heartbeat, and records how it ended."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from redis.exceptions import RedisError

from videoflix.encoding import audio, captions, ingest, pictures, queries, transcode
from videoflix.encoding.cleaning import release_original
from videoflix.encoding.context import JobContext, JobProgress
from videoflix.encoding.record import record
from videoflix.errors import (
    ClaimLost,
    CopyFailed,
    DatabaseUnavailable,
    NotAFilm,
    NotReady,
    StorageUnavailable,
    VideoflixError,
)
from videoflix.library.adding import queue_encode
from videoflix.library.queries import encodes, videos
from videoflix.queue import queries as jobs
from videoflix.queue.due import try_enqueue_due
from videoflix.queue.models import MAX_TRIES, Job, JobKind
from videoflix.storage import names

log = logging.getLogger(__name__)

STEPS = {
    JobKind.INGEST: ingest.ingest,
    JobKind.AUDIO: audio.audio,
    JobKind.UNIT: transcode.unit,
    JobKind.THUMBNAIL: pictures.thumbnail,
    JobKind.STORYBOARD: pictures.storyboard,
    JobKind.CAPTIONS: captions.captions,
}
# A Redis that hangs must not stop the heartbeat of the row.
SAQ_SECONDS = 2.0
STORAGE_AFTER = timedelta(minutes=1)
TELL_SECONDS = 60.0
_told_at = float("-inf")
RETRY_AFTER = (timedelta(seconds=10), timedelta(seconds=60))


async def run_job(context: JobContext, job: Job, saq_job: Any) -> bool:
    """Run a claimed job. Returns whether it is done. A failure is recorded; a stop gives the job back.

    `saq_job` is SAQ's message, if one has triggered this: it needs a heartbeat, too.
    """
    is_done = await _run_job(context, job, saq_job)
    await release_original(context, job.video_id)
    return is_done


async def _run_job(context: JobContext, job: Job, saq_job: Any) -> bool:
    try:
        if job.attempts > MAX_TRIES:
            reason = f"The worker was killed at it {MAX_TRIES} times, as happens when memory is short."
            await _fail(context, job, reason)
            return False
        await _check_storage(context, job)
        log.info("video %d: %s %d begins (try %d)", job.video_id, job.kind, job.number, job.attempts)
        await _with_heartbeat(context, job, saq_job)
        return True
    except asyncio.CancelledError:
        async with context.database.connection() as connection:
            await jobs.give_back(connection, job)
        raise
    except ClaimLost:
        await _let_go(context, job)
    except DatabaseUnavailable:
        log.warning("video %d: %s %d needs the database, and waits for it", job.video_id, job.kind, job.number)
        await record(context.database, lambda connection: jobs.give_back(connection, job))
    except StorageUnavailable as reason:
        await _wait_for_storage(context, job, reason)
    except NotReady as reason:
        log.info("video %d: %s %d waits: %s", job.video_id, job.kind, job.number, reason)
        async with context.database.connection() as connection:
            await jobs.give_back(connection, job)
    except CopyFailed as failure:
        await _failed(context, job, failure.detail, _encode_instead)
    except NotAFilm as refusal:
        await _fail(context, job, refusal.detail)
    except (VideoflixError, OSError) as failure:
        await _failed(context, job, str(failure))
    except Exception:
        log.exception("video %d: %s broke", job.video_id, job.kind)
        await _try_again(context, job, "An error inside Videoflix; its log has more.")
    return False


async def _with_heartbeat(context: JobContext, job: Job, saq_job: Any) -> None:
    """Run the step, with a heartbeat. Raises ClaimLost when the job is no longer ours."""
    progress = JobProgress()
    step = asyncio.create_task(STEPS[job.kind](context, job, progress))
    try:
        while not step.done():
            await _beat(context, job, progress, saq_job)
            await asyncio.wait({step}, timeout=jobs.BEAT_SECONDS)
        await step
    finally:
        # Until the step has ended: a wait that ends in the same instant swallows a cancellation (wait_for, Python
        # 3.11).
        while not step.done():
            step.cancel()
            await asyncio.wait({step}, timeout=1.0)
        await asyncio.gather(
            step, return_exceptions=True
        )  # retrieves the exception of a step that we leave for another reason


async def _beat(context: JobContext, job: Job, progress: JobProgress, saq_job: Any) -> None:
    """The heartbeat of the row and of SAQ. A lost one is no reason to stop, nor is a job that is done: the step has
    just completed it, and ends. If another worker has, the step notices before it publishes."""
    try:
        async with context.database.connection() as connection:
            is_ours = await jobs.beat(connection, job, progress.done, progress.speed)
            if not is_ours and not await jobs.is_done(connection, job):
                raise ClaimLost
        if saq_job is not None:
            async with asyncio.timeout(SAQ_SECONDS):
                await saq_job.update()
    except (DatabaseUnavailable, RedisError, OSError, TimeoutError) as away:
        log.warning("video %d: a heartbeat was lost: %s", job.video_id, away)


async def _check_storage(context: JobContext, job: Job) -> None:
    """Raises StorageUnavailable if a job of this kind cannot run now."""
    if job.kind is JobKind.INGEST:  # it only writes rows
        with suppress(FileNotFoundError):  # the ingest job reports it
            await asyncio.to_thread(context.storage.check_readable, names.original(job.video_id))
        return
    await asyncio.to_thread(context.storage.check_free_space, context.settings.disk_floor)
    await asyncio.to_thread(context.storage.check_writable)


async def _wait_for_storage(context: JobContext, job: Job, reason: StorageUnavailable) -> None:
    """All films wait for the same disk: one of them writes it to the log."""
    global _told_at
    if time.monotonic() - _told_at >= TELL_SECONDS:
        _told_at = time.monotonic()
        log.error("video %d: %s waits: %s", job.video_id, job.kind, reason)
    async with context.database.transaction() as connection:
        await jobs.give_back(connection, job)
        await jobs.pause(connection, job.encode_id, STORAGE_AFTER, reason.detail)


Recover = Callable[[JobContext, Job, str], Awaitable[None]]


async def _failed(context: JobContext, job: Job, reason: str, recover: Recover | None = None) -> None:
    """Count the try, or `recover` instead, unless the storage has failed and the program has reported that in its own
    words."""
    try:
        await _check_storage(context, job)
    except StorageUnavailable as unavailable:
        await _wait_for_storage(context, job, unavailable)
    else:
        await (recover or _try_again)(context, job, reason)


async def _try_again(context: JobContext, job: Job, reason: str) -> None:
    log.warning("video %d: %s failed (try %d): %s", job.video_id, job.kind, job.attempts, reason)
    if job.is_last_try:
        await _fail(context, job, reason)
        return
    async with context.database.connection() as connection:
        await jobs.retry(connection, job, RETRY_AFTER[job.attempts - 1], reason)


async def _fail(context: JobContext, job: Job, reason: str) -> None:
    """Give the job up, and the film with it if the job is essential; what was made stays for a retry."""
    log.error("video %d: %s %d is given up: %s", job.video_id, job.kind, job.number, reason)
    async with context.database.transaction() as connection:
        ours = await jobs.fail(connection, job, reason)
        if ours and job.is_essential:
            await queries.fail(connection, job.encode_id, reason)
    if not ours:
        await _let_go(context, job)


async def _encode_instead(context: JobContext, job: Job, reason: str) -> None:
    """Give the version up whose video could not be copied, and queue the next one, which encodes it."""
    log.warning("video %d: its video cannot be copied, and is encoded in the next version: %s", job.video_id, reason)
    async with context.database.transaction() as connection:
        await videos.lock(connection, job.video_id)
        ours = await jobs.fail(connection, job, reason)
        if ours:
            await queries.fail(connection, job.encode_id, reason)
            await queue_encode(connection, job.video_id, may_copy=False)
    if ours:
        await try_enqueue_due(context.database, context.queues)
    else:
        await _let_go(context, job)


async def _let_go(context: JobContext, job: Job) -> None:
    """The job was taken away. If its film is deleted, remove what may have been published meanwhile."""
    log.info("video %d: %s is no longer ours", job.video_id, job.kind)
    async with context.database.connection() as connection:
        wanted = await encodes.exists(connection, job.encode_id)
    if not wanted:
        await asyncio.to_thread(context.storage.remove, names.version(job.video_id, job.version))
