"""Queue every video that has no film yet, and go on with those that failed: what was made before is kept. With
--overwrite films are made anew: viewers keep the old one until the new one is complete."""

import argparse
import asyncio
from collections.abc import Mapping

from videoflix.cli.configuration import gather
from videoflix.cli.follow import follow_all
from videoflix.db.pool import Connection, Database, open_database
from videoflix.errors import NotFound, OriginalRemoved, QueueUnavailable
from videoflix.library.adding import queue_encode, resume
from videoflix.library.models import EncodeState
from videoflix.library.queries import encodes, videos
from videoflix.queue.due import enqueue_due
from videoflix.queue.queues import Queues
from videoflix.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--video-id", type=int, metavar="N", help="only this one")
    parser.add_argument("--overwrite", action="store_true", help="also what has a film already")
    parser.add_argument("--follow", action="store_true", help="wait until all are ready, with a bar")


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return asyncio.run(_transcode(Settings.from_env(gather(environ)), arguments))


async def _transcode(settings: Settings, arguments: argparse.Namespace) -> int:
    database, queues = await open_database(settings, most=2), Queues(settings)
    try:
        chosen = await _choose(database, arguments.video_id, overwrite=arguments.overwrite)
        refused = [
            video_id
            for video_id in chosen
            if not await _queue_or_say_why(database, video_id, overwrite=arguments.overwrite)
        ]
        if not chosen:
            print("nothing to do: every video has its film")
        try:
            await enqueue_due(database, queues)
        except QueueUnavailable as away:
            print(away.detail)
        queued = [video_id for video_id in chosen if video_id not in refused]
        failed = await follow_all(database, settings.address, queued) if arguments.follow else 0
        return 1 if refused or failed else 0
    finally:
        await queues.close()
        await database.close()


async def _choose(database: Database, video_id: int | None, *, overwrite: bool) -> list[int]:
    """The videos to make. Raises NotFound."""
    async with database.connection() as connection:
        if video_id is not None and not await videos.exists(connection, video_id):
            raise NotFound(f"There is no video {video_id}.")
        if video_id is not None:
            return [video_id]
        return await (encodes.all_videos if overwrite else encodes.videos_without_film)(connection)


async def _queue_or_say_why(database: Database, video_id: int, *, overwrite: bool) -> bool:
    """False if the film cannot be made."""
    try:
        async with database.transaction() as connection:
            print(f"video {video_id}: {await _queue(connection, video_id, overwrite=overwrite)}")
    except OriginalRemoved as gone:
        print(f"video {video_id}: {gone.detail}")
        return False
    return True


async def _queue(connection: Connection, video_id: int, *, overwrite: bool) -> str:
    """Have a film made, and say what that means for it."""
    if not overwrite and await resume(connection, video_id):
        return "goes on where it failed"
    progress = await encodes.progress(connection, video_id)
    if not overwrite and progress and progress.state is EncodeState.READY:
        return "has its film (make it anew with --overwrite)"
    return "queued" if await queue_encode(connection, video_id) else "is in the making already"
