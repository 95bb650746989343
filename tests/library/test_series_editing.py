"""Episodes that are added at the same time go into one series."""

import asyncio

from tests.fixtures.locks import until_one_waits
from tests.fixtures.published import Publish
from videoflix.db.pool import Database
from videoflix.library.episodes import EpisodeName
from videoflix.library.queries import series
from videoflix.library.series_editing import place


async def test_a_series_is_created_once_although_two_episodes_arrive_together(
    database: Database, publish: Publish
) -> None:
    first, second = await publish(), await publish()

    async def add_second() -> None:
        async with database.transaction() as connection:
            await place(connection, None, second, EpisodeName(series="the SHOW!", season=1, number=1))

    async with database.transaction() as connection:
        await place(connection, None, first, EpisodeName(series="The Show", season=1, number=2, about="People."))
        waiting = asyncio.create_task(add_second())
        await until_one_waits(database)
    await waiting
    async with database.connection() as connection:
        assert [tuple(row) for row in await connection.fetch("SELECT title, description FROM series")] == [
            ("The Show", "People.")
        ]
        assert [one.id for one in await series.episodes(connection, 1)] == [second, first]
