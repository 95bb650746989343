"""Encodes a sound track once for the whole film, in pieces that units copy from, or that players ask for."""

import asyncio
import logging
from contextlib import aclosing, suppress
from fractions import Fraction
from pathlib import Path
from time import monotonic

from videoflix.adts import Cutter, stamped
from videoflix.db import encodes, jobs
from videoflix.db.pool import Connection
from videoflix.errors import ClaimLost, DatabaseUnavailable, EncodeFailed, QueueUnavailable
from videoflix.ffmpeg import command
from videoflix.ffmpeg.process import ASIDE, NICENESS, stream
from videoflix.jobs.record import record
from videoflix.jobs.rooms import Gauge, Rooms
from videoflix.jobs.sweep import tell_jobs
from videoflix.models import Job
from videoflix.playlist import piece_name
from videoflix.units import TIME_OFFSET, first_packet, packet_seconds, segment_frames

log = logging.getLogger(__name__)

TELL_SECONDS = 1.0
LOOK_SECONDS, MOST_LOOKS = 0.25, 80
# The pieces of the first two units: another host may be at the second one.
FIRST_PIECES = 3


async def audio(rooms: Rooms, job: Job, gauge: Gauge) -> None:
    """Encode the track, and tell of its pieces while they come: the first unit waits for the first of them."""
    async with rooms.database.connection() as connection:
        plan = await encodes.plan(connection, job.encode_id)
    if plan is None:
        raise ClaimLost
    probe, rate = plan[0], plan[0].frame_rate
    segments = -(-probe.frames // segment_frames(rate)) if probe.frames else None
    cutter, notes = Cutter(rate, segments), []
    ffmpeg, original = rooms.settings.ffmpeg, rooms.storage.original(job.video_id)
    with rooms.storage.stage() as folder:
        told_at, made, has_passed = 0.0, 0, False

        async def take(arguments: list[str]) -> None:
            nonlocal told_at, made, has_passed
            # units wait for the sound that goes with the picture
            async with aclosing(stream(arguments, niceness=ASIDE if job.number else NICENESS)) as blocks:
                async for block in blocks:
                    for number, piece in cutter.feed(block):
                        _stage(folder, job, number, piece, rate)
                        made = number + 1
                    may_pass = made >= FIRST_PIECES and not has_passed
                    if made and (may_pass or monotonic() >= told_at):
                        gauge.done = made / segments if segments else 0.0
                        await _publish(rooms, job, folder, made)
                        if may_pass:
                            await _let_the_first_unit_pass(rooms, job)
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
        await _publish(rooms, job, folder, made)

    async def write(connection: Connection) -> bool:
        if not await jobs.complete(connection, job):
            return False
        await encodes.complete_audio_track(connection, job.encode_id, job.number)
        for note in notes:
            await encodes.add_note(connection, job.encode_id, note)
        return True

    if not await record(rooms.database, write):
        raise ClaimLost


async def _let_the_first_unit_pass(rooms: Rooms, job: Job) -> None:
    """Leave the cores to the unit that people wait for: it has its sound now. ffmpeg stands still meanwhile, as
    nobody takes what it prints. If the unit has to wait for other films, we do not wait with it."""
    with suppress(DatabaseUnavailable):
        for _ in range(MOST_LOOKS):
            async with rooms.database.connection() as connection:
                if not await jobs.first_unit_is_open(connection, job.encode_id):
                    return
            await asyncio.sleep(LOOK_SECONDS)


def unit_sound(rooms: Rooms, job: Job, rate: Fraction, folder: Path) -> tuple[Path, Fraction]:
    """The packets of a unit in a file, and when the first is heard, in seconds after the unit's first frame."""
    assert job.first_frame is not None
    assert job.first_segment is not None
    assert job.segments is not None
    pieces = rooms.storage.audio(job.video_id, job.version, 0)
    file = folder / "sound.aac"
    with file.open("xb") as writing:
        for number in range(job.first_segment, job.first_segment + job.segments):
            writing.write((pieces / piece_name(number)).read_bytes())
    return file, packet_seconds(first_packet(job.first_segment, rate)) - job.first_frame / rate


def _stage(folder: Path, job: Job, number: int, piece: bytes, rate: Fraction) -> None:
    alone = job.number > 0
    (folder / piece_name(number)).write_bytes(stamped(piece, number, rate, TIME_OFFSET) if alone else piece)


async def _publish(rooms: Rooms, job: Job, folder: Path, made: int) -> None:
    target = rooms.storage.audio(job.video_id, job.version, job.number)
    await asyncio.to_thread(rooms.storage.publish_folder, folder, target)

    async def write(connection: Connection) -> None:
        await encodes.set_audio_segments(connection, job.encode_id, job.number, made)

    await record(rooms.database, write)
    with suppress(DatabaseUnavailable, QueueUnavailable):  # the sweep tells of them as well
        await tell_jobs(rooms.database, rooms.queues)
