"""The pictures beside a film. A film is a film without them: what fails here never fails it."""

from videoflix.db import encodes, jobs
from videoflix.errors import ClaimLost
from videoflix.ffmpeg.thumbnail import make_thumbnail
from videoflix.jobs.rooms import Gauge, Rooms
from videoflix.models import Job


async def thumbnail(rooms: Rooms, job: Job, gauge: Gauge) -> None:
    async with rooms.database.connection() as connection:
        plan = await encodes.plan(connection, job.encode_id)
        duration = await encodes.duration(connection, job.encode_id)
    if plan is None:
        raise ClaimLost
    source = rooms.storage.original(job.video_id)
    with rooms.storage.stage() as folder:
        picture = folder / "thumbnail.jpg"
        await make_thumbnail(rooms.settings.ffmpeg, source, plan[0].video, duration or 0.0, picture)
        rooms.storage.publish(picture, rooms.storage.thumbnail(job.video_id, job.version))
    async with rooms.database.transaction() as connection:
        if not await jobs.complete(connection, job):
            raise ClaimLost
        await encodes.set_thumbnail(connection, job.encode_id)
