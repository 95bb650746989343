"""Jobs as rows: who is at what, how far, and what follows when it ends well or badly."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.queue.models import Job, JobKind

SQL = Queries("jobs")

# A worker that was silent for 15 of these is taken for dead (see the view due_jobs).
BEAT_SECONDS = 1.0


async def insert(connection: Connection, encode_id: int, kind: JobKind, number: int = 0) -> None:
    await connection.execute(SQL.insert, encode_id, kind, number, None, None, None, None)


async def insert_units(connection: Connection, encode_id: int, units: Iterable[tuple[int | None, ...]]) -> None:
    """Each unit: its number, first frame, frames, first segment, segments."""
    await connection.executemany(SQL.insert, [(encode_id, JobKind.UNIT, *unit) for unit in units])


async def waiting(connection: Connection) -> list[tuple[JobKind, int, int]]:
    """Jobs that are due: kind, id, and how often each was tried."""
    rows = await connection.fetch(SQL.waiting)
    return [(JobKind(row["kind"]), row["id"], row["attempts"]) for row in rows]


async def claim(connection: Connection, kind: JobKind, claim_id: UUID, ours: Iterable[UUID] = ()) -> Job | None:
    """The most urgent job of a kind, ours from now on; None if there is none that nobody is at.

    The claims that are `ours` already are not taken for those of a dead worker.
    """
    row = await connection.fetchrow(SQL.claim, kind, claim_id, list(ours))
    return Job(**{**row, "kind": JobKind(row["kind"])}) if row else None


async def want(connection: Connection, video_id: int, version: int, segment: int) -> None:
    await connection.execute(SQL.want, video_id, version, segment)


async def pause(connection: Connection, encode_id: int, after: timedelta, reason: str) -> None:
    await connection.execute(SQL.pause, encode_id, after, reason)


async def resume(connection: Connection, encode_id: int) -> int:
    """Try again what had failed; how many jobs that are. Needs a transaction, as `fail` does: a job that fails in
    the same instant is either tried again too, or fails the encode once more."""
    await connection.execute(SQL.lock_encode, encode_id)
    return len(await connection.fetch(SQL.resume, encode_id))


async def recut(connection: Connection, encode_id: int) -> None:
    """Have the sound that goes with the picture made again: its pieces are gone."""
    await connection.execute(SQL.recut, encode_id)


async def first_unit_is_open(connection: Connection, encode_id: int) -> bool:
    return bool(await connection.fetchval(SQL.first_unit_is_open, encode_id))


async def are_open(connection: Connection, encode_id: int) -> bool:
    return bool(await connection.fetchval(SQL.open, encode_id))


async def beat(connection: Connection, job: Job, progress: float, speed: float | None) -> bool:
    """Report that the worker is alive; False if the job is no longer ours.

    `progress` is limited to 0..1: ffmpeg may report more frames than were expected.
    """
    return bool(await connection.fetchval(SQL.beat, job.claim, min(1.0, max(0.0, progress)), speed))


async def give_back(connection: Connection, job: Job) -> None:
    await connection.execute(SQL.give_back, job.claim)


async def retry(connection: Connection, job: Job, after: timedelta, reason: str) -> None:
    await connection.execute(SQL.retry, job.claim, after, reason)


async def fail(connection: Connection, job: Job, reason: str) -> bool:
    """No further try; False if the job is no longer ours. Needs a transaction."""
    await connection.execute(SQL.lock_encode, job.encode_id)
    return bool(await connection.fetchval(SQL.fail, job.claim, reason))


async def complete(connection: Connection, job: Job) -> bool:
    """Mark it done; False if the job is no longer ours."""
    return bool(await connection.fetchval(SQL.complete, job.claim))


async def set_complaint(connection: Connection, job: Job, complaint: str | None) -> None:
    """Record what the decoder said of the pictures of a unit that is done."""
    await connection.execute(SQL.set_complaint, job.id, complaint)


async def stretches_with_complaints(connection: Connection, encode_id: int) -> list[tuple[int, int | None]]:
    """First frame and number of frames of the units whose decoder reported errors, in order of time."""
    return [tuple(row) for row in await connection.fetch(SQL.stretches_with_complaints, encode_id)]


async def complete_unit(connection: Connection, job: Job) -> bool | None:
    """Mark a unit done; whether it was the last one of its encode, or None if it is no longer ours.

    Needs a transaction: the lock on the encode makes sure that of several workers one is the last.
    """
    await connection.execute(SQL.lock_encode, job.encode_id)
    if not await complete(connection, job):
        return None
    still_open: int = await connection.fetchval(SQL.units_open, job.encode_id)
    return still_open == 0
