"""Jobs as rows: who is at what, how far, and what follows when it ends well or badly."""

from datetime import timedelta
from uuid import UUID

from videoflix.db.pool import Connection
from videoflix.db.queries import Queries
from videoflix.models import Job, JobKind

SQL = Queries("jobs")

# A worker that was silent for so long is taken for dead.
BEAT_SECONDS = 1.0
SILENT = timedelta(seconds=15)


async def insert(
    connection: Connection,
    encode_id: int,
    kind: JobKind,
    *,
    number: int = 0,
    first_frame: int | None = None,
    frames: int | None = None,
) -> None:
    await connection.execute(SQL.insert, encode_id, kind, number, first_frame, frames)


async def waiting(connection: Connection) -> list[tuple[int, JobKind, int]]:
    """Work that nobody is at: id, kind, and how often it was tried."""
    rows = await connection.fetch(SQL.waiting, SILENT)
    return [(row["id"], JobKind(row["kind"]), row["attempts"]) for row in rows]


async def claim(connection: Connection, job_id: int, claim_id: UUID) -> Job | None:
    """The job, ours from now on; None if another worker has it or it is done."""
    row = await connection.fetchrow(SQL.claim, job_id, claim_id, SILENT)
    return Job(**{**row, "kind": JobKind(row["kind"])}) if row else None


async def beat(connection: Connection, job: Job, progress: float, speed: float | None) -> bool:
    """Tell that the worker lives; False if the job is no longer ours."""
    return bool(await connection.fetchval(SQL.beat, job.claim, progress, speed))


async def give_back(
    connection: Connection, job: Job, after: timedelta = timedelta(0), reason: str | None = None
) -> None:
    await connection.execute(SQL.give_back, job.claim, after, reason)


async def retry(connection: Connection, job: Job, after: timedelta, reason: str) -> None:
    await connection.execute(SQL.retry, job.claim, after, reason)


async def fail(connection: Connection, job: Job, reason: str) -> bool:
    """No further try; False if the job is no longer ours."""
    return bool(await connection.fetchval(SQL.fail, job.claim, reason))


async def complete(connection: Connection, job: Job) -> bool:
    """Mark it done; False if the job is no longer ours."""
    return bool(await connection.fetchval(SQL.complete, job.claim))


async def complete_unit(connection: Connection, job: Job) -> bool | None:
    """Mark a unit done; whether it was the last one of its encode, or None if it is no longer ours.

    Needs a transaction: the lock on the encode makes sure that of several workers one is the last.
    """
    await connection.execute(SQL.lock_encode, job.encode_id)
    if not await complete(connection, job):
        return None
    still_open: int = await connection.fetchval(SQL.units_open, job.encode_id)
    return still_open == 0
