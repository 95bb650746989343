"""Publishes the files of a claimed job, so that a worker that has lost its claim replaces nothing."""

import asyncio
from pathlib import Path

from videoflix.encoding.context import JobContext, JobProgress
from videoflix.encoding.record import check_claim
from videoflix.queue.models import Job


async def publish(context: JobContext, job: Job, progress: JobProgress, staged: Path, folder: str) -> None:
    """Publish every file of a staged folder.

    To a store that may take a minute, in which another worker may have published the same. So there, files are
    written only where there are none; what an earlier attempt has left is replaced after the claim was checked
    again. Raises ClaimLost, DatabaseUnavailable or StorageUnavailable.
    """
    await check_claim(context.database, job, progress)
    try:
        await asyncio.to_thread(context.storage.publish_folder_new, staged, folder)
    except FileExistsError:
        await check_claim(context.database, job, progress)
        await asyncio.to_thread(context.storage.publish_folder, staged, folder)
