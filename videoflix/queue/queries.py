"""Queries of jobs: claims, heartbeats, progress, and what happens when a job completes or fails."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.queue.models import Job, JobKind

SQL = Queries("jobs")

# Seconds between heartbeats. A claim without one for 15 seconds expires (see the view due_jobs).
BEAT_SECONDS = 1.0


async def insert(connection: Connection, encode_id: int, kind: JobKind, number: int = 0) -> None:
    await connection.execute(SQL.insert, encode_id, kind, number, None, None, None, None)


async def insert_units(connection: Connection, encode_id: int, units: Iterable[tuple[int | None, ...]]) -> None:
    """Insert units, each given as its number, first frame, frames, first segment and segments."""
    await connection.executemany(SQL.insert, [(encode_id, JobKind.UNIT, *unit) for unit in units])


async def waiting(connection: Connection) -> list[tuple[JobKind, int, int]]:
    """Some jobs of each kind that are due, each as its kind, id and number of attempts."""
    rows = await connection.fetch(SQL.waiting, list(JobKind))
    return [(JobKind(row["kind"]), row["id"], row["attempts"]) for row in rows]


async def any_waits(connection: Connection) -> bool:
    """Whether there is a job for workers, now or later."""
    return bool(await connection.fetchval(SQL.any_waits))


async def claim(connection: Connection, kind: JobKind, claim_id: UUID, ours: Iterable[UUID] = ()) -> Job | None:
    """Claim the most urgent job of a kind; None if no job is due.

    `ours` are the claims of this worker, which are not considered expired.
    """
    row = await connection.fetchrow(SQL.claim, kind, claim_id, list(ours))
    return Job(**{**row, "kind": JobKind(row["kind"])}) if row else None


async def want(connection: Connection, video_id: int, version: int, segment: int) -> None:
    await connection.execute(SQL.want, video_id, version, segment)


async def pause(connection: Connection, encode_id: int, after: timedelta, reason: str) -> None:
    await connection.execute(SQL.pause, encode_id, after, reason)


async def resume(connection: Connection, encode_id: int) -> int:
    """Queue the failed jobs of an encode again, and return how many they are.

    Needs a transaction, as `fail` does: a job that fails at the same time is either queued again too, or fails the
    encode once more.
    """
    await connection.execute(SQL.lock_encode, encode_id)
    return len(await connection.fetch(SQL.resume, encode_id))


async def recut(connection: Connection, encode_id: int) -> None:
    """Queue the main audio track again, because its segments are missing."""
    await connection.execute(SQL.recut, encode_id)


async def first_unit_is_open(connection: Connection, encode_id: int) -> bool:
    return bool(await connection.fetchval(SQL.first_unit_is_open, encode_id))


async def beat(connection: Connection, job: Job, progress: float, speed: float | None) -> bool:
    """Report that the worker is alive; False if the job is no longer ours.

    `progress` is limited to 0..1: ffmpeg may report more frames than were expected.
    """
    return bool(await connection.fetchval(SQL.beat, job.claim, min(1.0, max(0.0, progress)), speed))


async def is_done(connection: Connection, job: Job) -> bool:
    return bool(await connection.fetchval(SQL.is_done, job.id))


async def give_back(connection: Connection, job: Job) -> None:
    await connection.execute(SQL.give_back, job.claim)


async def retry(connection: Connection, job: Job, after: timedelta, reason: str) -> None:
    await connection.execute(SQL.retry, job.claim, after, reason)


async def fail(connection: Connection, job: Job, reason: str) -> bool:
    """Mark a job as failed for good; False if it is no longer ours. Needs a transaction."""
    await connection.execute(SQL.lock_encode, job.encode_id)
    return bool(await connection.fetchval(SQL.fail, job.claim, reason))


async def complete(connection: Connection, job: Job) -> bool:
    """Mark a job done; False if it is no longer ours.

    Needs a transaction. The encode is locked before its job, as by the deletion of a video. Who needs the lock on the
    video takes it before this.
    """
    await connection.execute(SQL.lock_encode, job.encode_id)
    return bool(await connection.fetchval(SQL.complete, job.claim))


async def set_decoder_error(connection: Connection, job: Job, error: str | None) -> None:
    """Record the decoder's last error in a unit that is done; None if there was none."""
    await connection.execute(SQL.set_decoder_error, job.id, error)


async def spans_with_decoder_errors(connection: Connection, encode_id: int) -> list[tuple[int, int | None]]:
    """First frame and number of frames of the units for which the decoder reported errors, in order."""
    return [tuple(row) for row in await connection.fetch(SQL.spans_with_decoder_errors, encode_id)]


async def complete_unit(connection: Connection, job: Job) -> bool | None:
    """Mark a unit done; returns whether it was the last of its encode, or None if it is no longer ours.

    Needs a transaction: with the lock on the encode exactly one worker completes the last unit.
    """
    if not await complete(connection, job):
        return None
    still_open: int = await connection.fetchval(SQL.units_open, job.encode_id)
    return still_open == 0
