import signal

import pytest

from tests.fixtures.services import Services
from videoflix.db.pool import Database, open_database
from videoflix.errors import DatabaseUnavailable
from videoflix.settings import Settings


async def test_a_database_that_is_away_is_told_and_comes_back_by_itself(
    restartable_services: Services, database: Database
) -> None:
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT 1") == 1
    restartable_services.stop("postgres", signal.SIGKILL)
    with pytest.raises(DatabaseUnavailable):
        async with database.connection() as connection:  # a backend outlives its postmaster until it waits
            await connection.fetchval("SELECT pg_sleep(20)")
    restartable_services.start_postgres()
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_a_line_that_breaks_inside_a_query_is_the_same_error(
    restartable_services: Services, database: Database
) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with database.transaction() as connection:
            restartable_services.stop("postgres", signal.SIGKILL)
            await connection.fetchval("SELECT pg_sleep(20)")


async def test_a_wrong_query_is_a_bug_and_not_the_weather(database: Database) -> None:
    with pytest.raises(Exception, match="syntax error"):
        async with database.connection() as connection:
            await connection.fetchval("SELEKT 1")


async def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO videos (title, description, category) VALUES ('', '', '')")
            raise ZeroDivisionError
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM videos") == 0


async def test_a_full_pool_is_told_and_not_waited_for_for_ever(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await open_database(settings, most=1)
    async with database.connection():
        monkeypatch.setattr("videoflix.db.pool.CONNECT_SECONDS", 0.2)
        with pytest.raises(DatabaseUnavailable):
            async with database.connection():
                pass
    await database.close()
