"""The jobs that make the film itself: units are copied or encoded and published, and the last one completes it."""

import asyncio
import logging

from videoflix.db.pool import Connection
from videoflix.encoding import damage, muxing, queries
from videoflix.encoding.context import JobContext, JobProgress
from videoflix.encoding.models import Probe
from videoflix.encoding.publishing import publish
from videoflix.encoding.record import record
from videoflix.encoding.unit_run import Made, make
from videoflix.errors import ClaimLost
from videoflix.queue import queries as jobs
from videoflix.queue.models import Job, JobKind
from videoflix.storage import names

log = logging.getLogger(__name__)

SILENT = "The film could not be encoded with its audio; silence replaces it."


async def unit(context: JobContext, job: Job, progress: JobProgress) -> None:
    """Make a part of the film in all renditions, and publish its segments."""
    async with context.database.connection() as connection:
        plan = await queries.plan(connection, job.encode_id)
    if plan is None:
        raise ClaimLost
    with context.storage.stage() as folder:
        made = await make(context, job, plan, folder, progress)
        for rendition in plan.renditions:
            (folder / rendition.name / muxing.LIST).unlink()
            target = names.rendition(job.video_id, job.version, rendition.label)
            await publish(context, job, progress, folder / rendition.name, target)
    if await record(context.database, lambda connection: _write(connection, job, plan.probe, made)):
        log.info("video %d is ready (version %d)", job.video_id, job.version)
        await asyncio.to_thread(context.storage.remove, names.audio(job.video_id, job.version, 0))


async def _write(connection: Connection, job: Job, found: Probe, made: Made) -> bool:
    """Record a unit that is published; returns whether the film is complete. Raises ClaimLost."""
    is_last = await jobs.complete_unit(connection, job)
    if is_last is None:
        raise ClaimLost
    await jobs.set_decoder_error(connection, job, damage.decoder_error(made.stderr, found.codec))
    await queries.replace_segments(connection, job, made.segments)
    if job.number == 0:
        await queries.set_codecs(connection, job.encode_id, made.codecs)
        await jobs.insert(connection, job.encode_id, JobKind.THUMBNAIL)
    if made.is_silent:
        await queries.add_note(connection, job.encode_id, SILENT)
    await queries.grow(connection, job.encode_id)
    if is_last:
        damaged = await jobs.spans_with_decoder_errors(connection, job.encode_id)
        for note in damage.notes(damaged, found.frame_rate):
            await queries.add_note(connection, job.encode_id, note)
        await queries.publish(connection, job.encode_id)
        await jobs.insert(connection, job.encode_id, JobKind.STORYBOARD)
    return is_last
