"""Encode every video that is not encoded yet, and resume the encodes that failed: what is finished is kept. With
--overwrite, videos are encoded again; viewers keep the old version until the new one is complete."""

import argparse
import asyncio
from collections.abc import Mapping

from videoflix.cli.configuration import gather
from videoflix.cli.follow import follow_all
from videoflix.cli.services import open_services, start_work
from videoflix.db.pool import Connection, Database
from videoflix.errors import EncodeInProgress, NotFound, OriginalRemoved
from videoflix.library.adding import queue_encode, resume
from videoflix.library.models import EncodeState
from videoflix.library.queries import encodes, videos
from videoflix.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--video-id", type=int, metavar="N", help="only this video")
    parser.add_argument("--overwrite", action="store_true", help="encode videos again that are already encoded")
    parser.add_argument("--follow", action="store_true", help="show the progress until all are ready")


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return asyncio.run(_transcode(Settings.from_env(gather(environ)), arguments))


async def _transcode(settings: Settings, arguments: argparse.Namespace) -> int:
    async with open_services(settings) as (database, queues):
        chosen = await _choose(database, arguments.video_id, overwrite=arguments.overwrite)
        if not chosen:
            print("nothing to do: every video is encoded")
        queued = [
            video_id
            for video_id in chosen
            if await _queue_or_explain(database, video_id, overwrite=arguments.overwrite)
        ]
        await start_work(database, queues)
        failed = await follow_all(database, settings.public_url, queued) if arguments.follow else 0
        return 1 if failed or len(queued) < len(chosen) else 0


async def _choose(database: Database, video_id: int | None, *, overwrite: bool) -> list[int]:
    """The ids of the videos to encode. Raises NotFound."""
    async with database.connection() as connection:
        if video_id is not None and not await videos.exists(connection, video_id):
            raise NotFound(f"There is no video {video_id}.")
        if video_id is not None:
            return [video_id]
        return await (encodes.all_videos if overwrite else encodes.videos_without_film)(connection)


async def _queue_or_explain(database: Database, video_id: int, *, overwrite: bool) -> bool:
    """Print what happens to the video. False if it cannot be encoded."""
    try:
        async with database.transaction() as connection:
            print(f"video {video_id}: {await _queue(connection, video_id, overwrite=overwrite)}")
    except (OriginalRemoved, EncodeInProgress) as reason:
        print(f"video {video_id}: {reason.detail}")
        return False
    return True


async def _queue(connection: Connection, video_id: int, *, overwrite: bool) -> str:
    """Resume or queue an encode, and return what was done. Raises OriginalRemoved or EncodeInProgress."""
    if not overwrite and await resume(connection, video_id):
        return "resumed where it failed"
    progress = await encodes.progress(connection, video_id)
    if not overwrite and progress and progress.state is EncodeState.READY:
        return "already encoded (use --overwrite to encode it again)"
    return "queued" if await queue_encode(connection, video_id) else "is being encoded already"
