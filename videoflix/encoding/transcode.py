"""The jobs that make the film itself: ingest probes and plans, units encode and publish, the last unit completes
it."""

import asyncio
import logging
import shutil
from pathlib import Path

from msgspec import structs

from videoflix.cores import cores
from videoflix.db.pool import Connection
from videoflix.encoding import command, damage, queries, timeline
from videoflix.encoding.audio import unit_sound
from videoflix.encoding.context import JobContext, JobProgress
from videoflix.encoding.ladder import ladder, most_bytes
from videoflix.encoding.models import Probe, Rung, Segment
from videoflix.encoding.probe import codecs_of, probe
from videoflix.encoding.process import Step, follow
from videoflix.encoding.record import record
from videoflix.encoding.segment_list import parse_durations
from videoflix.encoding.units import Unit, plan
from videoflix.errors import ClaimLost, EncodeFailed, NotReady
from videoflix.queue import queries as jobs
from videoflix.queue.models import Job, JobKind
from videoflix.settings import Settings
from videoflix.storage.disk_errors import check_disk
from videoflix.storage.local import Storage
from videoflix.storage.names import segment_name

log = logging.getLogger(__name__)

SILENT = "The film could not be encoded with its sound, and silence stands in for it."
CODEC_BYTES = 64 * 1024
# The size of a packet of a transport stream.
PACKET_BYTES = 188


async def ingest(context: JobContext, job: Job, progress: JobProgress) -> None:
    """Probe the original, and plan the work. Raises NotAFilm."""
    settings = context.settings
    found = await probe(settings.ffmpeg, settings.ffprobe, context.storage.original(job.video_id))
    async with context.database.transaction() as connection:
        if not await jobs.complete(connection, job):
            raise ClaimLost
        rungs = ladder(found.width, found.height)
        if not await queries.begin(connection, job.encode_id, found, rungs):
            raise ClaimLost
        await jobs.insert_units(connection, job.encode_id, map(structs.astuple, plan(found.frames, found.frame_rate)))
        for track in range(len(found.sounds)):
            if track > 0 or found.frames:  # a film in one piece encodes its first track along with the video
                await jobs.insert(connection, job.encode_id, JobKind.AUDIO, track)
        if found.texts:
            await jobs.insert(connection, job.encode_id, JobKind.CAPTIONS)


async def unit(context: JobContext, job: Job, progress: JobProgress) -> None:
    """Encode a part of the film on all rungs, and publish its segments."""
    async with context.database.connection() as connection:
        planned = await queries.plan(connection, job.encode_id)
    if planned is None:
        raise ClaimLost
    found, rungs = planned

    def on_step(step: Step) -> None:
        progress.speed = step.speed
        if job.frames:
            progress.done = min(1.0, step.frame / job.frames)

    entry = await _entry(context, job, found)
    with context.storage.stage() as folder:
        try:
            arguments = await asyncio.to_thread(_prepare, context, job, found, rungs, folder, entry)
        except FileNotFoundError:  # the film was complete before, and its audio segments are not kept after that
            async with context.database.connection() as connection:
                await jobs.recut(connection, job.encode_id)
            raise NotReady("The sound of the film is made again first.") from None
        silent, most_bytes = False, _most_bytes(job, found, rungs)
        try:
            said = await follow(arguments, folder=folder, most_bytes=most_bytes, on_step=on_step)
        except EncodeFailed as failure:
            if not (job.is_last_try and job.frames is None and found.sounds):
                raise
            log.warning("video %d: it is encoded without its sound, as it failed with it: %s", job.video_id, failure)
            silent = True
            arguments = _prepare(context, job, found, rungs, folder, entry, silent=True)
            said = await follow(arguments, folder=folder, most_bytes=most_bytes, on_step=on_step)
        made = {rung.label: _segments(folder / rung.name, job, found) for rung in rungs}
        codecs = {rung.label: _codecs(folder / rung.name, job, found) for rung in rungs}
        await asyncio.to_thread(_publish, context.storage, job, rungs, folder)

    async def write(connection: Connection) -> bool:
        last = await jobs.complete_unit(connection, job)
        if last is None:
            raise ClaimLost
        await jobs.set_complaint(connection, job, damage.complaint(said, found.codec))
        await queries.replace_segments(connection, job, made)
        if job.number == 0:
            await queries.set_codecs(connection, job.encode_id, codecs)
            await jobs.insert(connection, job.encode_id, JobKind.THUMBNAIL)
        if silent:
            await queries.add_note(connection, job.encode_id, SILENT)
        await queries.grow(connection, job.encode_id)
        if last:
            damaged = await jobs.stretches_with_complaints(connection, job.encode_id)
            for note in damage.notes(damaged, found.frame_rate):
                await queries.add_note(connection, job.encode_id, note)
            await queries.publish(connection, job.encode_id)
            await jobs.insert(connection, job.encode_id, JobKind.STORYBOARD)
        return last

    if await record(context.database, write):
        log.info("video %d is ready (version %d)", job.video_id, job.version)
        await asyncio.to_thread(context.storage.remove_audio, job.video_id, job.version, 0)


def _most_bytes(job: Job, found: Probe, rungs: tuple[Rung, ...]) -> int:
    return most_bytes(rungs, float(job.frames / found.frame_rate) if job.frames else command.max_seconds(found))


def threads(settings: Settings, job: Job) -> int:
    """The number of cores for a unit: all of them if viewers wait for the film to start or nothing else is left to
    do; else its share."""
    if job.number == 0 or not job.others_wait:
        return cores()
    return max(1, cores() // settings.transcode_concurrency)


async def _entry(context: JobContext, job: Job, found: Probe) -> float:
    """Where a unit starts to read, in seconds after the film's first frame."""
    if not job.first_frame or found.is_still:
        return 0.0
    source = context.storage.original(job.video_id)
    return (
        await timeline.entry(context.settings.ffprobe, source, found, float(job.first_frame / found.frame_rate))
        or 0.0
    )


def _prepare(
    context: JobContext,
    job: Job,
    found: Probe,
    rungs: tuple[Rung, ...],
    folder: Path,
    entry: float,
    *,
    silent: bool = False,
) -> list[str]:
    """Prepare the staging folder. Returns what ffmpeg is to do in it."""
    for rung in rungs:
        shutil.rmtree(folder / rung.name, ignore_errors=True)
        (folder / rung.name).mkdir()
    settings, sound = context.settings, None
    if found.sounds and job.frames is not None:
        sound = unit_sound(context, job, found.frame_rate, folder)
    return command.encode(
        settings.ffmpeg,
        context.storage.original(job.video_id),
        found,
        rungs,
        Unit(job.number, job.first_frame or 0, job.frames, job.first_segment or 0, job.segments),
        sound,
        entry=entry,
        silent=silent,
        preset=settings.transcode_preset,
        cores=threads(settings, job),
    )


def _segments(folder: Path, job: Job, found: Probe) -> list[Segment]:
    """What the encoder has made of one rung. Raises EncodeFailed if that is not what was planned.

    Its playlist adds up rounded durations: half a second too much in two hours of 23.976 fps. So the frames are
    counted.
    """
    playlist = folder / "index.m3u8"
    text = playlist.read_text() if playlist.exists() else None
    _check_whole(folder, text)
    durations = parse_durations(text or "")
    if not durations:
        raise EncodeFailed("The film has no picture that can be decoded.")
    if job.segments is not None and len(durations) != job.segments:
        raise EncodeFailed(
            f"A part of the film has {len(durations)} segments instead of {job.segments}: it is damaged there."
        )
    first, rate = job.first_segment or 0, found.frame_rate
    return [
        Segment(
            first + place,
            float(max(1, round(duration * rate)) / rate),
            (folder / segment_name(first + place)).stat().st_size,
        )
        for place, duration in enumerate(durations)
    ]


def _check_whole(folder: Path, playlist: str | None) -> None:
    """ffmpeg's HLS muxer continues and succeeds when the disk is full; what it could not write is missing at the
    end of files. Raises StorageUnavailable, or EncodeFailed if it was not the disk."""
    ends_early = playlist is not None and not playlist.endswith("#EXT-X-ENDLIST\n")
    if ends_early or any(segment.stat().st_size % PACKET_BYTES for segment in folder.glob("*.ts")):
        check_disk(folder)
        raise EncodeFailed("The encoder's output is incomplete.")


def _codecs(folder: Path, job: Job, found: Probe) -> str:
    with (folder / segment_name(job.first_segment or 0)).open("rb") as segment:
        return codecs_of(segment.read(CODEC_BYTES), has_audio=bool(found.sounds))


def _publish(storage: Storage, job: Job, rungs: tuple[Rung, ...], folder: Path) -> None:
    for rung in rungs:
        (folder / rung.name / "index.m3u8").unlink()
        storage.publish_folder(folder / rung.name, storage.rung(job.video_id, job.version, rung.label))
