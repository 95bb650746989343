"""Makes the segments of an audio track, once for the whole film: units copy from them, and players request them."""

import asyncio
import logging
from contextlib import aclosing, suppress
from pathlib import Path
from time import monotonic

from videoflix.db.pool import Connection
from videoflix.encoding import audio_encode, queries
from videoflix.encoding.adts import AdtsSplitter, with_id3_timestamp
from videoflix.encoding.capabilities import capabilities_of
from videoflix.encoding.context import JobContext, JobProgress
from videoflix.encoding.models import EncodePlan
from videoflix.encoding.process import ASIDE, NICENESS, stream
from videoflix.encoding.publishing import publish
from videoflix.encoding.record import record
from videoflix.encoding.units import UnitAudio
from videoflix.errors import ClaimLost, DatabaseUnavailable, EncodeFailed
from videoflix.queue import queries as jobs
from videoflix.queue.due import try_enqueue_due
from videoflix.queue.models import Job
from videoflix.storage import names

log = logging.getLogger(__name__)

PUBLISH_SECONDS = 1.0
LOOK_SECONDS, MAX_LOOKS = 0.25, 80


async def audio(context: JobContext, job: Job, progress: JobProgress) -> None:
    """Encode the track, and publish its segments while they are written: the first unit waits for the first of
    them."""
    async with context.database.connection() as connection:
        plan = await queries.plan(connection, job.encode_id)
    if plan is None:
        raise ClaimLost
    with context.storage.stage() as folder:
        async with context.storage.as_file(names.original(job.video_id)) as original:
            note = await _encode(context, job, plan, original, TrackSegments(context, job, plan, folder, progress))

    async def write(connection: Connection) -> bool:
        if not await jobs.complete(connection, job):
            return False
        await queries.complete_audio_track(connection, job.encode_id, job.number)
        if note:
            await queries.add_note(connection, job.encode_id, note)
        return True

    if not await record(context.database, write):
        raise ClaimLost


async def _encode(
    context: JobContext, job: Job, plan: EncodePlan, original: Path, segments: "TrackSegments"
) -> str | None:
    """Encode or copy the whole track. In the last try of the film's main track silence stands in for what cannot be
    read; returns a note about that."""
    ffmpeg, probe, note = context.settings.ffmpeg, plan.probe, None
    track = plan.probe.audio_tracks[job.number]
    if plan.geometry.audio_begin is None:
        capabilities = await capabilities_of(ffmpeg)
        arguments = audio_encode.audio_track(ffmpeg, original, probe, track, plan.geometry, capabilities)
    else:
        arguments = audio_encode.copied_track(ffmpeg, original, track)
    try:
        await segments.take(arguments)
    except EncodeFailed as failure:
        if not (job.is_last_try and job.is_essential and probe.frames):
            raise
        log.warning("video %d: its audio is replaced by silence: %s", job.video_id, failure)
        begin = segments.restart()
        note = f"The audio cannot be read from second {int(begin)} on; silence replaces it."
        if (rest := float(probe.frames / probe.frame_rate) - begin) > 0:
            await segments.take(audio_encode.silence(ffmpeg, rest, plan.geometry))
    await segments.end()
    return note


class TrackSegments:
    """Splits the packets of a track into segments, and publishes them as they come."""

    def __init__(self, context: JobContext, job: Job, plan: EncodePlan, folder: Path, progress: JobProgress) -> None:
        self._context, self._job, self._plan = context, job, plan
        self._folder, self._progress = folder, progress
        frames, rate = plan.probe.frames, plan.probe.frame_rate
        self._total = plan.geometry.segments(frames, rate) if frames else None
        self._splitter = AdtsSplitter(plan.geometry, rate, self._total)
        self._staged = 0
        self._publish_at = 0.0
        self._has_waited = plan.probe.in_one_piece  # its only unit waits for all of the audio

    async def take(self, arguments: list[str]) -> None:
        """Take the output of an ffmpeg. Raises EncodeFailed."""
        # units wait for the first track
        niceness = ASIDE if self._job.number else NICENESS
        async with aclosing(stream(arguments, niceness=niceness)) as blocks:
            async for block in blocks:
                for number, segment in self._splitter.feed(block):
                    self._stage(number, segment)
                if self._staged and monotonic() >= self._publish_at:
                    await self._publish()
                    if not self._has_waited:
                        await _wait_for_first_unit(self._context, self._job)
                        self._has_waited = True
                    self._publish_at = monotonic() + PUBLISH_SECONDS

    def restart(self) -> float:
        """Another ffmpeg continues, from so many seconds of the film on."""
        return self._splitter.restart()

    async def end(self) -> None:
        for number, segment in self._splitter.end():
            self._stage(number, segment)
        await self._publish()

    def _stage(self, number: int, segment: bytes) -> None:
        if self._job.number > 0:  # played on its own, not muxed with the video
            segment = with_id3_timestamp(segment, number, self._plan.geometry, self._plan.probe.frame_rate)
        (self._folder / names.audio_segment_name(number)).write_bytes(segment)
        self._staged = number + 1

    async def _publish(self) -> None:
        self._progress.done = self._staged / self._total if self._total else 0.0
        job = self._job
        target = names.audio(job.video_id, job.version, job.number)
        await publish(self._context, job, self._progress, self._folder, target)

        async def write(connection: Connection) -> None:
            await queries.set_audio_segments(connection, job.encode_id, job.number, self._staged)

        await record(self._context.database, write)
        await try_enqueue_due(self._context.database, self._context.queues)


async def _wait_for_first_unit(context: JobContext, job: Job) -> None:
    """Leave the cores to the first unit, which viewers wait for and which has its audio now. ffmpeg stops soon,
    because nobody reads its output. If that unit has to wait for other films, this job does not wait with it."""
    with suppress(DatabaseUnavailable):
        for _ in range(MAX_LOOKS):
            async with context.database.connection() as connection:
                if not await jobs.first_unit_is_open(connection, job.encode_id):
                    return
            await asyncio.sleep(LOOK_SECONDS)


def unit_audio(context: JobContext, job: Job, plan: EncodePlan, folder: Path) -> UnitAudio:
    """Join the audio segments of a unit in a file. Raises FileNotFoundError if they are not there any more."""
    assert job.first_frame is not None
    assert job.first_segment is not None
    assert job.segments is not None
    file = folder / "audio.aac"
    with file.open("xb") as writing:
        for number in range(job.first_segment, job.first_segment + job.segments):
            writing.write(context.storage.read(names.audio_segment(job.video_id, job.version, 0, number)))
    geometry, rate = plan.geometry, plan.probe.frame_rate
    begin = geometry.packet_seconds(geometry.first_packet(job.first_segment, rate))
    return UnitAudio(file, begin - job.first_frame / rate)
