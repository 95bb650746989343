"""Videos as rows, and what clients and delivery read of them."""

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.library.models import VideoText

SQL = Queries("videos")


async def insert(
    connection: Connection,
    title: str,
    description: str,
    category: str,
    original_bytes: int = 0,
    fingerprint: bytes | None = None,
) -> int:
    video_id: int = await connection.fetchval(SQL.insert, title, description, category, original_bytes, fingerprint)
    return video_id


async def remove(connection: Connection, video_id: int) -> None:
    await connection.execute(SQL.remove, video_id)


async def exists(connection: Connection, video_id: int) -> bool:
    return bool(await connection.fetchval(SQL.exists, video_id))


async def known(connection: Connection, fingerprint: bytes) -> tuple[int, str] | None:
    """Id and title of the first video that has this film; None if there is none."""
    row = await connection.fetchrow(SQL.known, fingerprint)
    return (row["id"], row["title"]) if row else None


async def without_fingerprint(connection: Connection) -> list[int]:
    """Those whose originals could tell."""
    return [row["id"] for row in await connection.fetch(SQL.without_fingerprint)]


async def set_fingerprint(connection: Connection, video_id: int, fingerprint: bytes) -> None:
    await connection.execute(SQL.set_fingerprint, video_id, fingerprint)


async def lock(connection: Connection, video_id: int) -> VideoText | None:
    """Until the transaction ends nobody else decides what becomes of this video and its encodes. What is said of it;
    None if it is unknown."""
    row = await connection.fetchrow(SQL.lock, video_id)
    return VideoText(*row) if row else None


async def edit(connection: Connection, video_id: int, words: VideoText) -> None:
    await connection.execute(SQL.edit, video_id, words.title, words.description, words.category)


async def was_any_ever_added(connection: Connection) -> bool:
    return bool(await connection.fetchval(SQL.was_any_ever_added))


async def original_is_gone(connection: Connection, video_id: int) -> bool:
    """Whether its original was removed; under `lock` it stays what it is."""
    return bool(await connection.fetchval(SQL.original_is_gone, video_id))


async def release_original(connection: Connection, video_id: int) -> bool:
    """Whether nothing needs the original of a video any more; from now on the row says that it is gone.

    Needs a transaction: the lock makes sure that nobody queues work for the original at the same time.
    """
    await lock(connection, video_id)
    return bool(await connection.fetchval(SQL.release_original, video_id))


async def with_original(connection: Connection) -> list[int]:
    return [row["id"] for row in await connection.fetch(SQL.with_original)]


async def listing(connection: Connection, base_url: str) -> str:
    """The list as JSON text, as the contract has it."""
    text: str = await connection.fetchval(SQL.listing, base_url)
    return text


async def detail(connection: Connection, video_id: int, base_url: str, *, for_admin: bool) -> str | None:
    """One video as JSON text; None if it is unknown or this reader may not know of it yet."""
    text: str | None = await connection.fetchval(SQL.detail, video_id, base_url, for_admin)
    return text
