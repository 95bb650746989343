import asyncio
import threading
from collections.abc import Awaitable, Callable

import psycopg
import pytest
from psycopg.rows import tuple_row

from tests.fixtures.threads import threads_of
from tests.viewers import ADMIN
from videoflix.db.pool import Database
from videoflix.library import search_index
from videoflix.library.adding import queue_encode
from videoflix.library.queries import search as queries
from videoflix.library.queries import videos
from videoflix.library.search import search
from videoflix.library.search_index import fill_search_index
from videoflix.settings import Settings

# From the last film to the first, while documents are updated from the first to the last.
EDIT_ALL = """
DO $$
DECLARE film bigint;
BEGIN
    FOR film IN SELECT id FROM videos ORDER BY id DESC LOOP
        UPDATE videos SET title = 'After' WHERE id = film;
        COMMIT;
    END LOOP;
END $$
"""
OUTDATED = """
SELECT count(*) FROM search_documents d JOIN videos v ON v.id = d.video_id WHERE d.title <> lower(v.title)
"""

AddFilm = Callable[..., Awaitable[int]]


@pytest.fixture
def add_film(database: Database) -> AddFilm:
    """Add a playable film and return its id."""

    async def add_film(title: str, description: str = "", category: str = "") -> int:
        async with database.transaction() as connection:
            video_id = await videos.insert(connection, title, description, category)
            await connection.execute(
                "INSERT INTO encodes (video_id, version, state, duration, published_at) "
                "VALUES ($1, 1, 'ready', 60, now())",
                video_id,
            )
        return video_id

    return add_film


async def test_better_matches_are_first(database: Database, add_film: AddFilm) -> None:
    similar = await add_film("The Haveling")
    description = await add_film("Something else", "Seen from the haven.")
    category = await add_film("Another", category="Haven")
    word = await add_film("A Safe Haven")
    longer_word = await add_film("Safe Havens")
    prefix = await add_film("Haven of Fire")
    exact = await add_film("Häven!")
    found = await search(database, ADMIN, "HAVEN", 10)
    assert found == [exact, prefix, longer_word, word, category, description, similar]
    assert await search(database, ADMIN, "HAVEN", 3) == found[:3]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Das Mädchen aus Köln", "madchen"),
        ("Das Mädchen aus Köln", "maedchen koeln"),
        ("Das Maedchen", "Mädchen"),
        ("Amélie", "amelie"),
        ("Smørrebrød", "smoerrebroed"),
        ("Casablanca", "casablnca"),
        ("Casablanca", "cassablanca"),
        ("Nosferatu", "nosfertau"),
        ("The Shining", "shinning"),
        ("Der Untergang", "untergnag"),
        ("Metropolis", "metropol"),
        ("Dr. Strangelove or: How I Learned to Stop Worrying", "stop worrying learned"),
        ("Tom &amp; Jerry", "tom & jerry"),
    ],
)
async def test_accents_and_typos_are_forgiven(database: Database, add_film: AddFilm, title: str, text: str) -> None:
    for other in ("Der Zug", "Ein Sommer", "Stromboli", "Rope"):
        await add_film(other)
    film = await add_film(title)
    assert await search(database, ADMIN, text, 10) == [film]


TITLES = (
    "Night",
    "The Night Manager",
    "A Knight's Tale",
    "Nightmare",
    "Nine Lives",
    "The Right Stuff",
    "Form and Void",
    "Notes From Home",
    "Das Boot",
    "Rope",
    "Up",
    "The Cat",
    "Act of Love",
)


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("nihgt", ["Nightmare", "The Night Manager", "Night"]),
        ("ngiht", ["Nightmare", "The Night Manager", "Night"]),
        ("inght", ["Nightmare", "The Night Manager", "Night", "The Right Stuff"]),
        ("nihg", ["Nightmare", "The Night Manager", "Night"]),
        ("nihgt mangaer", ["The Night Manager"]),
        ("nihgt manager", ["The Night Manager"]),
        ("the nihgt", ["The Night Manager", "The Cat", "The Right Stuff"]),
        ("nihgtmare", ["Nightmare"]),
        ("nightmaer", ["Nightmare", "Night", "The Night Manager", "A Knight's Tale"]),
        ("knigth", ["A Knight's Tale"]),
        ("obot", ["Das Boot"]),
        ("rpoe", ["Rope"]),
        ("form", ["Form and Void", "Notes From Home"]),
        ("cta", []),
        ("pu", []),
        ("thgin", []),
    ],
)
async def test_two_letters_in_the_wrong_order_are_forgiven(
    database: Database, add_film: AddFilm, text: str, titles: list[str]
) -> None:
    names = {await add_film(title): title for title in TITLES}
    assert [names[film] for film in await search(database, ADMIN, text, 20)] == titles


@pytest.mark.parametrize("text", ["", " ", "%", "_", "\\", "'", "%_\\", "&|!():*<->", "xyzzy", "😀"])
async def test_texts_without_a_match_find_nothing(database: Database, add_film: AddFilm, text: str) -> None:
    await add_film("Film", "What happens")
    assert await search(database, ADMIN, text, 10) == []


async def test_only_what_can_be_played_is_found(database: Database, add_film: AddFilm) -> None:
    async with database.transaction() as connection:
        waiting = await videos.insert(connection, "Film", "", "")
        await queue_encode(connection, waiting)
    playable = await add_film("Film")
    for text in ("film", "fil", "films"):
        assert await search(database, ADMIN, text, 10) == [playable]


async def test_changes_are_found_whoever_made_them(database: Database, add_film: AddFilm) -> None:
    film = await add_film("Before")
    assert await search(database, ADMIN, "before", 10) == [film]
    async with database.connection() as connection:
        await connection.execute("UPDATE videos SET title = 'After', description = 'words'")
        assert await search(database, ADMIN, "before", 10) == []
        assert await search(database, ADMIN, "after", 10) == await search(database, ADMIN, "words", 10) == [film]
        await videos.remove(connection, film)
        assert await search(database, ADMIN, "after", 10) == []
        assert await connection.fetchval("SELECT count(*) FROM search_trigrams") == 0


async def test_films_that_are_edited_while_their_documents_are_updated(database: Database) -> None:
    """Whatever comes first, the documents have the words of the films in the end."""
    count = 5000
    async with database.connection() as editing:
        add = "INSERT INTO videos (title, description, category) SELECT 'Before', '', '' FROM generate_series(1, $1)"
        await editing.execute(add, count)
        edits = asyncio.create_task(editing.execute(EDIT_ALL))
        async with database.transaction() as connection:
            await queries.update_stale(connection, count)
        await edits
        async with database.transaction() as connection:
            await queries.update_stale(connection, count)
            assert await connection.fetchval(OUTDATED) == 0


async def test_long_descriptions_are_folded_beside_the_event_loop(
    database: Database, add_film: AddFilm, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = await add_film("Film", "A description with many words. " * 150)
    threads = threads_of(monkeypatch, queries, "fold")
    async with database.transaction() as connection:
        assert await queries.update_stale(connection, 10) == 1
    assert threads
    assert threading.main_thread() not in threads
    assert await search(database, ADMIN, "description", 10) == [film]


async def test_films_that_are_deleted_while_their_documents_are_updated(
    database: Database, add_film: AddFilm
) -> None:
    """Whoever comes second waits for the first; nothing deadlocks."""
    for _ in range(5):
        films = [await add_film(f"Film {number}") for number in range(30)]
        async with database.connection() as connection:
            await asyncio.gather(
                search(database, ADMIN, "film", 50),
                search(database, ADMIN, "film", 50),
                connection.execute("DELETE FROM videos WHERE id = ANY($1::bigint[])", films),
            )
    assert await search(database, ADMIN, "film", 50) == []


async def test_a_fill_that_was_interrupted_is_continued(
    database: Database, add_film: AddFilm, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    films = [await add_film(f"Film {number}") for number in range(10)]
    monkeypatch.setattr(search_index, "BATCH", 3)
    with psycopg.connect(settings.database_url, autocommit=True, row_factory=tuple_row) as connection:
        with monkeypatch.context() as broken:
            calls = iter(range(2))
            updates = queries.updates
            broken.setattr(queries, "updates", lambda rows: (next(calls), updates(rows))[1])
            with pytest.raises((StopIteration, RuntimeError)):
                fill_search_index(connection)
        left = connection.execute("SELECT count(*) FROM search_documents WHERE is_stale").fetchone()
        assert left == (4,)
        fill_search_index(connection)
    async with database.connection() as connected:
        assert not await queries.has_stale(connected)
    found = await search(database, ADMIN, "film", 50)
    assert found == films[::-1] or set(found) == set(films)
