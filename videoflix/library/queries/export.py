"""The library as a whole: read line by line, and its words changed many at once."""

from collections.abc import Mapping, Sequence

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.library.models import EncodeState, Exported, VideoText

SQL = Queries("export")


async def page(connection: Connection, base_url: str, after: int, count: int) -> list[Exported]:
    """The first `count` videos whose numbers are higher than `after`."""
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
    """Until the transaction ends nobody else changes the words of these videos."""
    await connection.execute(SQL.lock, video_ids)


async def words(connection: Connection, video_ids: Sequence[int]) -> dict[int, VideoText]:
    """What is written about those of these videos that there are."""
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
