"""Does what a claimed row asks beside a heartbeat, and writes down how that ended."""

import asyncio
import logging
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

from redis.exceptions import RedisError

from videoflix.db import encodes, jobs
from videoflix.errors import ClaimLost, DatabaseUnavailable, NotAFilm, NotYet, StorageUnavailable, VideoflixError
from videoflix.jobs import pictures, sound, texts, transcode
from videoflix.jobs.cleaning import release_original
from videoflix.jobs.record import record
from videoflix.jobs.rooms import Gauge, Rooms
from videoflix.models import MAX_TRIES, Job, JobKind

log = logging.getLogger(__name__)

STEPS = {
    JobKind.INGEST: transcode.ingest,
    JobKind.AUDIO: sound.audio,
    JobKind.UNIT: transcode.unit,
    JobKind.THUMBNAIL: pictures.thumbnail,
    JobKind.STORYBOARD: pictures.storyboard,
    JobKind.CAPTIONS: texts.captions,
}
# A Redis that hangs must not make the row look dead.
MESSENGER_SECONDS = 2.0
STORAGE_AFTER = timedelta(minutes=1)
TELL_SECONDS = 60.0
_told_at = float("-inf")
RETRY_AFTER = (timedelta(seconds=10), timedelta(seconds=60))


async def settle(rooms: Rooms, job: Job, messenger: Any) -> bool:
    """Do a claimed job; whether it is done. A failure is written down; a stop gives the job back.

    `messenger` is SAQ's side of it, if that has brought it: it wants to hear of life too.
    """
    is_done = await _settle(rooms, job, messenger)
    await release_original(rooms, job.video_id)
    return is_done


async def _settle(rooms: Rooms, job: Job, messenger: Any) -> bool:
    try:
        if job.attempts > MAX_TRIES:
            reason = f"The worker was killed at it {MAX_TRIES} times, as happens when memory is short."
            await _fail(rooms, job, reason)
            return False
        await _check_storage(rooms, job)
        log.info("video %d: %s %d begins (try %d)", job.video_id, job.kind, job.number, job.attempts)
        await _with_heartbeat(rooms, job, messenger)
        return True
    except asyncio.CancelledError:
        async with rooms.database.connection() as connection:
            await jobs.give_back(connection, job)
        raise
    except ClaimLost:
        await _let_go(rooms, job)
    except DatabaseUnavailable:
        log.warning("video %d: %s %d needs the database, and waits for it", job.video_id, job.kind, job.number)
        await record(rooms.database, lambda connection: jobs.give_back(connection, job))
    except StorageUnavailable as reason:
        await _wait_for_storage(rooms, job, reason)
    except NotYet as reason:
        log.info("video %d: %s %d waits: %s", job.video_id, job.kind, job.number, reason)
        async with rooms.database.connection() as connection:
            await jobs.give_back(connection, job)
    except NotAFilm as refusal:
        await _fail(rooms, job, refusal.detail)
    except (VideoflixError, OSError) as failure:
        await _failed(rooms, job, str(failure))
    except Exception:
        log.exception("video %d: %s broke", job.video_id, job.kind)
        await _try_again(rooms, job, "An error inside Videoflix; its log has more.")
    return False


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
        await asyncio.gather(step, return_exceptions=True)  # if we leave for another reason, nobody asks for its own


async def _beat(rooms: Rooms, job: Job, gauge: Gauge, messenger: Any) -> None:
    """Tell the row and SAQ that the worker lives. A lost beat is no reason to stop."""
    try:
        async with rooms.database.connection() as connection:
            if not await jobs.beat(connection, job, gauge.done, gauge.speed):
                raise ClaimLost
        if messenger is not None:
            async with asyncio.timeout(MESSENGER_SECONDS):
                await messenger.update()
    except (DatabaseUnavailable, RedisError, OSError, TimeoutError) as away:
        log.warning("video %d: a heartbeat was lost: %s", job.video_id, away)


async def _check_storage(rooms: Rooms, job: Job) -> None:
    """Raises StorageUnavailable if a job of this kind cannot be done now."""
    if job.kind is JobKind.INGEST:  # it writes rows alone
        with suppress(FileNotFoundError):  # which ingest tells
            await asyncio.to_thread(rooms.storage.check_readable, job.video_id)
        return
    rooms.storage.check_room(rooms.settings.disk_floor)
    await asyncio.to_thread(rooms.storage.check_writable)


async def _wait_for_storage(rooms: Rooms, job: Job, reason: StorageUnavailable) -> None:
    """All films wait for the same disk: the log is told of it by one of them."""
    global _told_at
    if time.monotonic() - _told_at >= TELL_SECONDS:
        _told_at = time.monotonic()
        log.error("video %d: %s waits: %s", job.video_id, job.kind, reason)
    async with rooms.database.transaction() as connection:
        await jobs.give_back(connection, job)
        await jobs.pause(connection, job.encode_id, STORAGE_AFTER, reason.detail)


async def _failed(rooms: Rooms, job: Job, reason: str) -> None:
    """A try counts, unless the storage has failed and whatever was run has told it in words of its own."""
    try:
        await _check_storage(rooms, job)
    except StorageUnavailable as unavailable:
        await _wait_for_storage(rooms, job, unavailable)
    else:
        await _try_again(rooms, job, reason)


async def _try_again(rooms: Rooms, job: Job, reason: str) -> None:
    log.warning("video %d: %s failed (try %d): %s", job.video_id, job.kind, job.attempts, reason)
    if job.is_last_try:
        await _fail(rooms, job, reason)
        return
    async with rooms.database.connection() as connection:
        await jobs.retry(connection, job, RETRY_AFTER[job.attempts - 1], reason)


async def _fail(rooms: Rooms, job: Job, reason: str) -> None:
    """The job is given up, and the film with it if it is no film without; what was made stays for a retry."""
    log.error("video %d: %s %d is given up: %s", job.video_id, job.kind, job.number, reason)
    async with rooms.database.transaction() as connection:
        ours = await jobs.fail(connection, job, reason)
        if ours and job.is_essential:
            await encodes.fail(connection, job.encode_id, reason)
    if not ours:
        await _let_go(rooms, job)


async def _let_go(rooms: Rooms, job: Job) -> None:
    """The job was taken away. If its film is deleted, so is what we may have published meanwhile."""
    log.info("video %d: %s is no longer ours", job.video_id, job.kind)
    async with rooms.database.connection() as connection:
        wanted = await encodes.exists(connection, job.encode_id)
    if not wanted:
        await asyncio.to_thread(rooms.storage.remove_version, job.video_id, job.version)
