"""Searches the library by title, category and description; accents and typos are forgiven."""

from functools import partial

from videoflix.accounts.models import Viewer
from videoflix.db.pool import Connection, Database
from videoflix.library.folding import fold, spellings
from videoflix.library.queries import search as queries
from videoflix.library.search_index import update_search_index

MAX_WORDS = 8


async def search(database: Database, viewer: Viewer, text: str, count: int) -> list[int]:
    """The ids of at most `count` playable videos that a viewer may see, best first.

    First the title itself, then titles that begin with the text, words of titles, words of categories and
    descriptions, words of titles with two letters in the wrong order, and similar titles.
    """
    folded = " ".join(fold(text).split()[:MAX_WORDS])
    if not folded:
        return []
    await update_search_index(database)
    async with database.connection() as connection:
        return await _search(connection, viewer, folded, spellings(text)[:MAX_WORDS], count)


async def search_all(database: Database, text: str) -> list[int]:
    """The ids of all videos that match a text, for administrators: also those that cannot be played. Typos are
    forgiven if nothing else matches. In no order."""
    folded = " ".join(fold(text).split()[:MAX_WORDS])
    if not folded:
        return []
    await update_search_index(database)
    async with database.connection() as connection:
        return (
            await queries.all_with_words(connection, folded)
            or await queries.all_with_spellings(connection, spellings(text)[:MAX_WORDS])
            or await queries.all_similar(connection, folded)
        )


async def _search(
    connection: Connection, viewer: Viewer, folded: str, spelled: list[list[str]], count: int
) -> list[int]:
    found: dict[int, None] = {}
    for find in (
        partial(queries.with_title, connection, viewer, folded),
        partial(queries.with_title_words, connection, viewer, folded),
        partial(queries.with_words, connection, viewer, folded),
        partial(queries.with_spellings, connection, viewer, spelled),
        partial(queries.similar, connection, viewer, folded),
    ):
        found |= dict.fromkeys(await find(count))
        if len(found) >= count:
            break
    return list(found)[:count]
