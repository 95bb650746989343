import signal

import asyncpg
import pytest

from tests.fixtures.services import Services
from videoflix.db.pool import Database, open_database
from videoflix.errors import DatabaseUnavailable
from videoflix.settings import Settings


async def test_an_unavailable_database_is_reported_and_used_again_later(
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


async def test_a_connection_that_breaks_during_a_query_is_the_same_error(
    restartable_services: Services, database: Database
) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with database.transaction() as connection:
            restartable_services.stop("postgres", signal.SIGKILL)
            await connection.fetchval("SELECT pg_sleep(20)")


async def test_a_wrong_query_does_not_count_as_an_unavailable_database(database: Database) -> None:
    with pytest.raises(Exception, match="syntax error"):
        async with database.connection() as connection:
            await connection.fetchval("SELEKT 1")


async def test_a_query_with_too_few_arguments_is_a_mistake_of_ours(database: Database) -> None:
    """asyncpg raises the same error for a closed connection."""
    with pytest.raises(asyncpg.InterfaceError):
        async with database.connection() as connection:
            await connection.fetchval("SELECT $1::int")


async def test_a_failed_transaction_is_rolled_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO videos (title, description, category) VALUES ('', '', '')")
            raise ZeroDivisionError
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM videos") == 0


async def test_waiting_for_a_full_pool_ends_with_an_error(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await open_database(settings, most=1)
    async with database.connection():
        monkeypatch.setattr("videoflix.db.pool.CONNECT_SECONDS", 0.2)
        with pytest.raises(DatabaseUnavailable):
            async with database.connection():
                pass
    await database.close()
