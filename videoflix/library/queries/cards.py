"""The cards of films: what lists of films show."""

from collections import defaultdict

import asyncpg

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.library.models import Card, FilmRow

SQL = Queries("cards")

ROW_LENGTH = 20
MAX_CATEGORIES = 30


async def cards(connection: Connection, video_ids: list[int], base_url: str = "") -> list[Card]:
    """The cards of these videos in this order, without those that cannot be played."""
    return [Card(**row) for row in await connection.fetch(SQL.cards, video_ids, base_url)]


async def rows(connection: Connection, base_url: str = "") -> tuple[FilmRow, ...]:
    """The newest films, then the newest of each of the largest categories."""
    newest: list[Card] = []
    categories: defaultdict[int, list[Card]] = defaultdict(list)
    totals: dict[int, int] = {}
    for row in await connection.fetch(SQL.rows, base_url, ROW_LENGTH, MAX_CATEGORIES):
        card = Card(**{name: row[name] for name in Card.__struct_fields__})
        totals[0] = row["films"]
        if row["newest"] <= ROW_LENGTH:
            newest.append(card)
        if row["category_place"] is not None and row["place"] <= ROW_LENGTH:
            categories[row["category_place"]].append(card)
            totals[row["category_place"]] = row["of_category"]
    found = [FilmRow(None, totals[0], tuple(newest))] if newest else []
    found += [FilmRow(films[0].category, totals[place], tuple(films)) for place, films in sorted(categories.items())]
    return tuple(found)


async def films(connection: Connection, category: str | None, count: int, skip: int = 0) -> tuple[list[int], int]:
    """The ids of the films of a category, or of all, newest first, and the total. The category is HTML-escaped."""
    found: list[asyncpg.Record] = await connection.fetch(SQL.films, category, count, skip)
    return [row["id"] for row in found], found[0]["total"] if found else 0


async def titles(connection: Connection, category: str, count: int) -> dict[int, str]:
    """The titles of the films of a category by id, newest first, all HTML-escaped."""
    found = await connection.fetch(SQL.films, category, count, 0)
    return {row["id"]: row["title"] for row in found}
