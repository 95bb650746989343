"""The pictures beside a film. A film is a film without them: what fails here never fails it."""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

from videoflix.db import encodes, jobs, thumbnails, videos
from videoflix.db.pool import Connection
from videoflix.errors import ClaimLost, EncodeFailed, NotAPicture, NotYet
from videoflix.ffmpeg import stills
from videoflix.ffmpeg.process import ASIDE, Step, follow
from videoflix.ffmpeg.thumbnail import convert, take_candidates, take_first, take_frame
from videoflix.jobs.rooms import Gauge, Rooms
from videoflix.models import Job, PictureSource, Probe, Segment, Wish
from videoflix.playlist import segment_name
from videoflix.storage import Storage
from videoflix.storyboard import CUES, Layout, cues, layout, sheet_name
from videoflix.units import segment_frames

PLAYLIST = "film.m3u8"
# ffmpeg recognises a transport stream by its first dozen packets. The first segment of a tiny film has fewer, so
# these, which hold nothing, stand before it.
NULL_PACKETS = (b"\x47\x1f\xff\x10" + b"\xff" * 184) * 16


async def thumbnail(rooms: Rooms, job: Job, gauge: Gauge) -> None:
    """Make the picture that is wished for. Its edition lies beside the one that is served until its row is written;
    the one before stays for those who have just been told of it."""
    async with rooms.database.connection() as connection:
        plan = await encodes.plan(connection, job.encode_id)
        duration = await encodes.duration(connection, job.encode_id)
        wish = await thumbnails.wish(connection, job.video_id)
    if plan is None or wish is None:
        raise ClaimLost
    with rooms.storage.stage() as folder:
        try:
            picture = await _draw(rooms, job, plan[0], duration or 0.0, wish, folder)
        except NotAPicture:
            async with rooms.database.transaction() as connection:
                await _check_wish(connection, job, wish)
                await thumbnails.forget(connection, job.video_id)
                rooms.storage.remove_picture(job.video_id)
            raise
        rooms.storage.publish(picture, rooms.storage.thumbnail(job.video_id, job.version, wish.edition))
    async with rooms.database.transaction() as connection:
        await _check_wish(connection, job, wish)
        if not await jobs.complete(connection, job):
            raise ClaimLost
        await thumbnails.made(connection, job.encode_id, wish.edition)
    rooms.storage.remove_thumbnails(job.video_id, job.version, before=wish.edition - 1)


async def _draw(rooms: Rooms, job: Job, found: Probe, duration: float, wish: Wish, folder: Path) -> Path:
    """The picture, from the original: of the film itself there may only be the beginning yet. The candidates are
    taken once for a version, or to find the best; which stands in for a time that a new version does not have."""
    settings, source = rooms.settings, rooms.storage.original(job.video_id)
    candidates = rooms.storage.candidates(job.video_id, job.version)
    picture, best = folder / "thumbnail.jpg", None
    if wish.source is PictureSource.BEST or not candidates.is_dir():
        taken = folder / "candidates"
        taken.mkdir()
        best = await take_candidates(settings.ffmpeg, source, found, duration, taken)
        await asyncio.to_thread(rooms.storage.publish_folder, taken, candidates)
    place = wish.place or 0.0
    chosen = rooms.storage.candidate(job.video_id, job.version, int(place))
    if wish.source is PictureSource.UPLOAD:
        await convert(settings.ffmpeg, rooms.storage.picture(job.video_id), picture)
    elif wish.source is PictureSource.FRAME and place < duration:
        await take_frame(settings.ffmpeg, settings.ffprobe, source, found, place, picture)
    elif wish.source is PictureSource.CANDIDATE and chosen.is_file():
        shutil.copyfile(chosen, picture)
    elif best is not None:
        shutil.copyfile(rooms.storage.candidate(job.video_id, job.version, best), picture)
    else:
        await take_first(settings.ffmpeg, source, found, picture)
    return picture


async def _check_wish(connection: Connection, job: Job, wish: Wish) -> None:
    """Until the transaction ends nobody chooses another picture. Raises NotYet if somebody has, or ClaimLost."""
    if await videos.lock(connection, job.video_id) is None:
        raise ClaimLost
    if await thumbnails.wish(connection, job.video_id) != wish:
        raise NotYet("Another picture was chosen meanwhile.")


async def storyboard(rooms: Rooms, job: Job, gauge: Gauge) -> None:
    """Take the pictures from the lowest rung as it was published: it is small, and its key frames lie evenly."""
    async with rooms.database.connection() as connection:
        plan = await encodes.plan(connection, job.encode_id)
        duration = await encodes.duration(connection, job.encode_id)
        if plan is None or duration is None:
            raise ClaimLost
        rate, lowest = plan[0].frame_rate, plan[1][0]
        frames = max(1, round(duration * rate))
        count = -(-frames // segment_frames(rate))
        segments = await videos.segments(connection, job.video_id, job.version, lowest.label, count)
    board = layout(frames, rate, lowest.width, lowest.height)

    def on_step(step: Step) -> None:
        gauge.done = min(1.0, step.frame / board.pictures)

    with rooms.storage.stage() as folder:
        sheets = folder / "storyboard"
        sheets.mkdir()
        await asyncio.to_thread(
            _lay_out, rooms.storage.rung(job.video_id, job.version, lowest.label), segments, folder
        )
        arguments = stills.storyboard(rooms.settings.ffmpeg, PLAYLIST, board, "storyboard/%03d.jpg")
        await follow(arguments, folder=folder, on_step=on_step, niceness=ASIDE)
        await asyncio.to_thread(_publish, rooms.storage, job, board, sheets)
    async with rooms.database.transaction() as connection:
        if not await jobs.complete(connection, job):
            raise ClaimLost
        await encodes.set_storyboard(connection, job.encode_id)


def _lay_out(rung: Path, segments: Sequence[Segment], folder: Path) -> None:
    """Write a playlist over the segments of a rung, which it sees through a link: their names need no escaping.

    ffmpeg would pass over a segment that is gone. Raises EncodeFailed for it.
    """
    (folder / "rung").symlink_to(rung)
    (folder / "null.ts").write_bytes(NULL_PACKETS)
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:10", "#EXTINF:1,", "null.ts"]
    for segment in segments:
        name = segment_name(segment.number)
        if not (rung / name).is_file():
            raise EncodeFailed(f"Segment {name} of the film is not there.")
        lines += [f"#EXTINF:{segment.duration:.6f},", f"rung/{name}"]
    (folder / PLAYLIST).write_text("\n".join([*lines, "#EXT-X-ENDLIST", ""]))


def _publish(storage: Storage, job: Job, board: Layout, sheets: Path) -> None:
    if not all((sheets / sheet_name(number)).is_file() for number in range(board.sheets)):
        raise EncodeFailed("The film has fewer pictures than its length says.")
    (sheets / CUES).write_text(cues(board, job.version))
    storage.publish_folder(sheets, storage.storyboard(job.video_id, job.version))
