"""Encodes an audio track once for the whole film, in segments that units copy from and that players request."""

import asyncio
import logging
from contextlib import aclosing, suppress
from fractions import Fraction
from pathlib import Path
from time import monotonic

from videoflix.db.pool import Connection
from videoflix.encoding import command, queries
from videoflix.encoding.adts import AdtsSplitter, with_id3_timestamp
from videoflix.encoding.context import JobContext, JobProgress
from videoflix.encoding.process import ASIDE, NICENESS, stream
from videoflix.encoding.record import record
from videoflix.encoding.units import TIME_OFFSET, first_packet, packet_seconds, segment_frames
from videoflix.errors import ClaimLost, DatabaseUnavailable, EncodeFailed
from videoflix.queue import queries as jobs
from videoflix.queue.due import try_enqueue_due
from videoflix.queue.models import Job
from videoflix.storage.names import audio_segment_name

log = logging.getLogger(__name__)

TELL_SECONDS = 1.0
LOOK_SECONDS, MAX_LOOKS = 0.25, 80
# Segments of the first two units: another host may be encoding the second.
FIRST_PIECES = 3


async def audio(context: JobContext, job: Job, progress: JobProgress) -> None:
    """Encode the track, and report its segments while they are written: the first unit waits for the first of
    them."""
    async with context.database.connection() as connection:
        plan = await queries.plan(connection, job.encode_id)
    if plan is None:
        raise ClaimLost
    probe, rate = plan[0], plan[0].frame_rate
    segments = -(-probe.frames // segment_frames(rate)) if probe.frames else None
    cutter, notes = AdtsSplitter(rate, segments), []
    ffmpeg, original = context.settings.ffmpeg, context.storage.original(job.video_id)
    with context.storage.stage() as folder:
        told_at, made, has_passed = 0.0, 0, False

        async def take(arguments: list[str]) -> None:
            nonlocal told_at, made, has_passed
            # units wait for the first track
            async with aclosing(stream(arguments, niceness=ASIDE if job.number else NICENESS)) as blocks:
                async for block in blocks:
                    for number, piece in cutter.feed(block):
                        _stage(folder, job, number, piece, rate)
                        made = number + 1
                    may_pass = made >= FIRST_PIECES and not has_passed
                    if made and (may_pass or monotonic() >= told_at):
                        progress.done = made / segments if segments else 0.0
                        await _publish(context, job, folder, made)
                        if may_pass:
                            await _let_the_first_unit_pass(context, job)
                            has_passed = True
                        told_at = monotonic() + TELL_SECONDS

        try:
            await take(command.sound(ffmpeg, original, probe, probe.sounds[job.number]))
        except EncodeFailed as failure:
            if not (job.is_last_try and job.is_essential and probe.frames):
                raise
            log.warning("video %d: its sound is replaced by silence: %s", job.video_id, failure)
            begin = cutter.restart()
            notes.append(f"The sound cannot be read from second {int(begin)} on, and silence stands in for it.")
            if (rest := float(probe.frames / rate) - begin) > 0:
                await take(command.silence(ffmpeg, rest))
        for number, piece in cutter.end():
            _stage(folder, job, number, piece, rate)
            made = number + 1
        await _publish(context, job, folder, made)

    async def write(connection: Connection) -> bool:
        if not await jobs.complete(connection, job):
            return False
        await queries.complete_audio_track(connection, job.encode_id, job.number)
        for note in notes:
            await queries.add_note(connection, job.encode_id, note)
        return True

    if not await record(context.database, write):
        raise ClaimLost


async def _let_the_first_unit_pass(context: JobContext, job: Job) -> None:
    """Leave the cores to the first unit, which viewers wait for and which has its audio now. ffmpeg stops
    meanwhile, because nobody reads its output. If that unit has to wait for other films, this job does not wait
    with it."""
    with suppress(DatabaseUnavailable):
        for _ in range(MAX_LOOKS):
            async with context.database.connection() as connection:
                if not await jobs.first_unit_is_open(connection, job.encode_id):
                    return
            await asyncio.sleep(LOOK_SECONDS)


def unit_sound(context: JobContext, job: Job, rate: Fraction, folder: Path) -> tuple[Path, Fraction]:
    """The packets of a unit in a file, and when the first is played, in seconds after the unit's first frame."""
    assert job.first_frame is not None
    assert job.first_segment is not None
    assert job.segments is not None
    pieces = context.storage.audio(job.video_id, job.version, 0)
    file = folder / "sound.aac"
    with file.open("xb") as writing:
        for number in range(job.first_segment, job.first_segment + job.segments):
            writing.write((pieces / audio_segment_name(number)).read_bytes())
    return file, packet_seconds(first_packet(job.first_segment, rate)) - job.first_frame / rate


def _stage(folder: Path, job: Job, number: int, piece: bytes, rate: Fraction) -> None:
    alone = job.number > 0
    (folder / audio_segment_name(number)).write_bytes(
        with_id3_timestamp(piece, number, rate, TIME_OFFSET) if alone else piece
    )


async def _publish(context: JobContext, job: Job, folder: Path, made: int) -> None:
    target = context.storage.audio(job.video_id, job.version, job.number)
    await asyncio.to_thread(context.storage.publish_folder, folder, target)

    async def write(connection: Connection) -> None:
        await queries.set_audio_segments(connection, job.encode_id, job.number, made)

    await record(context.database, write)
    await try_enqueue_due(context.database, context.queues)
