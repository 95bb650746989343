"""Runs ffmpeg for a unit: copies the highest rendition if it is a copy, and encodes the others."""

import asyncio
import logging
import shutil
from functools import partial
from pathlib import Path

from msgspec import Struct

from videoflix.cores import cores
from videoflix.encoding import damage, inputs, timeline, unit_output, video_copy, video_encode
from videoflix.encoding.audio import unit_audio
from videoflix.encoding.capabilities import capabilities_of
from videoflix.encoding.context import JobContext, JobProgress
from videoflix.encoding.ffmpeg_errors import first_line
from videoflix.encoding.h264 import X264, Encoder
from videoflix.encoding.ladder import most_bytes
from videoflix.encoding.memory import memory_for
from videoflix.encoding.models import EncodePlan, Probe, Rendition, Segment
from videoflix.encoding.process import Step, follow
from videoflix.encoding.units import Unit, UnitAudio
from videoflix.errors import CopyFailed, EncodeFailed, NotReady
from videoflix.queue import queries as jobs
from videoflix.queue.models import Job
from videoflix.settings import Settings
from videoflix.storage import names

log = logging.getLogger(__name__)

Segments = dict[int, list[Segment]]


class Made(Struct, frozen=True):
    """What has been made of a unit: segments and CODECS of each rendition, by label. `stderr` is ffmpeg's output,
    `is_silent` whether silence stands in for audio that failed."""

    segments: Segments
    codecs: dict[int, str]
    stderr: str
    is_silent: bool


async def make(context: JobContext, job: Job, plan: EncodePlan, folder: Path, progress: JobProgress) -> Made:
    """Make the unit in a staging folder. Raises EncodeFailed, CopyFailed, or NotReady if audio has to be encoded
    again."""
    unit = Unit(job.number, job.first_frame or 0, job.frames, job.first_segment or 0, job.segments)
    audio = await _audio(context, job, plan, folder)
    async with context.storage.as_file(names.original(job.video_id)) as source:
        return await _make(UnitRun(context, job, plan, unit, source, audio, folder, progress))


async def _make(run: "UnitRun") -> Made:
    plan, segments = run.plan, Segments()
    stderr, is_silent = "", False
    if plan.copied:
        segments[plan.copied.label] = await run.copy(plan.copied)
    if plan.encoded:
        encoded, stderr, is_silent = await run.encode()
        segments |= encoded
        if plan.copied and damage.decoder_error(stderr, plan.probe.codec):  # a browser would stop there
            raise CopyFailed("Its pictures are damaged.")
    codecs = {one.label: unit_output.codecs(run.folder / one.name, run.unit, plan) for one in plan.renditions}
    return Made(segments, codecs, stderr, is_silent)


class UnitRun(Struct, frozen=True):
    """A unit of the original `source` in the making, in a staging folder."""

    context: JobContext
    job: Job
    plan: EncodePlan
    unit: Unit
    source: Path
    audio: UnitAudio | None
    folder: Path
    progress: JobProgress

    async def copy(self, rendition: Rendition) -> list[Segment]:
        """Raises CopyFailed."""
        folder = await self._empty(rendition)
        command = video_copy.copy(self._ffmpeg, self.source, self.plan, self.unit, self.audio)
        try:
            await follow(command, folder=self.folder)
            await asyncio.to_thread(unit_output.leave_out_rest, folder, self.unit)
            return unit_output.segments(folder, self.unit, self.plan, video_copy.begin(self.plan, self.unit))
        except EncodeFailed as failure:
            raise CopyFailed(failure.detail) from None

    async def encode(self) -> tuple[Segments, str, bool]:
        """The segments of the renditions that are not copied, ffmpeg's output, and whether silence stands in for the
        audio. x264 is used if a hardware encoder fails. Raises EncodeFailed."""
        chosen = self.context.encoder(self.context.in_use.encoder)
        if chosen.hardware:
            try:
                return await self._encode_with(chosen)
            except EncodeFailed as failure:
                log.warning(
                    "video %d: unit %d is encoded with %s, as %s failed: %s",
                    *(self.job.video_id, self.job.number, X264, chosen.name, first_line(failure)),
                )
        return await self._encode_with(self.context.encoder(X264))

    async def _encode_with(self, encoder: Encoder) -> tuple[Segments, str, bool]:
        job, plan = self.job, self.plan
        command = partial(
            video_encode.encode,
            self._ffmpeg,
            self.source,
            plan,
            self.unit,
            self.audio,
            entry=await self._entry(plan.probe),
            capabilities=await capabilities_of(self._ffmpeg),
            encoder=encoder,
            cores=threads(self.context.settings, job),
        )
        try:
            return *await self._run(command(), encoder), False
        except EncodeFailed as failure:
            if encoder.hardware or not (job.is_last_try and job.frames is None and plan.probe.audio_tracks):
                raise
            log.warning("video %d: it is encoded without its audio, as it failed with it: %s", job.video_id, failure)
        return *await self._run(command(silent=True), encoder), True

    async def _run(self, command: list[str], encoder: Encoder) -> tuple[Segments, str]:
        folders = [(rendition.label, await self._empty(rendition)) for rendition in self.plan.encoded]
        stderr = await follow(
            command,
            folder=self.folder,
            most_bytes=_most_bytes(self.job, self.plan),
            memory=memory_for(self.plan.encoded, is_hardware=bool(encoder.hardware)),
            on_step=self._on_step,
        )
        return {label: unit_output.segments(folder, self.unit, self.plan) for label, folder in folders}, stderr

    def _on_step(self, step: Step) -> None:
        self.progress.speed = step.speed
        if self.job.frames:
            self.progress.done = min(1.0, step.frame / self.job.frames)

    async def _entry(self, found: Probe) -> float:
        """Where the unit starts to be read, in seconds after the film's first frame."""
        if not self.job.first_frame or found.is_still:
            return 0.0
        begin = float(self.job.first_frame / found.frame_rate)
        return await timeline.entry(self.context.settings.ffprobe, self.source, found, begin) or 0.0

    async def _empty(self, rendition: Rendition) -> Path:
        """An empty folder for a rendition, also after a try that failed."""
        folder = self.folder / rendition.name
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        folder.mkdir()
        return folder

    @property
    def _ffmpeg(self) -> str:
        return self.context.settings.ffmpeg


async def _audio(context: JobContext, job: Job, plan: EncodePlan, folder: Path) -> UnitAudio | None:
    """The audio of a unit of a film with a known length. Raises NotReady if it has to be encoded again."""
    if not plan.probe.audio_tracks or job.frames is None:
        return None
    try:
        return await asyncio.to_thread(unit_audio, context, job, plan, folder)
    except FileNotFoundError:  # the film was complete before, and its audio segments are not kept after that
        async with context.database.connection() as connection:
            await jobs.recut(connection, job.encode_id)
        raise NotReady("The audio of the film is encoded again first.") from None


def _most_bytes(job: Job, plan: EncodePlan) -> int:
    found = plan.probe
    seconds = float(job.frames / found.frame_rate) if job.frames else inputs.max_seconds(found)
    return most_bytes(plan.encoded, seconds, plan.geometry.segment_seconds)


def threads(settings: Settings, job: Job) -> int:
    """The number of cores for a unit: all of them if viewers wait for the film to start or nothing else is left to
    do; else its share."""
    if job.number == 0 or not job.others_wait:
        return cores()
    return max(1, cores() // settings.transcode_concurrency)
