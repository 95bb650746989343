"""Takes the subtitles out of an original. A film is a film without them: what fails here never fails it."""

import asyncio
import logging
from contextlib import aclosing
from pathlib import Path

from videoflix import caption_names, languages, webvtt
from videoflix.db import captions as rows
from videoflix.db import encodes, jobs
from videoflix.errors import ClaimLost
from videoflix.ffmpeg import command
from videoflix.ffmpeg.process import ASIDE, stream
from videoflix.jobs.rooms import Gauge, Rooms
from videoflix.models import Captions, Job, Probe

log = logging.getLogger(__name__)


async def captions(rooms: Rooms, job: Job, gauge: Gauge) -> None:
    """All text tracks in one go, as the original has to be read from end to end for each of them."""
    async with rooms.database.connection() as connection:
        plan = await encodes.plan(connection, job.encode_id)
    if plan is None:
        raise ClaimLost
    found, source = plan[0], rooms.storage.original(job.video_id)
    with rooms.storage.stage() as folder:
        arguments = command.captions(rooms.settings.ffmpeg, source, found, folder, webvtt.MOST_BYTES)
        async with aclosing(stream(arguments, folder=folder, niceness=ASIDE)) as blocks:
            async for _ in blocks:
                pass  # it only tells that the reading goes on
        made = await asyncio.to_thread(_read, folder, found)
    async with rooms.database.transaction() as connection:
        if not await jobs.complete(connection, job):
            raise ClaimLost
        for place, one in made.items():
            await rows.insert(connection, job.video_id, one, encode_id=job.encode_id, place=place)


def _read(folder: Path, found: Probe) -> dict[int, Captions]:
    """The tracks that say something, by their place; times count from the film's first frame."""
    made = {}
    begin = round((found.origin + found.first) * 1000)
    for place, track in enumerate(found.texts):
        file = folder / str(place)
        if not file.exists():
            continue
        if file.stat().st_size >= webvtt.MOST_BYTES:
            log.warning("the subtitles in stream %d are too long and are left out", track.stream)
            continue
        read = webvtt.read_ass if command.caption_form(track) == "ass" else webvtt.read_extracted
        cues = webvtt.moved(read(file.read_text("utf-8", "replace")), -begin)
        if cues:
            made[place] = Captions(
                language=track.language or languages.UNKNOWN,
                kind=track.kind,
                name=track.name or caption_names.name(None, track.kind),
                text=webvtt.write(cues),
            )
    return made
