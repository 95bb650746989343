"""The cards of films: what lists of films show."""

import asyncpg
from msgspec.structs import astuple

from videoflix.accounts.models import Viewer
from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.library.models import Card, FilmRow

SQL = Queries("cards")

ROW_LENGTH = 20
MAX_CATEGORIES = 30


async def cards(
    connection: Connection, viewer: Viewer, video_ids: list[int], base_url: str = "", *, whole_series: bool = False
) -> list[Card]:
    """The cards of these videos in this order, without those that cannot be played or seen. With `whole_series`, each
    episode stands for its series."""
    rows = await connection.fetch(SQL.cards, video_ids, base_url, astuple(viewer), whole_series)
    return [Card(**row) for row in rows]


async def rows(connection: Connection, viewer: Viewer, base_url: str = "") -> tuple[FilmRow, ...]:
    """The newest films and series that a viewer may see, then the newest of each of the largest categories."""
    found = await connection.fetch(SQL.rows, ROW_LENGTH, MAX_CATEGORIES, astuple(viewer))
    ids = list(dict.fromkeys(video_id for row in found for video_id in row["ids"]))
    known = {card.id: card for card in await cards(connection, viewer, ids, base_url, whole_series=True)}
    return tuple(
        FilmRow(row["category"], row["films"], tuple(known[one] for one in row["ids"] if one in known))
        for row in found
    )


async def films(
    connection: Connection, viewer: Viewer, category: str | None, count: int, skip: int = 0
) -> tuple[list[int], int]:
    """The ids of the films of a category, or of all, newest first, and the total. Of each series it is the newest
    episode. The category is HTML-escaped."""
    found: list[asyncpg.Record] = (
        await connection.fetch(SQL.films, count, skip, astuple(viewer))
        if category is None
        else await connection.fetch(SQL.films_of_category, count, skip, astuple(viewer), category)
    )
    return [row["id"] for row in found], found[0]["total"] if found else 0


async def older_of_category(connection: Connection, viewer: Viewer, video_id: int) -> int | None:
    """The film that comes after a video in its category, newest first; None if it is the oldest."""
    older: int | None = await connection.fetchval(SQL.older_of_category, video_id, astuple(viewer))
    return older
