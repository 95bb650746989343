"""Sessions are cached for some seconds; those in use are looked up together before they expire from the cache."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from tests.fixtures.services import Services
from videoflix.accounts.guard import Guard
from videoflix.accounts.models import Session
from videoflix.accounts.queries import sessions, users
from videoflix.accounts.tokens import Token
from videoflix.db.pool import Connection, Database
from videoflix.errors import DatabaseUnavailable

FIND = sessions.find_active


@pytest.fixture
async def tokens(database: Database) -> list[Token]:
    """Tokens of two sessions."""
    expires_at = datetime.now(UTC) + timedelta(hours=1)
    async with database.connection() as connection:
        user = await users.insert_admin(connection, "ada@example.org", "")
        made = [Token(user_id=user.id, session_id=uuid4(), expires_at=expires_at) for _ in range(2)]
        for token in made:
            assert await sessions.insert(connection, token.session_id, user, expires_at, "", "")
    return made


@pytest.fixture
async def guard(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Guard]:
    """Its cache expires fast."""
    monkeypatch.setattr("videoflix.accounts.guard.CACHE_SECONDS", 0.2)
    running = Guard(database)
    task = asyncio.create_task(running.keep_fresh())
    yield running
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_sessions_in_use_are_looked_up_with_one_query(
    guard: Guard, tokens: list[Token], monkeypatch: pytest.MonkeyPatch
) -> None:
    together = asyncio.Event()

    async def find(connection: Connection, session_ids: Sequence[UUID]) -> dict[UUID, Session]:
        if sorted(session_ids) == sorted(token.session_id for token in tokens):
            together.set()
        return await FIND(connection, session_ids)

    monkeypatch.setattr(sessions, "find_active", find)
    for token in tokens:
        assert await guard.admit(token, datetime.now(UTC))
    async with asyncio.timeout(30):
        await together.wait()


async def test_a_session_in_use_that_another_process_ends_is_refused(
    guard: Guard, tokens: list[Token], database: Database
) -> None:
    for token in tokens:
        assert await guard.admit(token, datetime.now(UTC))
    async with database.connection() as connection:
        await sessions.revoke(connection, tokens[0].session_id)
    async with asyncio.timeout(30):
        while await guard.admit(tokens[0], datetime.now(UTC)):
            await asyncio.sleep(0.02)
    assert await guard.admit(tokens[1], datetime.now(UTC))


async def test_a_session_that_this_process_ends_is_refused_at_once(
    guard: Guard, tokens: list[Token], database: Database
) -> None:
    assert await guard.admit(tokens[0], datetime.now(UTC))
    async with database.connection() as connection:
        await sessions.revoke(connection, tokens[0].session_id)
    guard.forget(tokens[0].session_id)
    assert await guard.admit(tokens[0], datetime.now(UTC)) is None


async def test_sessions_are_found_again_after_the_database_was_away(
    guard: Guard, tokens: list[Token], restartable_services: Services
) -> None:
    assert await guard.admit(tokens[0], datetime.now(UTC))
    restartable_services.stop("postgres")
    with pytest.raises(DatabaseUnavailable):
        async with asyncio.timeout(30):
            while await guard.admit(tokens[0], datetime.now(UTC)):
                await asyncio.sleep(0.02)
    restartable_services.start_postgres()
    async with asyncio.timeout(30):
        while True:
            with suppress(DatabaseUnavailable):
                assert await guard.admit(tokens[0], datetime.now(UTC))
                return
            await asyncio.sleep(0.02)


async def test_the_time_of_the_last_request_is_recorded_once_a_minute(
    tokens: list[Token], database: Database
) -> None:
    ids = [token.session_id for token in tokens]
    async with database.connection() as connection:
        old = datetime.now(UTC) - timedelta(minutes=2)
        await connection.execute("UPDATE sessions SET last_seen_at = $1 WHERE id = $2", old, ids[0])
        before = await connection.fetchval("SELECT last_seen_at FROM sessions WHERE id = $1", ids[1])
        assert set(await sessions.find_active(connection, ids)) == set(ids)
        seen = {row["id"]: row["last_seen_at"] for row in await connection.fetch("SELECT * FROM sessions")}
    assert seen[ids[0]] > old
    assert seen[ids[1]] == before
