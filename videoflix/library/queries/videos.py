"""Videos, and what clients read of them."""

from collections.abc import Mapping, Sequence

import asyncpg
from msgspec.structs import astuple

from videoflix.accounts.models import Viewer
from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.library.models import NEW, Origin, VideoText

SQL = Queries("videos")


async def insert(
    connection: Connection,
    title: str,
    description: str,
    category: str,
    original_bytes: int = 0,
    fingerprint: bytes | None = None,
    origin: Origin = NEW,
) -> int:
    words = title, description, category
    video_id: int = await connection.fetchval(
        SQL.insert, *words, original_bytes, fingerprint, origin.video_id, origin.created_at
    )
    return video_id


async def reserve_id(connection: Connection) -> int:
    """An id that no other video gets, to be inserted with."""
    video_id: int = await connection.fetchval(SQL.reserve_id)
    return video_id


async def advance_ids(connection: Connection, greatest: int) -> None:
    """Assign only ids above `greatest` from now on."""
    await connection.execute(SQL.advance_ids, greatest)


async def remove(connection: Connection, video_id: int) -> None:
    await connection.execute(SQL.remove, video_id)


async def exists(connection: Connection, video_id: int) -> bool:
    return bool(await connection.fetchval(SQL.exists, video_id))


async def known(connection: Connection, fingerprint: bytes) -> tuple[int, str] | None:
    """Id and title of the first video with this film; None if there is none."""
    row = await connection.fetchrow(SQL.known, fingerprint)
    return (row["id"], row["title"]) if row else None


async def without_fingerprint(connection: Connection) -> list[int]:
    """The videos without a fingerprint whose originals are still stored."""
    return [row["id"] for row in await connection.fetch(SQL.without_fingerprint)]


async def set_fingerprint(connection: Connection, video_id: int, fingerprint: bytes) -> None:
    await connection.execute(SQL.set_fingerprint, video_id, fingerprint)


async def lock(connection: Connection, video_id: int) -> VideoText | None:
    """Lock a video, its encodes and its original until the transaction ends. Returns its metadata; None if it is
    unknown."""
    row = await connection.fetchrow(SQL.lock, video_id)
    return VideoText(*row) if row else None


async def lock_all(connection: Connection, video_ids: Sequence[int]) -> dict[int, VideoText]:
    """The same for several videos; without those that are unknown."""
    return _texts(await connection.fetch(SQL.lock_all, video_ids))


async def metadata_of(connection: Connection, video_ids: Sequence[int]) -> dict[int, VideoText]:
    """The metadata of those of these videos that exist, without a lock."""
    return _texts(await connection.fetch(SQL.metadata_of, video_ids))


async def edit(connection: Connection, changed: Mapping[int, VideoText]) -> None:
    """Write the metadata of these videos."""
    words = changed.values()
    await connection.execute(
        SQL.edit,
        list(changed),
        [one.title for one in words],
        [one.description for one in words],
        [one.category for one in words],
    )


async def was_any_ever_added(connection: Connection) -> bool:
    return bool(await connection.fetchval(SQL.was_any_ever_added))


async def original_is_gone(connection: Connection, video_id: int) -> bool:
    """Whether the original was removed; this does not change while the video is locked."""
    return bool(await connection.fetchval(SQL.original_is_gone, video_id))


async def release_original(connection: Connection, video_id: int) -> bool:
    """Returns whether nothing needs the original any more; if so, the row says from now on that it is removed.

    Needs a transaction: the lock prevents that somebody queues work for the original at the same time.
    """
    await lock(connection, video_id)
    return bool(await connection.fetchval(SQL.release_original, video_id))


async def with_original(connection: Connection) -> list[int]:
    return [row["id"] for row in await connection.fetch(SQL.with_original)]


async def is_visible(connection: Connection, viewer: Viewer, video_id: int) -> bool:
    """Whether a viewer may see a video, playable or not."""
    return bool(await connection.fetchval(SQL.is_visible, astuple(viewer), video_id))


async def listing(connection: Connection, base_url: str, viewer: Viewer) -> str:
    """The list as JSON text, as the API returns it."""
    text: str = await connection.fetchval(SQL.listing, base_url, astuple(viewer))
    return text


async def detail(connection: Connection, video_id: int, base_url: str, viewer: Viewer) -> str | None:
    """One video as JSON text; None if it is unknown, or not visible to this viewer."""
    text: str | None = await connection.fetchval(SQL.detail, video_id, base_url, astuple(viewer))
    return text


def _texts(rows: Sequence[asyncpg.Record]) -> dict[int, VideoText]:
    return {row["id"]: VideoText(row["title"], row["description"], row["category"]) for row in rows}
