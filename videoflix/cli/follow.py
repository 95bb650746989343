"""Shows the progress of encodes until they are ready or have failed."""

import asyncio
from collections.abc import Sequence

from videoflix.cli import ui
from videoflix.db.pool import Database
from videoflix.errors import NotFound
from videoflix.library.models import EncodeState, Progress
from videoflix.library.queries import encodes
from videoflix.queue.models import JobKind

POLL_SECONDS = 0.5
# Between two units no job is running for a moment. The stage changes only after this many polls without one.
IDLE_POLLS = 6


async def follow(database: Database, server: str, video_id: int) -> str | None:
    """Show the progress of a video's newest encode; return None when it is ready, or why it failed.

    `server` is the address in the link to the player. Raises NotFound if the video is deleted meanwhile.
    """
    with ui.progress() as display:
        stage, idle_polls, is_announced = "", 0, False
        while True:
            async with database.connection() as connection:
                now = await encodes.progress(connection, video_id)
            if now is None:
                raise NotFound("The video was deleted.")
            idle_polls = idle_polls + 1 if _is_idle(now) else 0
            if not stage or not 0 < idle_polls < IDLE_POLLS:
                stage = _stage(now)
            display.show(stage, now.done, _details(now))
            if now.is_playable and not now.state.is_final and not is_announced:
                display.print(f"playable now: {server}/watch/{video_id}/")
                is_announced = True
            if now.state is EncodeState.FAILED:
                return now.error or "no reason was recorded"
            if now.state is EncodeState.READY:
                for note in now.notes:
                    display.print(f"note: {note}")
                return None
            await asyncio.sleep(POLL_SECONDS)


async def follow_all(database: Database, server: str, video_ids: Sequence[int]) -> int:
    """Follow one video after the other; return how many have failed."""
    failed = 0
    for index, video_id in enumerate(video_ids):
        try:
            failure = await follow(database, server, video_id)
        except asyncio.CancelledError:
            print(how_to_follow(video_ids[index:]))
            raise
        print(f"video {video_id}: {f'failed: {failure}' if failure else 'ready'}", flush=True)
        failed += failure is not None
    return failed


def how_to_follow(video_ids: Sequence[int]) -> str:
    """What Ctrl-C prints: the encodes continue, and a command shows the progress of the first again."""
    first, *others = video_ids
    what = f"videos {', '.join(map(str, video_ids))} continue" if others else f"video {first} continues"
    return f"{what} in the background; to follow: bin/transcode --video-id {first} --follow"


def _is_idle(now: Progress) -> bool:
    """Whether no job is running that the display would name. Once there are units, audio jobs are not named."""
    if now.state.is_final or now.error:
        return False
    return JobKind.UNIT not in now.working if now.units_done else not now.working


def _stage(now: Progress) -> str:
    if now.state.is_final:
        return now.state
    if JobKind.UNIT in now.working:
        return "encoding " + " ".join(f"{label}p" for label in now.renditions)
    if now.error:
        return f"waiting: {now.error}"
    if JobKind.INGEST in now.working:
        return "analysing the film"
    if JobKind.AUDIO in now.working:
        return "encoding audio"
    return "waiting for a worker"


def _details(now: Progress) -> list[str]:
    """Units that are done, the speed relative to playback, and the time left."""
    details = []
    if now.units_total > 1:
        details.append(f"{now.units_done} of {now.units_total}")
    if now.speed:
        details.append(f"{now.speed:.2f}×")
    if now.left is not None:
        details.append(f"{_clock(now.left)} left")
    return details


def _clock(seconds: float) -> str:
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"
