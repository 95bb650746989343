"""Limits how many jobs of each kind a worker runs, so that long ones never delay what a new film starts with."""

import asyncio
from uuid import uuid4

from videoflix.db.pool import Database
from videoflix.queue import queries as jobs
from videoflix.queue.models import Job, JobKind
from videoflix.settings import Settings

# Apart from units, of which the number is configured.
PLACES = {
    JobKind.INGEST: 2,
    JobKind.AUDIO: 2,
    JobKind.THUMBNAIL: 1,
    JobKind.CAPTIONS: 1,
    JobKind.STORYBOARD: 1,
}


class JobSlots:
    """The jobs that one worker process runs."""

    def __init__(self, settings: Settings) -> None:
        self._most = {**PLACES, JobKind.UNIT: settings.transcode_concurrency}
        self._taken: set[Job] = set()
        self._claiming = asyncio.Lock()

    @property
    def count(self) -> int:
        return sum(self._most.values())

    async def claim(self, database: Database, kind: JobKind) -> Job | None:
        """The most urgent job of a kind, which occupies a slot until `leave`; None if there is no free slot or no
        job."""
        async with self._claiming:
            if self._is_full(kind):
                return None
            async with database.connection() as connection:
                job = await jobs.claim(connection, kind, uuid4(), [job.claim for job in self._taken])
            if job is not None:
                self._taken.add(job)
            return job

    @property
    def are_free(self) -> bool:
        """Whether no job runs, and none is being claimed."""
        return not self._taken and not self._claiming.locked()

    def leave(self, job: Job) -> None:
        self._taken.discard(job)

    def _is_full(self, kind: JobKind) -> bool:
        """No unit is started beside the first one of a film: that has all cores, because viewers may be waiting."""
        here = [job for job in self._taken if job.kind is kind]
        return len(here) >= self._most[kind] or (kind is JobKind.UNIT and any(job.number == 0 for job in here))
