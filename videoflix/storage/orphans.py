"""Finds orphans: files without a row in the database, left behind by a crash between a commit and the removal.

Files are stored before their rows are inserted, and removed after their rows are deleted. So the storage is read
before the database, and recent files are skipped: their rows may not be committed yet.
"""

import asyncio
import re
import time
from collections.abc import Iterable

from msgspec import Struct

from videoflix.db.pool import Database
from videoflix.storage import names
from videoflix.storage import queries as rows
from videoflix.storage.storage import Storage

# A row is committed milliseconds after its file; an hour leaves room for clocks that differ. The age of an object
# that is sent in parts begins with the first of them, and an original may take hours.
ORPHAN_SECONDS, ORIGINAL_SECONDS = 3600.0, 86_400.0


class Orphan(Struct, frozen=True):
    """The name of a file or folder that nothing needs, and the reason."""

    name: str
    reason: str


async def orphans(database: Database, storage: Storage) -> list[Orphan]:
    """Orphaned originals, films and versions. Raises DatabaseUnavailable or StorageUnavailable.

    Ids that the database has never assigned are skipped, as are versions after the newest it knows: these films may
    belong to another database, or be newer than the backup that this one was restored from.
    """
    originals, films, versions = await asyncio.to_thread(_stored, storage)
    async with database.connection() as connection:
        known = {one.id: one for one in await rows.videos(connection)}
        expected = {(one.video_id, one.version): one for one in await rows.versions(connection)}
        last = await rows.last_video_id(connection)
    found = [
        Orphan(name, "its video was deleted")
        for name in (*originals, *films)
        if _number(name) not in known and _number(name) <= last
    ]
    found += [
        Orphan(name, "the film is complete, and originals are not kept")
        for name in originals
        if _number(name) in known and known[_number(name)].original_bytes is None
    ]
    newest = dict(sorted(expected))
    for name in versions:
        video_id, number = _video(name), _number(name)
        version = expected.get((video_id, number))
        if version is None and number < newest.get(video_id, 0):
            found.append(Orphan(name, "its version was replaced"))
        elif version and version.is_settled:
            found.append(Orphan(names.audio(video_id, number, 0), "the film is complete, and contains this audio"))
    return await old_enough(storage, found)


async def unknown_files(database: Database, storage: Storage) -> list[str]:
    """Files and folders among the originals and films whose names are not ids that this database has assigned, and
    versions of films that are newer than those it knows."""
    everything = await asyncio.to_thread(
        lambda: [*storage.entries(names.ORIGINALS), *storage.entries(names.FILMS)],
    )
    _, _, versions = await asyncio.to_thread(_stored, storage)
    async with database.connection() as connection:
        last = await rows.last_video_id(connection)
        known = {one.id for one in await rows.videos(connection)}
        newest = dict(sorted((one.video_id, one.version) for one in await rows.versions(connection)))
    ours = {name for name in _numbered(everything) if _number(name) <= last}
    unknown = [name for name in everything if name not in ours]
    unknown += [name for name in versions if _video(name) in known and _number(name) > newest.get(_video(name), 0)]
    return [one.name for one in await old_enough(storage, [Orphan(name, "") for name in unknown])]


async def old_enough(storage: Storage, found: Iterable[Orphan]) -> list[Orphan]:
    """Those that exist and have not changed for ORPHAN_SECONDS, or ORIGINAL_SECONDS."""
    return await asyncio.to_thread(lambda: [one for one in found if _is_old(storage, one.name)])


def stored_versions(storage: Storage) -> set[tuple[int, int]]:
    """The video and the number of every version of which something is stored. Raises StorageUnavailable."""
    return {(_video(name), _number(name)) for name in _stored(storage)[2]}


def stored_originals(storage: Storage) -> set[int]:
    """The videos whose originals are stored. Raises StorageUnavailable."""
    return {_number(name) for name in _numbered(storage.entries(names.ORIGINALS))}


def _stored(storage: Storage) -> tuple[list[str], list[str], list[str]]:
    """The originals, the films, and the versions of the films."""
    films = _numbered(storage.entries(names.FILMS))
    versions = [name for film in films for name in _numbered(storage.entries(film))]
    return _numbered(storage.entries(names.ORIGINALS)), films, versions


def _numbered(found: Iterable[str]) -> list[str]:
    """Those whose last part is a valid id."""
    return [name for name in found if re.fullmatch("[1-9][0-9]*", names.last(name))]


def _number(name: str) -> int:
    return int(names.last(name))


def _video(version: str) -> int:
    """The video of a version."""
    return int(version.split("/")[1])


def _is_old(storage: Storage, name: str) -> bool:
    seconds = ORIGINAL_SECONDS if name.startswith(f"{names.ORIGINALS}/") else ORPHAN_SECONDS
    try:
        return time.time() - storage.last_change(name) > seconds
    except FileNotFoundError:
        return False
