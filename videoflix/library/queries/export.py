"""The whole library, read page by page."""

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.library.models import EncodeState, Exported

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
