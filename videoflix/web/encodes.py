"""What an admin may have done about the making of a film."""

import logging

from aiohttp import web

from videoflix import intake
from videoflix.db import jobs
from videoflix.errors import QueueUnavailable
from videoflix.models import JobKind
from videoflix.web import payload
from videoflix.web.access import admin
from videoflix.web.keys import DATABASE, LIVE, QUEUES, STORAGE
from videoflix.web.videos import video_id

log = logging.getLogger(__name__)


@admin
async def retry(request: web.Request) -> web.Response:
    """What failed is tried again, and only that; what can be watched by now stays so."""
    video = video_id(request)
    async with request.app[DATABASE].transaction() as connection:
        await intake.retry(connection, request.app[STORAGE], video)
        waiting = await jobs.waiting(connection)
    request.app[LIVE].forget(video)
    await _tell(request, waiting)
    return payload.answer({"detail": "What has failed is tried again."})


async def _tell(request: web.Request, waiting: list[tuple[int, JobKind, int]]) -> None:
    """Without Redis the work waits for the next sweep that has one."""
    try:
        for row_id, kind, attempts in waiting:
            await request.app[QUEUES].enqueue(kind, row_id, attempts)
    except QueueUnavailable as away:
        log.warning("%d jobs wait: %s", len(waiting), away.__cause__)
