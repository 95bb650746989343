"""Moves films from the disk to a bucket: a film is read from there when its files have left the disk."""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from videoflix.db.pool import Database
from videoflix.errors import NotReady
from videoflix.storage import moving_queries, names
from videoflix.storage.disk_errors import translate_disk_errors
from videoflix.storage.models import Version
from videoflix.storage.moving import CHANGED, Files, Mover, OnBytes, differs
from videoflix.storage.parallel import in_threads
from videoflix.storage.storage import Storage


class ToStore(Mover):
    """All files of a film are in the bucket, and verified, before they leave the disk."""

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
                raise differs(name)

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
