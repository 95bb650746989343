"""Moves films from a bucket to the disk: a file is read from there as soon as it is complete."""

import asyncio
import os
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from videoflix.db.pool import Connection, Database
from videoflix.durable import sync
from videoflix.errors import NotReady
from videoflix.storage import moving_queries, names
from videoflix.storage import queries as rows
from videoflix.storage.disk_errors import translate_disk_errors
from videoflix.storage.models import Version
from videoflix.storage.moving import CHANGED, Files, Mover, OnBytes, differs
from videoflix.storage.storage import Storage

# How long objects stay after their film was copied to the disk, in seconds and beside SIGNED_LIFETIME: players may
# have their addresses, which are valid for the duration of the film and two hours.
KEPT_SECONDS = 86_400.0


class ToDisk(Mover):
    """The objects stay: players may have their addresses."""

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
                raise differs(name)
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


async def remove_copies(database: Database, mover: ToDisk, video_id: int, seconds: float) -> int:
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
