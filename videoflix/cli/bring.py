"""A film's way from where it lies into the data folder, as add-video and import-folder take it."""

import asyncio
import contextlib
import os
import threading
from collections.abc import Sequence
from pathlib import Path

from videoflix.cli.follow import display
from videoflix.db.pool import Database
from videoflix.library.adding import add_film
from videoflix.library.models import Captions
from videoflix.storage.local import Storage


class _Stopped(Exception):
    """Leads out of a copy that nobody wants any more."""


async def bring_in(
    database: Database,
    storage: Storage,
    film: Path,
    floor: int,
    *,
    move: bool,
    title: str,
    description: str,
    category: str,
    subtitles: Sequence[Captions] = (),
) -> int:
    """Take a film in that was found to be one, and queue its encode; the video's id. Raises StorageUnavailable before
    anything is copied."""
    with storage.stage() as folder:
        staged = folder / "original"
        await _fetch(storage, film, staged, floor, move=move)
        video_id = await add_film(
            database,
            storage,
            staged,
            title=title,
            description=description,
            category=category,
            subtitles=subtitles,
        )
    if move:
        film.unlink()
    return video_id


async def _fetch(storage: Storage, film: Path, staged: Path, floor: int, *, move: bool) -> None:
    """In a thread, which ends with us: somebody who presses Ctrl-C does not wait for a long copy."""
    stopped = threading.Event()
    bringing = asyncio.create_task(asyncio.to_thread(_take, storage, film, staged, floor, stopped, move=move))
    try:
        await asyncio.shield(bringing)
    except asyncio.CancelledError:
        stopped.set()
        await asyncio.wait({bringing})
        print(f"{film.name} was not brought in", flush=True)
        raise


def _take(storage: Storage, film: Path, staged: Path, floor: int, stopped: threading.Event, *, move: bool) -> None:
    """A move within one disk is a second name for the file; the first one goes when all is recorded.

    Raises StorageUnavailable before anything is copied.
    """
    if move:
        with contextlib.suppress(OSError):
            os.link(film.resolve(), staged)
            return
    size = film.stat().st_size
    storage.check_room(floor, size)
    with display() as shown, contextlib.suppress(_Stopped):

        def on_bytes(copied: int) -> None:
            if stopped.is_set():
                raise _Stopped
            shown.show("copying", copied / size)

        storage.bring_in(film, staged, on_bytes)
