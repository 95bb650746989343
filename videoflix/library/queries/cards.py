"""The cards of films: what lists of films show."""

from itertools import groupby
from operator import itemgetter

import asyncpg
from msgspec.structs import astuple

from videoflix.accounts.models import Viewer
from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.library.models import Card, FilmRow

SQL = Queries("cards")

ROW_LENGTH = 20
MAX_CATEGORIES = 30


async def cards(connection: Connection, viewer: Viewer, video_ids: list[int], base_url: str = "") -> list[Card]:
    """The cards of these videos in this order, without those that cannot be played or seen."""
    return [Card(**row) for row in await connection.fetch(SQL.cards, video_ids, base_url, astuple(viewer))]


async def rows(connection: Connection, viewer: Viewer, base_url: str = "") -> tuple[FilmRow, ...]:
    """The newest films that a viewer may see, then the newest of each of the largest categories."""
    found = await connection.fetch(SQL.rows, base_url, ROW_LENGTH, MAX_CATEGORIES, astuple(viewer))
    return tuple(_row(list(films)) for _, films in groupby(found, key=itemgetter("place")))


async def films(
    connection: Connection, viewer: Viewer, category: str | None, count: int, skip: int = 0
) -> tuple[list[int], int]:
    """The ids of the films of a category, or of all, newest first, and the total. The category is HTML-escaped."""
    found: list[asyncpg.Record] = (
        await connection.fetch(SQL.films, count, skip, astuple(viewer))
        if category is None
        else await connection.fetch(SQL.films_of_category, count, skip, astuple(viewer), category)
    )
    return [row["id"] for row in found], found[0]["total"] if found else 0


async def titles(connection: Connection, viewer: Viewer, category: str, count: int) -> dict[int, str]:
    """The titles of the films of a category by id, newest first, all HTML-escaped."""
    found = await connection.fetch(SQL.films_of_category, count, 0, astuple(viewer), category)
    return {row["id"]: row["title"] for row in found}


def _row(films: list[asyncpg.Record]) -> FilmRow:
    category = films[0]["category"] if films[0]["place"] else None
    cards = (Card(**{name: film[name] for name in Card.__struct_fields__}) for film in films)
    return FilmRow(category, films[0]["films"], tuple(cards))
