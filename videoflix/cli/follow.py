"""Shows how a film comes about: a bar on a terminal; elsewhere a line per stage and per tenth of the way."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Column

from videoflix.db.pool import Database
from videoflix.errors import NotFound
from videoflix.library.models import EncodeState
from videoflix.library.models import Progress as Stage
from videoflix.library.queries import encodes
from videoflix.queue.models import JobKind

SECONDS = 0.5
# Between two units nobody is at a film for a moment; that is not worth telling before so many looks.
PATIENCE = 6


class Bar:
    """For a terminal: one line that moves, and others above it."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=1.0, facts="")

    def show(self, words: str, done: float = 0.0, facts: Sequence[str] = ()) -> None:
        self._progress.update(self._task, description=words, completed=done, facts=", ".join(facts))

    def say(self, words: str) -> None:
        self._progress.console.print(words)


class Lines:
    """For a file or a pipe: told in time, and no oftener than anyone wants to read."""

    def __init__(self) -> None:
        self._words, self._tenth = "", 0

    def show(self, words: str, done: float = 0.0, facts: Sequence[str] = ()) -> None:
        tenth = int(done * 10 + 1e-9)
        if words == self._words and tenth <= self._tenth:
            return
        self._words, self._tenth = words, tenth
        numbers = ", ".join((f"{tenth * 10} %", *facts) if tenth else facts)
        self.say(f"{words}: {numbers}" if numbers else words)

    def say(self, words: str) -> None:
        print(words, flush=True)


@contextmanager
def display() -> Iterator[Bar | Lines]:
    """What fits standard output."""
    console = Console(soft_wrap=True, markup=False, highlight=False)
    if not sys.stdout.isatty() or console.is_dumb_terminal:
        yield Lines()
        return
    columns = (
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")),
        BarColumn(bar_width=20),
        TextColumn("{task.percentage:>3.0f} %", table_column=Column(no_wrap=True)),
        TextColumn("{task.fields[facts]}", markup=False, table_column=Column(no_wrap=True)),
    )
    with Progress(*columns, console=console) as progress:
        yield Bar(progress)


async def follow(database: Database, server: str, video_id: int) -> str | None:
    """Until the film is ready (None) or has failed (the reason). Raises NotFound if it is deleted meanwhile."""
    with display() as shown:
        words, idle, told = "", 0, False
        while True:
            async with database.connection() as connection:
                stage = await encodes.progress(connection, video_id)
            if stage is None:
                raise NotFound("The video was deleted.")
            idle = idle + 1 if _is_idle(stage) else 0
            words = words if words and 0 < idle < PATIENCE else _words(stage)
            shown.show(words, stage.done, _facts(stage))
            if stage.is_playable and not stage.state.is_final and not told:
                shown.say(f"can be watched already: {server}/api/video/{video_id}/master.m3u8")
                told = True
            if stage.state is EncodeState.FAILED:
                return stage.error or "no reason was recorded"
            if stage.state is EncodeState.READY:
                for note in stage.notes:
                    shown.say(f"note: {note}")
                return None
            await asyncio.sleep(SECONDS)


async def follow_all(database: Database, server: str, video_ids: Sequence[int]) -> int:
    """One after the other; how many have failed."""
    failed = 0
    for place, video_id in enumerate(video_ids):
        try:
            failure = await follow(database, server, video_id)
        except asyncio.CancelledError:
            print(how_to_follow(video_ids[place:]))
            raise
        print(f"video {video_id}: {f'failed: {failure}' if failure else 'ready'}", flush=True)
        failed += failure is not None
    return failed


def how_to_follow(video_ids: Sequence[int]) -> str:
    """What to tell somebody who stops watching."""
    first, *others = video_ids
    who = f"videos {', '.join(map(str, video_ids))} go" if others else f"video {first} goes"
    return f"{who} on in the background: bin/transcode --video-id {first} --follow"


def _is_idle(stage: Stage) -> bool:
    """Nobody is at it. Sound may be in the making beside units, but once there are some people hear of them alone."""
    if stage.state.is_final or stage.error:
        return False
    return JobKind.UNIT not in stage.working if stage.units_done else not stage.working


def _words(stage: Stage) -> str:
    if stage.state.is_final:
        return stage.state
    if JobKind.UNIT in stage.working:
        return "encoding " + " ".join(f"{label}p" for label in stage.rungs)
    if stage.error:
        return f"waiting: {stage.error}"
    if JobKind.INGEST in stage.working:
        return "looking into the film"
    if JobKind.AUDIO in stage.working:
        return "encoding the sound"
    return "waiting for a worker"


def _facts(stage: Stage) -> list[str]:
    """How many units are behind us, how fast it goes, and how long that will take."""
    facts = []
    if stage.units_total > 1:
        facts.append(f"{stage.units_done} of {stage.units_total}")
    if stage.speed:
        facts.append(f"{stage.speed:.2f}×")
    if stage.left is not None:
        facts.append(f"{_clock(stage.left)} left")
    return facts


def _clock(seconds: float) -> str:
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"
