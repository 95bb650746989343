"""Shows how a film comes about: a bar on a terminal, a line per stage elsewhere."""

import asyncio

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskProgressColumn, TextColumn
from rich.text import Text

from videoflix.db import encodes
from videoflix.db.pool import Database
from videoflix.errors import NotFound
from videoflix.models import EncodeState, JobKind
from videoflix.models import Progress as Stage

SECONDS = 0.5


class _TimeLeft(ProgressColumn):
    """From the encoder's own speed: what is left of the film, divided by film seconds per second."""

    def render(self, task: Task) -> Text:
        left = task.fields.get("left")
        return Text("" if left is None else f"{int(left) // 60}:{int(left) % 60:02d} left")


def progress_bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[speed]}"),
        _TimeLeft(),
        console=Console(soft_wrap=True),
    )


async def follow(database: Database, video_id: int) -> str | None:
    """Until the film is ready (None) or has failed (the reason). Raises NotFound if it is deleted meanwhile."""
    with progress_bar() as bar:
        task = bar.add_task("waiting for a worker", total=1.0, speed="", left=None)
        said = ""
        while True:
            async with database.connection() as connection:
                stage = await encodes.progress(connection, video_id)
            if stage is None:
                raise NotFound("The video was deleted.")
            words = _words(stage)
            bar.update(task, description=words, completed=stage.done, speed=_speed(stage), left=stage.left)
            if words != said and not bar.console.is_terminal:
                bar.console.print(words)
            said = words
            if stage.state is EncodeState.FAILED:
                return stage.error or "no reason was recorded"
            if stage.state is EncodeState.READY:
                return None
            await asyncio.sleep(SECONDS)


def _words(stage: Stage) -> str:
    if stage.state.is_final:
        return stage.state
    if JobKind.UNIT in stage.working:
        watch = ", can be watched" if stage.is_playable else ""
        return "encoding " + " ".join(f"{label}p" for label in stage.rungs) + watch
    if stage.error:
        return f"waiting: {stage.error}"
    return "looking into the film" if stage.working else "waiting for a worker"


def _speed(stage: Stage) -> str:
    return f"{stage.speed:.2f}×" if stage.speed else ""
