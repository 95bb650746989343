"""Extracts the captions of an original. They are optional: a failure here never fails the film."""

import asyncio
import logging
from contextlib import aclosing
from pathlib import Path

from videoflix.encoding import caption_extract, queries
from videoflix.encoding.context import JobContext, JobProgress
from videoflix.encoding.models import Probe
from videoflix.encoding.process import ASIDE, stream
from videoflix.errors import ClaimLost
from videoflix.library import caption_names, languages, webvtt
from videoflix.library.models import Captions
from videoflix.library.queries import captions as rows
from videoflix.library.queries import videos
from videoflix.queue import queries as jobs
from videoflix.queue.models import Job
from videoflix.storage import names

log = logging.getLogger(__name__)


async def captions(context: JobContext, job: Job, progress: JobProgress) -> None:
    """Extract all caption tracks in one run, because each needs the original to be read from end to end."""
    async with context.database.connection() as connection:
        plan = await queries.plan(connection, job.encode_id)
    if plan is None:
        raise ClaimLost
    found = plan.probe
    with context.storage.stage() as folder:
        async with context.storage.as_file(names.original(job.video_id)) as source:
            await _extract(context, source, found, folder)
        made = await asyncio.to_thread(_read, folder, found)
    async with context.database.transaction() as connection:
        if await videos.lock(connection, job.video_id) is None:  # captions refer to it
            raise ClaimLost
        if not await jobs.complete(connection, job):
            raise ClaimLost
        for place, one in made.items():
            await rows.insert(connection, job.video_id, one, encode_id=job.encode_id, place=place)


async def _extract(context: JobContext, source: Path, found: Probe, folder: Path) -> None:
    arguments = caption_extract.captions(context.settings.ffmpeg, source, found, folder, webvtt.MAX_BYTES)
    async with aclosing(stream(arguments, folder=folder, niceness=ASIDE)) as blocks:
        async for _ in blocks:
            pass  # its output only shows that reading continues


def _read(folder: Path, found: Probe) -> dict[int, Captions]:
    """The tracks that contain text, by their position; times count from the film's first frame."""
    made = {}
    begin = round((found.origin + found.first) * 1000)
    for place, track in enumerate(found.captions):
        file = folder / str(place)
        if not file.exists():
            continue
        if file.stat().st_size >= webvtt.MAX_BYTES:
            log.warning("the subtitles in stream %d are too long and are left out", track.stream)
            continue
        read = webvtt.read_ass if caption_extract.caption_form(track) == "ass" else webvtt.read_extracted
        cues = webvtt.moved(read(file.read_text("utf-8", "replace")), -begin)
        if cues:
            made[place] = Captions(
                language=track.language or languages.UNKNOWN,
                kind=track.kind,
                name=track.name or caption_names.name(None, track.kind),
                text=webvtt.write(cues),
            )
    return made
