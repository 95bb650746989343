"""The jobs that make the film itself: units encode and publish, and the last one completes it."""

import asyncio
import logging
import shutil
from functools import partial
from pathlib import Path

from msgspec import Struct

from videoflix.cores import cores
from videoflix.db.pool import Connection
from videoflix.encoding import damage, inputs, queries, timeline, video_encode
from videoflix.encoding.audio import unit_audio
from videoflix.encoding.capabilities import capabilities_of
from videoflix.encoding.context import JobContext, JobProgress
from videoflix.encoding.ffmpeg_errors import first_line
from videoflix.encoding.h264 import X264, Encoder
from videoflix.encoding.ladder import most_bytes
from videoflix.encoding.memory import memory_for
from videoflix.encoding.models import EncodePlan, Probe, Rendition, Segment
from videoflix.encoding.probe import codecs_of
from videoflix.encoding.process import Step, follow
from videoflix.encoding.record import check_claim, record
from videoflix.encoding.segment_list import parse_durations
from videoflix.encoding.units import Unit
from videoflix.errors import ClaimLost, EncodeFailed, NotReady
from videoflix.queue import queries as jobs
from videoflix.queue.models import Job, JobKind
from videoflix.settings import Settings
from videoflix.storage.disk_errors import check_disk
from videoflix.storage.local import Storage
from videoflix.storage.names import segment_name

log = logging.getLogger(__name__)

SILENT = "The film could not be encoded with its audio; silence replaces it."
CODEC_BYTES = 64 * 1024
# The size of a packet of a transport stream.
PACKET_BYTES = 188


class Encoded(Struct, frozen=True):
    """What has been made of a unit: segments and CODECS of each rendition, by label. `stderr` is ffmpeg's output,
    `is_silent` whether silence stands in for audio that failed."""

    segments: dict[int, list[Segment]]
    codecs: dict[int, str]
    stderr: str
    is_silent: bool


async def unit(context: JobContext, job: Job, progress: JobProgress) -> None:
    """Encode a part of the film in all renditions, and publish its segments."""
    async with context.database.connection() as connection:
        plan = await queries.plan(connection, job.encode_id)
    if plan is None:
        raise ClaimLost
    with context.storage.stage() as folder:
        encoded = await _encode(context, job, plan, folder, progress)
        await check_claim(context.database, job, progress)
        await asyncio.to_thread(_publish, context.storage, job, plan.renditions, folder)
    if await record(context.database, lambda connection: _write(connection, job, plan.probe, encoded)):
        log.info("video %d is ready (version %d)", job.video_id, job.version)
        await asyncio.to_thread(context.storage.remove_audio, job.video_id, job.version, 0)


async def _encode(context: JobContext, job: Job, plan: EncodePlan, folder: Path, progress: JobProgress) -> Encoded:
    """Encode the unit in a staging folder, with x264 if a hardware encoder fails. Raises EncodeFailed, or NotReady if
    audio has to be encoded again."""
    chosen = context.encoder(context.in_use.encoder)
    if chosen.hardware:
        try:
            return await _encode_with(chosen, context, job, plan, folder, progress)
        except EncodeFailed as failure:
            log.warning(
                "video %d: unit %d is encoded with %s, as %s failed: %s",
                *(job.video_id, job.number, X264, chosen.name, first_line(failure)),
            )
    return await _encode_with(context.encoder(X264), context, job, plan, folder, progress)


async def _encode_with(
    encoder: Encoder, context: JobContext, job: Job, plan: EncodePlan, folder: Path, progress: JobProgress
) -> Encoded:
    found, is_silent = plan.probe, False

    def on_step(step: Step) -> None:
        progress.speed = step.speed
        if job.frames:
            progress.done = min(1.0, step.frame / job.frames)

    run = partial(
        follow,
        folder=folder,
        most_bytes=_most_bytes(job, plan),
        memory=memory_for(plan.renditions, is_hardware=bool(encoder.hardware)),
        on_step=on_step,
    )
    entry = await _entry(context, job, found)
    arguments = await _arguments(context, encoder, job, plan, folder, entry)
    try:
        stderr = await run(arguments)
    except EncodeFailed as failure:
        if encoder.hardware or not (job.is_last_try and job.frames is None and found.audio_tracks):
            raise
        log.warning("video %d: it is encoded without its audio, as it failed with it: %s", job.video_id, failure)
        is_silent = True
        arguments = await _arguments(context, encoder, job, plan, folder, entry, silent=True)
        stderr = await run(arguments)
    return Encoded(
        segments={rendition.label: _segments(folder / rendition.name, job, found) for rendition in plan.renditions},
        codecs={rendition.label: _codecs(folder / rendition.name, job, found) for rendition in plan.renditions},
        stderr=stderr,
        is_silent=is_silent,
    )


async def _write(connection: Connection, job: Job, found: Probe, encoded: Encoded) -> bool:
    """Record a unit that is published; returns whether the film is complete. Raises ClaimLost."""
    is_last = await jobs.complete_unit(connection, job)
    if is_last is None:
        raise ClaimLost
    await jobs.set_decoder_error(connection, job, damage.decoder_error(encoded.stderr, found.codec))
    await queries.replace_segments(connection, job, encoded.segments)
    if job.number == 0:
        await queries.set_codecs(connection, job.encode_id, encoded.codecs)
        await jobs.insert(connection, job.encode_id, JobKind.THUMBNAIL)
    if encoded.is_silent:
        await queries.add_note(connection, job.encode_id, SILENT)
    await queries.grow(connection, job.encode_id)
    if is_last:
        damaged = await jobs.spans_with_decoder_errors(connection, job.encode_id)
        for note in damage.notes(damaged, found.frame_rate):
            await queries.add_note(connection, job.encode_id, note)
        await queries.publish(connection, job.encode_id)
        await jobs.insert(connection, job.encode_id, JobKind.STORYBOARD)
    return is_last


def _most_bytes(job: Job, plan: EncodePlan) -> int:
    found = plan.probe
    seconds = float(job.frames / found.frame_rate) if job.frames else inputs.max_seconds(found)
    return most_bytes(plan.renditions, seconds, plan.geometry.segment_seconds)


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


async def _arguments(
    context: JobContext,
    encoder: Encoder,
    job: Job,
    plan: EncodePlan,
    folder: Path,
    entry: float,
    *,
    silent: bool = False,
) -> list[str]:
    """What ffmpeg is to do in the staging folder. Raises NotReady if the unit's audio has to be encoded again."""
    await asyncio.to_thread(_make_folders, plan.renditions, folder)
    audio = None
    try:
        if plan.probe.audio_tracks and job.frames is not None:
            audio = await asyncio.to_thread(unit_audio, context, job, plan, folder)
    except FileNotFoundError:  # the film was complete before, and its audio segments are not kept after that
        async with context.database.connection() as connection:
            await jobs.recut(connection, job.encode_id)
        raise NotReady("The audio of the film is encoded again first.") from None
    return video_encode.encode(
        context.settings.ffmpeg,
        context.storage.original(job.video_id),
        plan,
        Unit(job.number, job.first_frame or 0, job.frames, job.first_segment or 0, job.segments),
        audio,
        capabilities=await capabilities_of(context.settings.ffmpeg),
        entry=entry,
        silent=silent,
        encoder=encoder,
        cores=threads(context.settings, job),
    )


def _make_folders(renditions: tuple[Rendition, ...], folder: Path) -> None:
    """Empty folders for the renditions, also after a try that failed."""
    for rendition in renditions:
        shutil.rmtree(folder / rendition.name, ignore_errors=True)
        (folder / rendition.name).mkdir()


def _segments(folder: Path, job: Job, found: Probe) -> list[Segment]:
    """What the encoder has made of one rendition. Raises EncodeFailed if that is not what was planned.

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
        return codecs_of(segment.read(CODEC_BYTES), has_audio=bool(found.audio_tracks))


def _publish(storage: Storage, job: Job, renditions: tuple[Rendition, ...], folder: Path) -> None:
    for rendition in renditions:
        (folder / rendition.name / "index.m3u8").unlink()
        storage.publish_folder(folder / rendition.name, storage.rendition(job.video_id, job.version, rendition.label))
