"""Checks a film file, copies or moves it into the data folder, and adds it: for the commands that add films."""

import asyncio
import contextlib
import os
import threading
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from msgspec import structs

from videoflix.cli import ui
from videoflix.db.pool import Connection, Database
from videoflix.encoding.probe import probe
from videoflix.errors import NotAFilm
from videoflix.library import series_editing
from videoflix.library.actions import record
from videoflix.library.adding import add_film
from videoflix.library.episodes import EpisodeName, full_title
from videoflix.library.metadata import file_name, text_of_new, title_of
from videoflix.library.models import NEW, Captions, Metadata, Origin
from videoflix.library.thumbnails import use_image
from videoflix.settings import Settings
from videoflix.storage.folders import copy_with_progress
from videoflix.storage.storage import Storage


class Transfer(Enum):
    """How a film comes into the data folder. LINK leaves it where it is, and takes no space on the same disk."""

    COPY = "copy"
    LINK = "link"
    MOVE = "move"


class _Cancelled(Exception):
    """Ends a copy in its thread."""


async def check_file(settings: Settings, film: Path) -> None:
    """Raises NotAFilm, with the file's name in the message."""
    if film.is_dir():
        raise NotAFilm(f"{film} is a folder. To add all films in it, use bin/import-folder.")
    try:
        await probe(settings.ffmpeg, settings.ffprobe, film.absolute())
    except NotAFilm as reason:
        raise NotAFilm(f"{film.name}: {reason.detail}") from None


async def add_file(
    database: Database,
    storage: Storage,
    film: Path,
    floor: int,
    *,
    transfer: Transfer = Transfer.COPY,
    metadata: Metadata,
    captions: Sequence[Captions] = (),
    episode: EpisodeName | None = None,
    image: bytes | None = None,
    origin: Origin = NEW,
) -> int:
    """Add a film that has been checked, an episode to its series, queue its encode, and return the video's id.
    Without a title it is called like its episode or its file. An `image` that has been checked becomes its thumbnail.

    `floor` is how many bytes of the disk stay free. Raises StorageUnavailable before anything is copied.
    """
    title = metadata.title or (full_title(episode) if episode else title_of(film))
    text = text_of_new(structs.replace(metadata, title=title))

    async def also(connection: Connection, video_id: int) -> None:
        await record(connection, None, "video.add", video_id, text, file=file_name(str(film)))
        if episode is not None:
            await series_editing.place(connection, None, video_id, episode)
        if image is not None:
            await use_image(connection, storage, None, video_id, image, floor)

    with storage.stage() as folder:
        staged = folder / "original"
        await _stage(storage, film, staged, floor, transfer)
        video_id = await add_film(database, storage, staged, text, beside=captions, origin=origin, also=also)
    if transfer is Transfer.MOVE:
        film.unlink()
    return video_id


async def _stage(storage: Storage, film: Path, staged: Path, floor: int, transfer: Transfer) -> None:
    """Copy or link in a thread that stops when we are cancelled: Ctrl-C does not wait for a long copy."""
    stopped = threading.Event()
    copying = asyncio.create_task(asyncio.to_thread(_copy_or_link, storage, film, staged, floor, stopped, transfer))
    try:
        await asyncio.shield(copying)
    except asyncio.CancelledError:
        stopped.set()
        await asyncio.wait({copying})
        print(f"{film.name} was not added", flush=True)
        raise


def _copy_or_link(
    storage: Storage, film: Path, staged: Path, floor: int, stopped: threading.Event, transfer: Transfer
) -> None:
    """A move within one disk makes a hard link; the first name is removed when the film is in the library. If it is a
    symbolic link, the film that it points to stays where it is, so it is copied. So is a film of another disk, or of
    another user whose files may not be linked.

    Raises StorageUnavailable before anything is copied.
    """
    if transfer is not Transfer.COPY and not film.is_symlink():
        with contextlib.suppress(OSError):
            os.link(film, staged)
            return
    size = film.stat().st_size
    storage.check_free_space(floor, size)
    with ui.progress() as display, contextlib.suppress(_Cancelled):

        def on_bytes(copied: int) -> None:
            if stopped.is_set():
                raise _Cancelled
            display.show("copying", copied / size)

        copy_with_progress(film, staged, on_bytes)
