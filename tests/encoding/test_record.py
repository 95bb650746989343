import asyncio

import pytest

from tests.fixtures.services import Services
from videoflix.db.pool import Connection, Database
from videoflix.encoding import record as recording
from videoflix.encoding.record import record
from videoflix.errors import ClaimLost, DatabaseUnavailable


async def _write(connection: Connection) -> int:
    count: int = await connection.fetchval("SELECT 42")
    return count


async def test_it_waits_for_a_database_that_is_away(
    restartable_services: Services, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    restartable_services.stop("postgres")
    waiting = asyncio.create_task(record(database, _write))
    while "is away" not in caplog.text:
        await asyncio.sleep(0.01)
    restartable_services.start_postgres()
    assert await waiting == 42


async def test_it_does_not_wait_for_ever(
    restartable_services: Services, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "RECORD_SECONDS", 0.0)
    restartable_services.stop("postgres")
    with pytest.raises(DatabaseUnavailable):
        await record(database, _write)


async def test_a_claim_that_was_lost_ends_it(database: Database) -> None:
    async def write(connection: Connection) -> None:
        raise ClaimLost

    with pytest.raises(ClaimLost):
        await record(database, write)
