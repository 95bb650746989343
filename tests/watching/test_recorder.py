import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tests.fixtures.locks import until_one_waits
from tests.fixtures.published import MakeUser, Publish
from tests.fixtures.services import Services
from videoflix.db.pool import Database
from videoflix.errors import DatabaseUnavailable, TooManyRequests
from videoflix.library.queries import videos
from videoflix.watching import progress, queries, recorder
from videoflix.watching.models import Report
from videoflix.watching.recorder import Recorder

FILM = 3600.0
BEGIN = datetime.now(UTC)


def _report(position: float, number: int = 1, session: str = "a") -> Report:
    at = BEGIN + timedelta(seconds=number)
    return Report(session=session, order=number, position=position, duration=FILM, at=at)


async def _position(database: Database, key: tuple[int, int]) -> float | None:
    async with database.connection() as connection:
        found = await queries.progress(connection, key)
    return found.position if found else None


async def test_reports_are_written_together_and_at_most_once_in_some_seconds(
    database: Database, make_user: MakeUser, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(recorder, "WRITE_SECONDS", 0.5)
    key = (await make_user(), await publish())
    async with database.connection() as connection:
        await connection.execute(
            "CREATE TABLE writes (at timestamptz DEFAULT clock_timestamp());"
            "CREATE FUNCTION count_write() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN INSERT INTO writes DEFAULT VALUES; RETURN NULL; END $$;"
            "CREATE TRIGGER count_write AFTER UPDATE ON watch_progress FOR EACH ROW EXECUTE FUNCTION count_write()"
        )
    reports = Recorder(database)
    task = asyncio.create_task(reports.run())
    for number in range(1, 81):
        reports.add(key, _report(number, number))
        await asyncio.sleep(0.01)
    async with asyncio.timeout(20):
        while await _position(database, key) != 80:
            await asyncio.sleep(0.02)
    task.cancel()
    async with database.connection() as connection:
        at = [row["at"] for row in await connection.fetch("SELECT at FROM writes ORDER BY at")]
    assert len(at) > 1
    assert all((later - earlier).total_seconds() > 0.45 for earlier, later in pairwise(at))


async def test_two_processes_that_write_at_once_leave_the_newest_position_and_all_that_was_seen(
    database: Database, make_user: MakeUser, publish: Publish
) -> None:
    keys = [(await make_user(f"{n}@example.org"), await publish()) for n in range(3)]
    first, second = Recorder(database), Recorder(database)
    for key in keys:
        for number in range(1, 10, 2):
            first.add(key, _report(number * 10, number))
            second.add(key, _report(number * 10 + 10, number + 1))
    await asyncio.gather(first.flush(), second.flush())
    assert {await _position(database, key) for key in keys} == {100}


async def test_what_belongs_to_a_deleted_film_or_account_is_dropped_and_the_rest_is_written(
    database: Database, make_user: MakeUser, publish: Publish
) -> None:
    user, other = await make_user(), await make_user("other@example.org")
    film, deleted = await publish(), await publish()
    reports = Recorder(database)
    for key in ((user, film), (user, deleted), (other, film)):
        reports.add(key, _report(100))
    async with database.connection() as connection:
        await videos.remove(connection, deleted)
        await connection.execute("DELETE FROM users WHERE id = $1", other)
    await reports.flush()
    assert await _position(database, (user, film)) == 100
    assert reports.waiting((user, deleted)) == reports.waiting((other, film)) == ()


async def test_a_film_that_is_deleted_while_reports_are_written(
    database: Database, make_user: MakeUser, publish: Publish
) -> None:
    user, film, deleted = await make_user(), await publish(), await publish()
    reports = Recorder(database)
    reports.add((user, film), _report(100))
    reports.add((user, deleted), _report(100))
    async with database.transaction() as connection:
        await videos.remove(connection, deleted)
        writing = asyncio.create_task(reports.flush())
        async with asyncio.timeout(20), database.connection() as beside:
            while not await beside.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
                await asyncio.sleep(0.01)
    await writing
    assert await _position(database, (user, film)) == 100
    assert reports.waiting((user, deleted)) == ()


async def test_a_viewer_without_reports_does_not_wait_for_those_of_others(
    database: Database, make_user: MakeUser, publish: Publish
) -> None:
    user, other, film = await make_user(), await make_user("other@example.org"), await publish()
    reports = Recorder(database)
    reports.add((user, film), _report(100))
    async with database.transaction() as connection:
        await connection.execute("LOCK TABLE watch_progress")
        writing = asyncio.create_task(reports.flush(user))
        await until_one_waits(database)
        async with asyncio.timeout(5):
            await reports.flush(other)
        assert not writing.done()
    await writing


async def test_reports_survive_an_unavailable_database(
    restartable_services: Services, database: Database, make_user: MakeUser, publish: Publish
) -> None:
    key, reports = (await make_user(), await publish()), Recorder(database)
    restartable_services.stop("postgres")
    reports.add(key, _report(100))
    with pytest.raises(DatabaseUnavailable):
        await reports.flush()
    restartable_services.start_postgres()
    await reports.flush()
    assert await _position(database, key) == 100


async def test_a_flood_of_reports_is_refused(database: Database) -> None:
    reports = Recorder(database)
    for number in range(recorder.MAX_REPORTS):
        reports.add((1, 1), _report(1, number))
    with pytest.raises(TooManyRequests):
        reports.add((1, 1), _report(1, 1000))
    reports.add((1, 2), _report(1))


async def test_what_a_viewer_deletes_is_not_written_afterwards(
    database: Database, make_user: MakeUser, publish: Publish
) -> None:
    user, one, two = await make_user(), await publish(), await publish()
    reports = Recorder(database)
    reports.add((user, one), _report(100))
    reports.add((user, two), _report(100))
    async with reports.without(user, one), database.connection() as connection:
        await queries.forget(connection, datetime.now(UTC), user, one)
    await reports.flush()
    assert (await _position(database, (user, one)), await _position(database, (user, two))) == (None, 100)


@pytest.mark.parametrize("how", ["one", "all", "unwatched"])
async def test_what_another_process_has_not_written_yet_does_not_count_after_a_deletion(
    database: Database, make_user: MakeUser, publish: Publish, how: str
) -> None:
    key = user, film = await make_user(), await publish()
    here, elsewhere = Recorder(database), Recorder(database)
    elsewhere.add(key, _report(3500, 1))
    await elsewhere.flush()
    elsewhere.add(key, _report(3590, 2))
    at = BEGIN + timedelta(seconds=3)
    async with here.without(user), database.transaction() as connection:
        if how == "unwatched":
            stored = await queries.lock_progress(connection, {key: FILM})
            marked = progress.mark(stored[key], at, watched=False)
            await queries.set_progress(connection, {key: marked})
        else:
            await queries.forget(connection, at, user, film if how == "one" else None)
    await elsewhere.flush()
    async with database.connection() as connection:
        found = await queries.progress(connection, key)
    assert found is not None
    assert (found.position, found.watched_at) == (0, None)
    assert (found.played_at is None) == (how != "unwatched")
    elsewhere.add(key, _report(20, 4, "b"))
    await elsewhere.flush()
    assert await _position(database, key) == 20


async def test_emptied_rows_are_removed_when_no_report_can_come_any_more(
    database: Database, make_user: MakeUser, publish: Publish
) -> None:
    user, film, other = await make_user(), await publish(), await publish()
    reports = Recorder(database)
    for video_id in (film, other):
        reports.add((user, video_id), _report(100))
    await reports.flush()
    async with database.connection() as connection:
        await queries.forget(connection, datetime.now(UTC) - timedelta(hours=2), user, film)
        await queries.forget(connection, datetime.now(UTC), user, other)
        await queries.remove_forgotten(connection)
        assert [row[0] for row in await connection.fetch("SELECT video_id FROM watch_progress")] == [other]
