from datetime import UTC, datetime, timedelta

import pytest

from tests.fixtures.published import MakeUser, Publish
from tests.viewers import session_of
from videoflix.db.pool import Database
from videoflix.library.film_rows import FilmRows
from videoflix.library.queries import cards
from videoflix.watching import queries
from videoflix.watching.home import home
from videoflix.watching.models import Home, Progress, RowKind

NOW = datetime.now(UTC)


async def _home(database: Database, user_id: int) -> Home:
    return await home(database, FilmRows(database), await session_of(database, user_id), NOW)


async def _play(database: Database, user_id: int, video_id: int, position: float, ago: float = 0) -> None:
    played = Progress(position=position, duration=1000, played_at=NOW - timedelta(seconds=ago))
    key = (await session_of(database, user_id)).profile_id, video_id
    async with database.transaction() as connection:
        await queries.lock_progress(connection, {key: 1000})
        await queries.set_progress(connection, {key: played})


async def test_an_empty_library(database: Database, make_user: MakeUser) -> None:
    assert await _home(database, await make_user()) == Home(hero=None, rows=[])


async def test_rows_are_what_the_viewer_has_begun_the_list_new_films_and_categories(
    database: Database, make_user: MakeUser, publish: Publish
) -> None:
    user, other = await make_user(), await make_user("other@example.org")
    session = await session_of(database, user)
    films = [await publish(f"Film {number}") for number in range(5)]
    async with database.connection() as connection:
        for film, category in zip(films, ("Drama", "Comedy", "Comedy", "", "Comedy"), strict=True):
            await connection.execute("UPDATE videos SET category = $2 WHERE id = $1", film, category)
        await queries.add_to_list(connection, (session.profile_id, films[0]))
    await _play(database, user, films[1], 400, ago=10)
    await _play(database, user, films[2], 500, ago=5)
    await _play(database, other, films[3], 600)
    found = await _home(database, user)
    assert [(row.kind, row.category, row.total, [card.id for card in row.items]) for row in found.rows] == [
        (RowKind.CONTINUE, None, 2, [films[2], films[1]]),
        (RowKind.LIST, None, 1, [films[0]]),
        (RowKind.NEW, None, 5, films[::-1]),
        (RowKind.CATEGORY, "Comedy", 3, [films[4], films[2], films[1]]),
        (RowKind.CATEGORY, "Drama", 1, [films[0]]),
    ]
    assert found.hero and found.hero.id == films[4]
    for row in found.rows:
        for card in row.items:
            assert card.resume_at == {films[1]: 400, films[2]: 500}.get(card.id)
            assert card.in_list == (card.id == films[0])


async def test_own_films_that_are_in_no_other_row(
    database: Database, make_user: MakeUser, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "ROW_LENGTH", 2)
    monkeypatch.setattr(cards, "MAX_CATEGORIES", 1)
    user = await make_user()
    films = [await publish(f"Film {number}") for number in range(6)]
    for number, film in enumerate(films[:3]):
        await _play(database, user, film, 400, ago=number)
    async with database.connection() as connection:
        await connection.execute("UPDATE videos SET category = 'Rare' WHERE id = $1", films[5])
    found = await _home(database, user)
    assert [(row.kind, row.category, row.total, [card.id for card in row.items]) for row in found.rows] == [
        (RowKind.CONTINUE, None, 3, films[:2]),
        (RowKind.NEW, None, 6, [films[5], films[4]]),
        (RowKind.CATEGORY, "Drama", 5, [films[4], films[3]]),
    ]


async def test_films_that_cannot_be_played_are_in_no_row(
    database: Database, make_user: MakeUser, publish: Publish
) -> None:
    user, film = await make_user(), await publish()
    session = await session_of(database, user)
    await _play(database, user, film, 400)
    async with database.connection() as connection:
        await queries.add_to_list(connection, (session.profile_id, film))
        await connection.execute("DELETE FROM encodes")
    assert await _home(database, user) == Home(hero=None, rows=[])
