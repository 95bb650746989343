"""Finds orphans: files without a row in the database, left behind by a crash between a commit and the removal.

Files are stored before their rows are inserted, and removed after their rows are deleted. So the disk is read before
the database, and recent files are skipped: their rows may not be committed yet.
"""

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from videoflix.db.pool import Database
from videoflix.storage import queries as rows
from videoflix.storage.local import Storage
from videoflix.storage.staging import last_change

# A row is committed milliseconds after its file; an hour leaves room for clocks that differ.
ORPHAN_SECONDS = 3600.0


class Orphan(Struct, frozen=True):
    """A file or folder that nothing needs, and the reason."""

    path: Path
    reason: str


async def orphans(database: Database, storage: Storage) -> list[Orphan]:
    """Orphaned originals, films and versions. Raises DatabaseUnavailable.

    Ids that the database has never assigned are skipped, as are versions after the newest it knows: these films may
    belong to another database, or be newer than the backup that this one was restored from.
    """
    originals, films, versions = await asyncio.to_thread(_stored, storage)
    async with database.connection() as connection:
        known = {one.id: one for one in await rows.videos(connection)}
        expected = {(one.video_id, one.version): one for one in await rows.versions(connection)}
        last = await rows.last_video_id(connection)
    found = [
        Orphan(path, "its video was deleted")
        for path in (*originals, *films)
        if int(path.name) not in known and int(path.name) <= last
    ]
    found += [
        Orphan(path, "the film is complete, and originals are not kept")
        for path in originals
        if int(path.name) in known and known[int(path.name)].original_bytes is None
    ]
    newest = dict(sorted(expected))
    for path in versions:
        video_id, number = int(path.parent.name), int(path.name)
        version = expected.get((video_id, number))
        if version is None and number < newest.get(video_id, 0):
            found.append(Orphan(path, "its version was replaced"))
        elif version and version.is_settled:
            found.append(Orphan(storage.audio(video_id, number, 0), "the film is complete, and contains this audio"))
    return await old_enough(found)


async def unknown_files(database: Database, storage: Storage) -> list[Path]:
    """Files and folders among the originals and films whose names are not ids that this database has assigned, and
    versions of films that are newer than those it knows."""
    everything = await asyncio.to_thread(lambda: [*storage.originals(), *storage.films()])
    _, _, versions = await asyncio.to_thread(_stored, storage)
    async with database.connection() as connection:
        last = await rows.last_video_id(connection)
        known = {one.id for one in await rows.videos(connection)}
        newest = dict(sorted((one.video_id, one.version) for one in await rows.versions(connection)))
    ours = {path for path in _numbered(everything) if int(path.name) <= last}
    unknown = [path for path in everything if path not in ours]
    unknown += [
        path
        for path in versions
        if int(path.parent.name) in known and int(path.name) > newest.get(int(path.parent.name), 0)
    ]
    return [one.path for one in await old_enough(Orphan(path, "") for path in unknown)]


async def old_enough(found: Iterable[Orphan]) -> list[Orphan]:
    """Those that exist and have not changed for ORPHAN_SECONDS."""
    return await asyncio.to_thread(lambda: [one for one in found if _is_old(one.path)])


def _stored(storage: Storage) -> tuple[list[Path], list[Path], list[Path]]:
    """The originals, the films, and the versions of the films."""
    films = _numbered(storage.films())
    versions = [path for film in films for path in _numbered(film.glob("*/"))]
    return _numbered(storage.originals()), films, versions


def _numbered(paths: Iterable[Path]) -> list[Path]:
    """Those whose name is a valid id."""
    return [path for path in paths if path.name.isascii() and path.name.isdecimal() and path.name[0] != "0"]


def _is_old(path: Path) -> bool:
    try:
        return time.time() - last_change(path) > ORPHAN_SECONDS
    except FileNotFoundError:
        return False
