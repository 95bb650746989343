"""The first job of an encode: probes the original, and plans the work of all others."""

import asyncio

from msgspec import structs

from videoflix.encoding import copying, queries
from videoflix.encoding.context import JobContext, JobProgress
from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.ladder import ladder
from videoflix.encoding.models import EncodePlan
from videoflix.encoding.probe import probe
from videoflix.encoding.units import plan_units
from videoflix.errors import ClaimLost, NotReady
from videoflix.queue import queries as jobs
from videoflix.queue.models import Job, JobKind
from videoflix.storage import moving_queries, names, original_parts


async def ingest(context: JobContext, job: Job, progress: JobProgress) -> None:
    """Probe the original, and plan the work. Raises NotAFilm."""
    await _join(context, job)
    plan = await _plan(context, job)
    found = plan.probe
    async with context.database.transaction() as connection:
        if not await jobs.complete(connection, job):
            raise ClaimLost
        if not await queries.begin(connection, job.encode_id, plan):
            raise ClaimLost
        units = plan_units(found.frames, found.frame_rate, plan.geometry, in_one_piece=found.in_one_piece)
        await jobs.insert_units(connection, job.encode_id, map(structs.astuple, units))
        for track in range(len(found.audio_tracks)):
            if track > 0 or found.frames:  # a film in one piece encodes its first track along with the video
                await jobs.insert(connection, job.encode_id, JobKind.AUDIO, track)
        if found.captions:
            await jobs.insert(connection, job.encode_id, JobKind.CAPTIONS)


async def _join(context: JobContext, job: Job) -> None:
    """Join an original that was uploaded in parts. They are removed when nothing names them any more."""
    async with context.database.connection() as connection:
        found = await original_parts.find(connection, job.video_id)
    if found is None:
        return
    async with context.database.connection() as connection:
        if not await moving_queries.are_files_free(connection, job.video_id):
            raise NotReady("Its earlier original is being moved.")
    await context.storage.place_upload(found.upload_id, found.parts, names.original(job.video_id))
    async with context.database.connection() as connection:
        await original_parts.remove(connection, job.video_id, found.upload_id)
    await asyncio.to_thread(context.storage.remove, names.upload(found.upload_id))


async def _plan(context: JobContext, job: Job) -> EncodePlan:
    """Raises NotAFilm or FfmpegUnavailable."""
    settings = context.settings
    async with context.database.connection() as connection:
        may_copy = settings.copy_video == "auto" and await queries.may_copy(connection, job.encode_id)
    async with context.storage.as_file(names.original(job.video_id)) as source:
        found = await probe(settings.ffmpeg, settings.ffprobe, source)
        plan = EncodePlan(found, ladder(found.width, found.height, settings.ladder), CURRENT)
        if not may_copy:
            return plan
        return await copying.plan(settings.ffmpeg, settings.ffprobe, source, plan, settings.ladder[-1])
