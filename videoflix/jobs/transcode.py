"""What happens to a film: ingest finds out and plans, units encode, finish publishes."""

import asyncio
import logging
import os
from pathlib import Path

from msgspec import Struct

from videoflix.db import encodes, jobs
from videoflix.db.pool import Database
from videoflix.errors import ClaimLost, DiskFull, EncodeFailed, NotAFilm
from videoflix.ffmpeg import command
from videoflix.ffmpeg.probe import codecs_of, probe
from videoflix.ffmpeg.process import Step, follow
from videoflix.ffmpeg.thumbnail import make_thumbnail
from videoflix.jobs.queue import Queues
from videoflix.ladder import ladder
from videoflix.models import Job, JobKind, Rung, Segment
from videoflix.playlist import parse_durations, segment_name
from videoflix.settings import Settings
from videoflix.storage import Storage
from videoflix.units import plan

log = logging.getLogger(__name__)

CODEC_BYTES = 64 * 1024


class Rooms(Struct, frozen=True):
    """What a worker works with."""

    settings: Settings
    database: Database
    storage: Storage
    queues: Queues


class Gauge:
    """How far a job is, written by its step and read by its heartbeat."""

    def __init__(self) -> None:
        self.done = 0.0
        self.speed: float | None = None


async def ingest(rooms: Rooms, job: Job, gauge: Gauge) -> None:
    """Find out what the original is, and cut the work. Raises NotAFilm."""
    found = await probe(rooms.settings.ffprobe, rooms.storage.original(job.video_id))
    async with rooms.database.transaction() as connection:
        if not await jobs.complete(connection, job):
            raise ClaimLost
        rungs = ladder(found.width, found.height)
        if not await encodes.begin(connection, job.encode_id, found, rungs):
            raise ClaimLost
        for unit in plan(found.duration, found.frame_rate):
            await jobs.insert(
                connection,
                job.encode_id,
                JobKind.UNIT,
                number=unit.number,
                first_frame=unit.first_frame,
                frames=unit.frames,
            )


async def unit(rooms: Rooms, job: Job, gauge: Gauge) -> None:
    """Encode a stretch of the film on all rungs, and publish its segments."""
    source = rooms.storage.original(job.video_id)
    found = await probe(rooms.settings.ffprobe, source)
    async with rooms.database.connection() as connection:
        rungs = await encodes.rungs(connection, job.encode_id)

    def on_step(step: Step) -> None:
        gauge.speed = step.speed
        if job.frames:
            gauge.done = min(1.0, step.frame / job.frames)

    with rooms.storage.stage() as folder:
        for rung in rungs:
            (folder / rung.name).mkdir()
        arguments = command.encode(
            rooms.settings.ffmpeg,
            source,
            found,
            rungs,
            preset=rooms.settings.transcode_preset,
            cores=(os.cpu_count() or 1) // rooms.settings.transcode_concurrency,
        )
        await follow(arguments, folder=folder, on_step=on_step)
        made = {rung.label: _segments(folder / rung.name) for rung in rungs}
        codecs = {rung.label: _codecs(folder / rung.name, found.audio is not None) for rung in rungs}
        await asyncio.to_thread(_publish, rooms.storage, job, rungs, folder)

    async with rooms.database.transaction() as connection:
        last = await jobs.complete_unit(connection, job)
        if last is None:
            raise ClaimLost
        await encodes.replace_segments(connection, job.encode_id, made, codecs)
        if last:
            await jobs.insert(connection, job.encode_id, JobKind.FINISH)


async def finish(rooms: Rooms, job: Job, gauge: Gauge) -> None:
    """Measure what was made, take a picture, and let the film be seen."""
    async with rooms.database.transaction() as connection:
        duration = await encodes.measure(connection, job.encode_id)
    has_thumbnail = await _thumbnail(rooms, job, duration)
    async with rooms.database.transaction() as connection:
        if not await jobs.complete(connection, job):
            raise ClaimLost
        await encodes.publish(connection, job.encode_id, has_thumbnail=has_thumbnail)
    log.info("video %d is ready (version %d)", job.video_id, job.version)


async def _thumbnail(rooms: Rooms, job: Job, duration: float) -> bool:
    """Whether there is a picture now. A film is a film without one."""
    source = rooms.storage.original(job.video_id)
    try:
        found = await probe(rooms.settings.ffprobe, source)
        with rooms.storage.stage() as folder:
            picture = folder / "thumbnail.jpg"
            await make_thumbnail(rooms.settings.ffmpeg, source, found.video, duration, picture)
            rooms.storage.publish(picture, rooms.storage.thumbnail(job.video_id, job.version))
    except (NotAFilm, EncodeFailed, DiskFull, OSError) as failure:
        log.warning("video %d gets no thumbnail: %s", job.video_id, failure)
        return False
    return True


def _segments(folder: Path) -> list[Segment]:
    """What the encoder has made of one rung. Raises EncodeFailed if it is nothing."""
    playlist = folder / "index.m3u8"
    durations = parse_durations(playlist.read_text()) if playlist.exists() else []
    if not durations:
        raise EncodeFailed("The film has no picture that can be decoded.")
    return [
        Segment(number, duration, (folder / segment_name(number)).stat().st_size)
        for number, duration in enumerate(durations)
    ]


def _codecs(folder: Path, has_audio: bool) -> str:
    with (folder / segment_name(0)).open("rb") as segment:
        return codecs_of(segment.read(CODEC_BYTES), has_audio=has_audio)


def _publish(storage: Storage, job: Job, rungs: tuple[Rung, ...], folder: Path) -> None:
    for rung in rungs:
        (folder / rung.name / "index.m3u8").unlink()
        storage.publish_folder(folder / rung.name, storage.rung(job.video_id, job.version, rung.label))
