"""Files that no row knows any more: what is left when a crash comes between the end of rows and that of their files.

Files come before their rows and go after them. So the disk is read before the rows, and what is young is left alone:
it may be on its way.
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

# From a file's arrival to the commit of its row pass milliseconds; an hour is for clocks that differ.
ORPHAN_SECONDS = 3600.0


class Orphan(Struct, frozen=True):
    """Something that is ours, and that nothing needs."""

    path: Path
    why: str


async def orphans(database: Database, storage: Storage) -> list[Orphan]:
    """Originals, films and versions. Raises DatabaseUnavailable.

    A number that was never given out proves nothing: these films may belong to another database, or be younger than
    the backup that this one was restored from.
    """
    originals, films, versions = await asyncio.to_thread(_lying, storage)
    async with database.connection() as connection:
        known = {one.id: one for one in await rows.videos(connection)}
        wanted = {(one.video_id, one.version): one for one in await rows.versions(connection)}
        last = await rows.last_video(connection)
    found = [
        Orphan(path, "its video was deleted")
        for path in (*originals, *films)
        if int(path.name) not in known and int(path.name) <= last
    ]
    found += [
        Orphan(path, "its film is complete, and the original was given up")
        for path in originals
        if int(path.name) in known and known[int(path.name)].original_bytes is None
    ]
    for path in versions:
        video_id, number = int(path.parent.name), int(path.name)
        version = wanted.get((video_id, number))
        if version is None and video_id in known:
            found.append(Orphan(path, "its version was replaced"))
        elif version and version.is_settled:
            found.append(Orphan(storage.audio(video_id, number, 0), "the film is complete, and holds this sound"))
    return await old_enough(found)


async def strangers(database: Database, storage: Storage) -> list[Path]:
    """What lies among the films and was never ours, as far as this database knows."""
    everything = await asyncio.to_thread(lambda: [*storage.originals(), *storage.films()])
    async with database.connection() as connection:
        last = await rows.last_video(connection)
    ours = {path for path in _numbered(everything) if int(path.name) <= last}
    return [one.path for one in await old_enough(Orphan(path, "") for path in everything if path not in ours)]


async def old_enough(found: Iterable[Orphan]) -> list[Orphan]:
    """Those that are there, and were left alone for long."""
    return await asyncio.to_thread(lambda: [one for one in found if _is_old(one.path)])


def _lying(storage: Storage) -> tuple[list[Path], list[Path], list[Path]]:
    """The originals, the films, and the versions of these."""
    films = _numbered(storage.films())
    versions = [path for film in films for path in _numbered(film.glob("*/"))]
    return _numbered(storage.originals()), films, versions


def _numbered(paths: Iterable[Path]) -> list[Path]:
    """Those with a name that we may have given."""
    return [path for path in paths if path.name.isascii() and path.name.isdecimal() and path.name[0] != "0"]


def _is_old(path: Path) -> bool:
    try:
        return time.time() - last_change(path) > ORPHAN_SECONDS
    except FileNotFoundError:
        return False
