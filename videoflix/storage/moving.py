"""Moves films between the disk and a bucket, one after the other, while they are watched.

Nothing is remembered: what is at its new place is found there. Whatever a kill interrupts, the film can be read, and
the next run goes on. A film that is being encoded is left for that run.
"""

import asyncio
import os
import re
import threading
import time
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from videoflix.db.pool import Connection, Database
from videoflix.durable import sync
from videoflix.errors import NotReady, StoreUnavailable
from videoflix.storage import moving_queries, names
from videoflix.storage import queries as rows
from videoflix.storage.both import BothStorage
from videoflix.storage.disk_errors import translate_disk_errors
from videoflix.storage.models import StoredVideo, Version
from videoflix.storage.parallel import in_threads
from videoflix.storage.storage import Storage

# How long objects stay after their film was copied to the disk, in seconds and beside SIGNED_LIFETIME: players may
# have their addresses, which are valid for the duration of the film and two hours.
KEPT_SECONDS = 86_400.0
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


async def remove_copies(database: Database, mover: "ToDisk", video_id: int, seconds: float) -> int:
    """Remove the objects of a film that has been on the disk for so long. Returns how many bytes of it stay in the
    bucket. Raises DatabaseUnavailable or StorageUnavailable."""
    async with moving_queries.moving(database, video_id) as is_ours:
        copies = await asyncio.to_thread(mover.listed, video_id)
        if not copies or not is_ours or not await asyncio.to_thread(mover.is_on_disk, video_id, copies, seconds):
            return sum(copies.values())
        async with database.connection() as connection:
            if await moving_queries.busy(connection, video_id):
                return sum(copies.values())
        for name in names.of_video(video_id):
            await asyncio.to_thread(mover.store.remove, name)
    return 0


class ToStore(Mover):
    """A film is read from the bucket when its files have left the disk: then all are in the bucket, and verified."""

    @property
    def source(self) -> Storage:
        return self.disk

    async def files(self, database: Database, video_id: int, versions: Sequence[Version]) -> Files:
        return await asyncio.to_thread(self._sizes, video_id)

    async def move(self, database: Database, video_id: int, files: Files, on_bytes: OnBytes) -> None:
        before = await asyncio.to_thread(self._states, video_id)
        if before.keys() != files.keys():
            raise NotReady(CHANGED)
        others = await asyncio.to_thread(self._copy, video_id, files, on_bytes)
        with self.disk.stage() as away:
            async with database.transaction() as connection:
                if not await moving_queries.lock_video(connection, video_id):
                    await asyncio.to_thread(self._remove, video_id)
                    return
                is_same = await asyncio.to_thread(self._states, video_id) == before
                if not is_same or await moving_queries.busy(connection, video_id):
                    raise NotReady(CHANGED)
                await asyncio.to_thread(self._replace, others)
                await asyncio.to_thread(self._take_away, video_id, away)
                await moving_queries.notify(connection, video_id)

    def _sizes(self, video_id: int) -> Files:
        original, film = names.of_video(video_id)
        return {**self.disk.sizes(original), **self.disk.sizes(film)}

    def _states(self, video_id: int) -> dict[str, tuple[int, int]]:
        """What identifies the content of each file that is on the disk."""
        with translate_disk_errors():
            statuses = {name: self.disk.path(name).stat() for name in self._sizes(video_id)}
        return {name: (status.st_ino, status.st_mtime_ns) for name, status in statuses.items()}

    def _copy(self, video_id: int, files: Files, on_bytes: OnBytes) -> list[str]:
        """Send what the bucket lacks, and verify all. Returns the names under which the bucket has something else.
        It may be newer than the file, which is then about to be removed; of an original it is not, because `moving`
        is held."""
        listed = self.listed(video_id)
        others: list[str] = []

        def copy(name: str) -> None:
            if self._is_in_store(name, is_listed=name in listed):
                return
            if name == names.original(video_id):
                self._replace([name])
            else:
                others.append(name)

        self.in_threads(copy, files, on_bytes)
        return others

    def _is_in_store(self, name: str, *, is_listed: bool) -> bool:
        """Send a file if there is no such object, and compare the two. A list may be out of date, either way."""
        path = self.disk.path(name)
        try:
            if not is_listed:
                self.store.publish_new(path, name)
            return self.store.has_content(name, path)
        except FileExistsError:
            return self.store.has_content(name, path)
        except FileNotFoundError:
            self.store.publish_new(path, name)
            return self.store.has_content(name, path)

    def _replace(self, others: Iterable[str]) -> None:
        """Send files in place of other objects: what is on the disk is what viewers get."""

        def send(name: str) -> None:
            path = self.disk.path(name)
            self.store.publish(path, name)
            if not self.store.has_content(name, path):
                raise _differs(name)

        in_threads(send, others)

    def _take_away(self, video_id: int, folder: Path) -> None:
        """Remove the files from where they are read. Those that are being sent are sent to their end."""
        with translate_disk_errors():
            for number, name in enumerate(names.of_video(video_id)):
                if (path := self.disk.path(name)).exists():
                    path.rename(folder / str(number))

    def _remove(self, video_id: int) -> None:
        """What was sent of a video that was deleted meanwhile."""
        for name in names.of_video(video_id):
            self.storage.remove(name)


class ToDisk(Mover):
    """A file is read from the disk as soon as it is there. Its object stays: players may have its address."""

    @property
    def source(self) -> Storage:
        return self.store

    async def files(self, database: Database, video_id: int, versions: Sequence[Version]) -> Files:
        async with database.connection() as connection:
            promised = await _promised(connection, video_id, versions)
        return await asyncio.to_thread(self._missing, video_id, promised)

    async def move(self, database: Database, video_id: int, files: Files, on_bytes: OnBytes) -> None:
        with self.disk.stage() as folder:
            await asyncio.to_thread(self._fetch, files, folder, on_bytes)
            async with database.transaction() as connection:
                if not await moving_queries.lock_video(connection, video_id):
                    return
                is_there = await asyncio.to_thread(self._are_there, video_id, files)
                if not is_there or await moving_queries.busy(connection, video_id):
                    raise NotReady(CHANGED)
                await asyncio.to_thread(self._place, files, folder)
                await moving_queries.notify(connection, video_id)

    def is_on_disk(self, video_id: int, copies: Files, seconds: float) -> bool:
        """Whether the disk has all of these files, for so long."""
        if any(self.disk.size(name) != size for name, size in copies.items()):
            return False
        folders = {self.disk.path(name).parent for name in copies if name != names.original(video_id)}
        with translate_disk_errors():  # links, as a backup makes them, change the times of files
            changes = [folder.stat().st_mtime for folder in folders]
        return time.time() - max(changes or map(self.disk.last_change, copies)) > seconds

    def _missing(self, video_id: int, promised: set[str]) -> Files:
        """The objects without a file. A list may lack the newest ones, so what rows and cues name is looked for."""
        listed = self.listed(video_id)
        wanted = promised | {name for cues in promised if cues.endswith(names.CUES) for name in self._sheets(cues)}
        found = {name: size for name, size in listed.items() if self.disk.size(name) is None}
        for name in wanted - listed.keys():
            if self.disk.size(name) is None and (size := self.store.size(name)) is not None:
                found[name] = size
        return found

    def _sheets(self, cues: str) -> set[str]:
        """The names of the sheets of a storyboard."""
        try:
            text = self.storage.read(cues).decode()
        except FileNotFoundError:
            return set()
        return {f"{cues.rpartition('/')[0]}/{sheet}" for sheet in re.findall(r"[0-9]{3}\.jpg", text)}

    def _fetch(self, files: Files, folder: Path, on_bytes: OnBytes) -> None:
        def fetch(name: str) -> None:
            target = folder / name
            with translate_disk_errors():
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.store.fetch(name, target)
            if not self.store.has_content(name, target):
                raise _differs(name)
            with translate_disk_errors():
                target.chmod(0o600)
                sync(target)

        self.in_threads(fetch, files, on_bytes)

    def _are_there(self, video_id: int, files: Files) -> bool:
        """Whether what can be removed by itself is still in the bucket."""
        alone = {names.original(video_id), names.thumbnail_source(video_id)} & files.keys()
        return all(self.store.size(name) == files[name] for name in alone)

    def _place(self, files: Files, folder: Path) -> None:
        """A file that is on the disk by now is newer."""
        with translate_disk_errors():
            for name in files:
                target = self.disk.path(name)
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with suppress(FileExistsError):
                    os.link(folder / name, target)
            for parent in {self.disk.path(name).parent for name in files}:
                sync(parent)


async def _promised(connection: Connection, video_id: int, versions: Sequence[Version]) -> set[str]:
    """The names that the rows have of what is stored of a film."""
    found = {names.original(video_id), names.thumbnail_source(video_id)}
    for one in versions:
        place = video_id, one.version
        segments = await rows.segments(connection, one.encode_id)
        found |= {names.segment(*place, label, number) for label, number, _ in segments}
        for track, count in (await rows.audio_segments(connection, one.encode_id)).items():
            found |= {names.audio_segment(*place, track, number) for number in range(count)}
        if one.thumbnail:
            widths = names.thumbnail_widths(one.thumbnail_width)
            found |= {names.thumbnail(*place, one.thumbnail, width) for width in widths}
        if one.has_storyboard:
            found.add(names.storyboard_cues(*place))
    return found


def _by_video(versions: Iterable[Version]) -> dict[int, list[Version]]:
    found: dict[int, list[Version]] = defaultdict(list)
    for one in versions:
        found[one.video_id].append(one)
    return found


def _differs(name: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"The storage cannot be used: it has other bytes than it was sent, or sends others ({name})."
    )
