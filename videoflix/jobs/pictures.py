"""The pictures beside a film. A film is a film without them: what fails here never fails it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from videoflix.db import encodes, jobs, videos
from videoflix.errors import ClaimLost, EncodeFailed
from videoflix.ffmpeg import command
from videoflix.ffmpeg.process import ASIDE, Step, follow
from videoflix.ffmpeg.thumbnail import make_thumbnail
from videoflix.jobs.rooms import Gauge, Rooms
from videoflix.models import Job, Segment
from videoflix.playlist import segment_name
from videoflix.storage import Storage
from videoflix.storyboard import CUES, Layout, cues, layout, sheet_name
from videoflix.units import segment_frames

PLAYLIST = "film.m3u8"


async def thumbnail(rooms: Rooms, job: Job, gauge: Gauge) -> None:
    """Take a picture from the original: of the film itself there is only the beginning yet."""
    async with rooms.database.connection() as connection:
        plan = await encodes.plan(connection, job.encode_id)
        duration = await encodes.duration(connection, job.encode_id)
    if plan is None:
        raise ClaimLost
    source = rooms.storage.original(job.video_id)
    with rooms.storage.stage() as folder:
        picture = folder / "thumbnail.jpg"
        await make_thumbnail(rooms.settings.ffmpeg, source, plan[0], duration or 0.0, picture)
        rooms.storage.publish(picture, rooms.storage.thumbnail(job.video_id, job.version))
    async with rooms.database.transaction() as connection:
        if not await jobs.complete(connection, job):
            raise ClaimLost
        await encodes.set_thumbnail(connection, job.encode_id)


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
        arguments = command.storyboard(rooms.settings.ffmpeg, PLAYLIST, board, "storyboard/%03d.jpg")
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
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:10"]
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
