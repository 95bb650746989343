"""The documents of the search: how videos become documents, and which documents match."""

import asyncio
from collections.abc import Iterable
from typing import Any

import asyncpg
from msgspec.structs import astuple

from videoflix.accounts.models import Viewer
from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.library.folding import fold, trigrams

SQL = Queries("search")

# Titles that are compared for one word, and the most titles that a trigram is compared in.
MAX_COMPARED, MAX_OF_TRIGRAM = 1000, 500
# The part of the trigrams of a search that a similar title has.
SIMILARITY = 0.4
# Words from this length on may be the beginning of a longer one.
MIN_PREFIX = 2
# Sorts after every other character.
LAST = "\U0010ffff"

Statement = tuple[str, tuple[Any, ...]]


async def has_stale(connection: Connection) -> bool:
    return bool(await connection.fetchval(SQL.has_stale))


async def update_stale(connection: Connection, most: int) -> int:
    """Update at most `most` documents, in a transaction; the number of those that were updated."""
    ids = _ids(await connection.fetch(SQL.lock_stale, most))
    texts = await connection.fetch(SQL.of_videos, ids)
    for statement, values in await asyncio.to_thread(updates, [tuple(row) for row in texts]):
        await connection.execute(statement, *values)
    return len(ids)


def updates(videos: Iterable[tuple[int, str, str, str]]) -> list[Statement]:
    """The statements that update the documents of these videos: id, title, description and category of each."""
    ids, titles, words = [], [], []
    grams: list[tuple[str, int]] = []
    for video_id, title, description, category in videos:
        ids.append(video_id)
        titles.append(fold(title))
        words.append(" ".join({*titles[-1].split(), *fold(category).split(), *fold(description).split()}))
        grams.extend((gram, video_id) for gram in trigrams(titles[-1]))
    return [
        (SQL.set_documents, (ids, titles, words)),
        (SQL.remove_trigrams, (ids,)),
        (SQL.insert_trigrams, ([gram for gram, _ in grams], [video_id for _, video_id in grams])),
    ]


async def with_title(connection: Connection, viewer: Viewer, folded: str, count: int) -> list[int]:
    """Videos whose title is this text or begins with it; the shortest titles first."""
    return _ids(await connection.fetch(SQL.with_title, folded, folded + LAST, count, astuple(viewer)))


async def with_title_words(connection: Connection, viewer: Viewer, folded: str, count: int) -> list[int]:
    """Videos whose titles have the words of a text, or longer words that begin so; newest first."""
    return _ids(await connection.fetch(SQL.with_title_words, _query(folded), count, MAX_COMPARED, astuple(viewer)))


async def with_words(connection: Connection, viewer: Viewer, folded: str, count: int) -> list[int]:
    """The same, for the words of titles, categories and descriptions together."""
    return _ids(await connection.fetch(SQL.with_words, _query(folded), count, MAX_COMPARED, astuple(viewer)))


async def with_spellings(connection: Connection, viewer: Viewer, spellings: list[list[str]], count: int) -> list[int]:
    """The same as for titles, if each word may be any of its spellings."""
    query = _spelled(spellings)
    if query is None:
        return []
    return _ids(await connection.fetch(SQL.with_title_words, query, count, MAX_COMPARED, astuple(viewer)))


async def similar(connection: Connection, viewer: Viewer, folded: str, count: int) -> list[int]:
    """Videos whose titles have many of the trigrams of a text, most similar first."""
    values = (list(trigrams(folded)), count, SIMILARITY, MAX_OF_TRIGRAM, astuple(viewer))
    return _ids(await connection.fetch(SQL.similar, *values))


async def all_with_words(connection: Connection, folded: str) -> list[int]:
    """All videos with the words of a text, playable or not."""
    return _ids(await connection.fetch(SQL.all_with_words, _query(folded)))


async def all_with_spellings(connection: Connection, spellings: list[list[str]]) -> list[int]:
    query = _spelled(spellings)
    return [] if query is None else _ids(await connection.fetch(SQL.all_with_title_words, query))


async def all_similar(connection: Connection, folded: str) -> list[int]:
    return _ids(await connection.fetch(SQL.all_similar, list(trigrams(folded)), SIMILARITY, MAX_OF_TRIGRAM))


def _spelled(spellings: list[list[str]]) -> str | None:
    """A tsquery for any spelling of each word; None if none has another spelling."""
    if all(len(forms) == 1 for forms in spellings):
        return None
    return " & ".join(f"({' | '.join(map(_term, forms))})" for forms in spellings)


def _query(folded: str) -> str:
    """A tsquery."""
    return " & ".join(map(_term, folded.split()))


def _term(word: str) -> str:
    """A word of a tsquery. Folded words consist of letters and digits, so they need no escaping."""
    return f"'{word}'{':*' if len(word) >= MIN_PREFIX else ''}"


def _ids(rows: list[asyncpg.Record]) -> list[int]:
    return [row["video_id"] for row in rows]
