"""Moves films between the disk and a bucket, one after the other, while they are watched.

Nothing is remembered: what is at its new place is found there. Whatever a kill interrupts, the film can be read, and
the next run goes on. A film that is being encoded is left for that run.
"""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from videoflix.db.pool import Database
from videoflix.errors import NotReady, StoreUnavailable
from videoflix.storage import moving_queries, names
from videoflix.storage import queries as rows
from videoflix.storage.both import BothStorage
from videoflix.storage.models import StoredVideo, Version
from videoflix.storage.parallel import in_threads
from videoflix.storage.storage import Storage

CHANGED = "It has changed meanwhile."

# The sizes of files by their names.
Files = dict[str, int]
# Called with the number of bytes of each file that is at its new place.
OnBytes = Callable[[int], None]


class Film(Struct, frozen=True):
    """A film that is to be moved: its number of files and their bytes."""

    video: StoredVideo
    count: int
    bytes: int


class Plan(Struct, frozen=True):
    """What is to be moved of all videos, those that may change and are left, the number of uploads at the old place,
    and that of files and folders there which belong to no video."""

    videos: list[StoredVideo]
    films: list[Film]
    busy: list[StoredVideo]
    uploads: int
    strangers: int

    @property
    def bytes(self) -> int:
        return sum(film.bytes for film in self.films)


class Mover(ABC):
    """One direction. The methods that are not coroutines block: call them in a thread."""

    def __init__(self, storage: BothStorage) -> None:
        self.storage = storage
        self.disk, self.store = storage.disk, storage.store
        # Set to end the copying in its threads.
        self.stopped = threading.Event()

    @property
    @abstractmethod
    def source(self) -> Storage:
        """Where films are moved from."""

    @abstractmethod
    async def files(self, database: Database, video_id: int, versions: Sequence[Version]) -> Files:
        """What of a film, with these versions, is not at its new place. Raises DatabaseUnavailable,
        StorageUnavailable."""

    @abstractmethod
    async def move(self, database: Database, video_id: int, files: Files, on_bytes: OnBytes) -> None:
        """Copy a film, verify it and switch. Raises NotReady if it has changed meanwhile, FileNotFoundError,
        DatabaseUnavailable, StorageUnavailable."""

    def listed(self, video_id: int) -> Files:
        """What the bucket says that it has of a film. Raises StorageUnavailable."""
        original, film = names.of_video(video_id)
        return {**self.store.sizes(original), **self.store.sizes(film)}

    def in_threads(self, work: Callable[[str], None], files: Files, on_bytes: OnBytes) -> None:
        """Do something with each file, until it is stopped."""

        def one(name: str) -> None:
            if not self.stopped.is_set():
                work(name)
                on_bytes(files[name])

        in_threads(one, files)


async def plan(database: Database, mover: Mover, show: Callable[[float], None]) -> Plan:
    """Look at every film. Raises DatabaseUnavailable or StorageUnavailable."""
    async with database.connection() as connection:
        videos = await rows.videos(connection)
        versions = _by_video(await rows.versions(connection))
        busy = await moving_queries.busy(connection)
    films, left = [], []
    for number, video in enumerate(videos):
        show(number / len(videos))
        files = await mover.files(database, video.id, versions.get(video.id, []))
        if files and video.id in busy:
            left.append(video)
        elif files:
            films.append(Film(video, len(files), sum(files.values())))
    known = {name for video in videos for name in names.of_video(video.id)}
    stored = await asyncio.to_thread(
        lambda: [*mover.source.entries(names.ORIGINALS), *mover.source.entries(names.FILMS)]
    )
    uploads = await asyncio.to_thread(mover.source.entries, names.UPLOADS)
    return Plan(videos, films, left, len(uploads), len(set(stored) - known))


async def move(database: Database, mover: Mover, video_id: int, on_bytes: OnBytes) -> int:
    """Move a film. Returns how many bytes that was. Raises NotReady if it may change meanwhile or is moved by another
    process, DatabaseUnavailable, StorageUnavailable."""
    async with moving_queries.moving(database, video_id) as is_ours:
        if not is_ours:
            raise NotReady("Another command is moving it.")
        async with database.connection() as connection:
            versions = _by_video(await rows.versions(connection)).get(video_id, [])
            if await moving_queries.busy(connection, video_id):
                raise NotReady("It is being encoded.")
        try:
            files = await mover.files(database, video_id, versions)
            await mover.move(database, video_id, files, on_bytes)
        except FileNotFoundError:
            raise NotReady(CHANGED) from None
        except asyncio.CancelledError:
            mover.stopped.set()
            raise
    return sum(files.values())


def _by_video(versions: Iterable[Version]) -> dict[int, list[Version]]:
    found: dict[int, list[Version]] = defaultdict(list)
    for one in versions:
        found[one.video_id].append(one)
    return found


def differs(name: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"The storage cannot be used: it has other bytes than it was sent, or sends others ({name})."
    )
