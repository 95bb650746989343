"""Searches the library by title, category and description; accents and typos are forgiven."""

from videoflix.db.pool import Connection, Database
from videoflix.library.folding import fold
from videoflix.library.queries import search as queries
from videoflix.library.search_index import update_search_index

MAX_WORDS = 8


async def search(database: Database, text: str, count: int) -> list[int]:
    """The ids of at most `count` playable videos, best first.

    First the title itself, then titles that begin with the text, words of titles, words of categories and
    descriptions, and similar titles.
    """
    folded = " ".join(fold(text).split()[:MAX_WORDS])
    if not folded:
        return []
    await update_search_index(database)
    async with database.connection() as connection:
        return await _search(connection, folded, count)


async def _search(connection: Connection, folded: str, count: int) -> list[int]:
    found: dict[int, None] = {}
    for find in (queries.with_title, queries.with_title_words, queries.with_words, queries.similar):
        found |= dict.fromkeys(await find(connection, folded, count))
        if len(found) >= count:
            break
    return list(found)[:count]
