"""Thumbnails and storyboards. They are optional: a failure here never fails the film."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from videoflix.db.pool import Connection
from videoflix.encoding import queries, stills
from videoflix.encoding.context import JobContext, JobProgress
from videoflix.encoding.models import Probe, Segment
from videoflix.encoding.process import ASIDE, Step, follow
from videoflix.encoding.record import check_claim
from videoflix.encoding.storyboard import Layout, cues, layout, sheet_name
from videoflix.encoding.thumbnail import convert, scale, take_candidates, take_first, take_frame
from videoflix.errors import ClaimLost, EncodeFailed, NotAnImage, NotReady
from videoflix.library.models import ThumbnailChoice, ThumbnailSource
from videoflix.library.queries import thumbnails, videos
from videoflix.queue import queries as jobs
from videoflix.queue.models import Job
from videoflix.storage import names
from videoflix.storage.storage import Storage

PLAYLIST = "film.m3u8"
# ffmpeg recognises a transport stream by its first dozen packets. The first segment of a tiny film has fewer, so
# these null packets are put before it.
NULL_PACKETS = (b"\x47\x1f\xff\x10" + b"\xff" * 184) * 16


async def thumbnail(context: JobContext, job: Job, progress: JobProgress) -> None:
    """Make the chosen thumbnail in all widths. Its revision is stored beside the one that is served until its row is
    written; the previous one stays for clients that have just got its address."""
    async with context.database.connection() as connection:
        plan = await queries.plan(connection, job.encode_id)
        duration = await queries.duration(connection, job.encode_id)
        choice = await thumbnails.chosen(connection, job.video_id)
        stored = await thumbnails.revision(connection, job.encode_id)
    if plan is None or choice is None:
        raise ClaimLost
    settings, storage = context.settings, context.storage
    with storage.stage() as folder:
        try:
            picture = await _draw(context, job, plan.probe, duration or 0.0, choice, stored, folder)
            made = folder / "made"
            made.mkdir()
            width, colour = await scale(settings.ffmpeg, settings.ffprobe, picture, made, choice.revision)
        except NotAnImage as refusal:
            if await _forget(context, job, choice):
                raise
            raise NotReady(f"{refusal.detail} The best frame is used instead.") from None
        await check_claim(context.database, job, progress)
        await asyncio.to_thread(storage.publish_folder, made, names.version(job.video_id, job.version))
    async with context.database.transaction() as connection:
        await _check_choice(connection, job, choice)
        if not await jobs.complete(connection, job):
            raise ClaimLost
        await thumbnails.made(connection, job.encode_id, choice.revision, width, colour)
    await asyncio.to_thread(_remove_thumbnails, storage, job, before=choice.revision - 1)


def _remove_thumbnails(storage: Storage, job: Job, before: int) -> None:
    """Remove the revisions before this one."""
    for revision in range(1, before):
        for width in names.THUMBNAIL_WIDTHS:
            storage.remove(names.thumbnail(job.video_id, job.version, revision, width))


async def _forget(context: JobContext, job: Job, choice: ThumbnailChoice) -> bool:
    """Forget an image that cannot be read. Returns whether the film has an earlier thumbnail, which stays."""
    async with context.database.transaction() as connection:
        await _check_choice(connection, job, choice)
        await thumbnails.forget(connection, job.video_id)
        await asyncio.to_thread(context.storage.remove, names.thumbnail_source(job.video_id))
        return await thumbnails.revision(connection, job.encode_id) > 0


async def _draw(
    context: JobContext, job: Job, found: Probe, duration: float, choice: ThumbnailChoice, stored: int, folder: Path
) -> Path:
    """The thumbnail, from the original: of the encoded film only the beginning may exist yet. If the original was
    removed, the `stored` revision will do. The candidates are made once per version, or to find the best; that one
    replaces a time that a new version does not have."""
    settings, storage, original = context.settings, context.storage, names.original(job.video_id)
    has_original = await asyncio.to_thread(storage.size, original) is not None
    if stored == choice.revision and choice.source is not ThumbnailSource.UPLOAD and not has_original:
        return await _fetch(storage, names.thumbnail(job.video_id, job.version, stored), folder)
    candidates = await asyncio.to_thread(storage.entries, names.candidates(job.video_id, job.version))
    picture, best, selector = folder / "thumbnail.jpg", None, choice.selector or 0.0
    chosen = names.candidate(job.video_id, job.version, int(selector))
    if choice.source is ThumbnailSource.BEST or (has_original and not candidates):
        best = await _take_candidates(context, job, found, duration, folder)
    if choice.source is ThumbnailSource.UPLOAD:
        async with storage.as_file(names.thumbnail_source(job.video_id)) as image:
            await convert(settings.ffmpeg, image, picture)
    elif choice.source is ThumbnailSource.FRAME and selector < duration:
        async with storage.as_file(original) as source:
            await take_frame(settings.ffmpeg, settings.ffprobe, source, found, selector, picture)
    elif choice.source is ThumbnailSource.CANDIDATE and await asyncio.to_thread(storage.size, chosen) is not None:
        return await _fetch(storage, chosen, folder)
    elif best is not None:
        return await _fetch(storage, names.candidate(job.video_id, job.version, best), folder)
    else:
        async with storage.as_file(original) as source:
            await take_first(settings.ffmpeg, source, found, picture)
    return picture


async def _take_candidates(context: JobContext, job: Job, found: Probe, duration: float, folder: Path) -> int | None:
    """Publish the candidates. Returns the number of the best one, None if there are none."""
    taken = folder / "candidates"
    taken.mkdir()
    async with context.storage.as_file(names.original(job.video_id)) as source:
        best = await take_candidates(context.settings.ffmpeg, source, found, duration, taken)
    await asyncio.to_thread(context.storage.publish_folder, taken, names.candidates(job.video_id, job.version))
    return best


async def _fetch(storage: Storage, name: str, folder: Path) -> Path:
    """A published picture as a file in the folder."""
    await asyncio.to_thread(storage.gather, [name], folder)
    return folder / names.last(name)


async def _check_choice(connection: Connection, job: Job, choice: ThumbnailChoice) -> None:
    """Lock the choice until the transaction ends. Raises NotReady if another thumbnail was chosen meanwhile, or
    ClaimLost."""
    if await videos.lock(connection, job.video_id) is None:
        raise ClaimLost
    if await thumbnails.chosen(connection, job.video_id) != choice:
        raise NotReady("Another picture was chosen meanwhile.")


async def storyboard(context: JobContext, job: Job, progress: JobProgress) -> None:
    """Make the storyboard from the published lowest rendition: it is small, and its key frames are evenly spaced."""
    async with context.database.connection() as connection:
        plan = await queries.plan(connection, job.encode_id)
        duration = await queries.duration(connection, job.encode_id)
        if plan is None or duration is None:
            raise ClaimLost
        rate, lowest = plan.probe.frame_rate, plan.renditions[0]
        frames = max(1, round(duration * rate))
        count = plan.geometry.segments(frames, rate)
        segments = await queries.segments(connection, job.video_id, job.version, lowest.label, count)
    board = layout(frames, rate, lowest.width, lowest.height, plan.geometry)

    def on_step(step: Step) -> None:
        progress.done = min(1.0, step.frame / board.pictures)

    with context.storage.stage() as folder:
        sheets = folder / "storyboard"
        sheets.mkdir()
        await asyncio.to_thread(
            _lay_out, context.storage, names.rendition(job.video_id, job.version, lowest.label), segments, folder
        )
        arguments = stills.storyboard(context.settings.ffmpeg, PLAYLIST, board, "storyboard/%03d.jpg")
        await follow(arguments, folder=folder, on_step=on_step, niceness=ASIDE)
        await check_claim(context.database, job, progress)
        await asyncio.to_thread(_publish, context.storage, job, board, sheets)
    async with context.database.transaction() as connection:
        if not await jobs.complete(connection, job):
            raise ClaimLost
        await queries.set_storyboard(connection, job.encode_id)


def _lay_out(storage: Storage, rendition: str, segments: Sequence[Segment], folder: Path) -> None:
    """Write a playlist over the segments of a rendition, which are gathered beside it: so names need no escaping.

    ffmpeg would skip a missing segment. Raises EncodeFailed for it, or StorageUnavailable.
    """
    (folder / "rendition").mkdir()
    file_names = [names.segment_name(segment.number) for segment in segments]
    try:
        storage.gather([f"{rendition}/{name}" for name in file_names], folder / "rendition")
    except FileNotFoundError as missing:
        raise EncodeFailed(f"Segment {names.last(str(missing))} of the film is not there.") from None
    (folder / "null.ts").write_bytes(NULL_PACKETS)
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:10", "#EXTINF:1,", "null.ts"]
    for segment, name in zip(segments, file_names, strict=True):
        lines += [f"#EXTINF:{segment.duration:.6f},", f"rendition/{name}"]
    (folder / PLAYLIST).write_text("\n".join([*lines, "#EXT-X-ENDLIST", ""]))


def _publish(storage: Storage, job: Job, board: Layout, sheets: Path) -> None:
    if not all((sheets / sheet_name(number)).is_file() for number in range(board.sheets)):
        raise EncodeFailed("The film has fewer pictures than its length says.")
    (sheets / names.CUES).write_text(cues(board, job.version))
    storage.publish_folder(sheets, names.storyboard(job.video_id, job.version))
