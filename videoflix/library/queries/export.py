"""The whole library: read page by page, and its metadata changed in bulk."""

from collections.abc import Mapping, Sequence

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.library.models import EncodeState, Exported, VideoText

SQL = Queries("export")


async def page(connection: Connection, base_url: str, after: int, count: int) -> list[Exported]:
    """The first `count` videos with an id above `after`."""
    return [
        Exported(
            **{
                **row,
                "status": EncodeState(row["status"]),
                "resolutions": tuple(row["resolutions"]),
                "captions": tuple(row["captions"]),
            }
        )
        for row in await connection.fetch(SQL.page, base_url, after, count)
    ]


async def lock(connection: Connection, video_ids: Sequence[int]) -> None:
    """Lock these videos until the transaction ends."""
    await connection.execute(SQL.lock, video_ids)


async def words(connection: Connection, video_ids: Sequence[int]) -> dict[int, VideoText]:
    """The metadata of those of these videos that exist."""
    rows = await connection.fetch(SQL.words, video_ids)
    return {row["id"]: VideoText(row["title"], row["description"], row["category"]) for row in rows}


async def write(connection: Connection, changed: Mapping[int, VideoText]) -> None:
    words = changed.values()
    await connection.execute(
        SQL.write,
        list(changed),
        [one.title for one in words],
        [one.description for one in words],
        [one.category for one in words],
    )
