"""The whole library, read page by page."""

from msgspec import structs

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.library.models import EncodeState, Exported
from videoflix.library.queries.audience import audience_of

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
                **structs.asdict(audience_of(row)),
            }
        )
        for row in await connection.fetch(SQL.page, base_url, after, count)
    ]
