import asyncio
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from tests.fixtures.app import Client, Serve
from tests.fixtures.locks import until_one_waits
from tests.fixtures.published import MakeUser, Publish
from tests.fixtures.services import EMAIL, PASSWORD
from videoflix.app import create_app
from videoflix.db.pool import Database
from videoflix.library.adding import queue_encode
from videoflix.library.queries import videos
from videoflix.settings import Settings
from videoflix.watching.resources import RECORDER

LONG = 3600


@pytest.fixture
async def film(publish: Publish, database: Database) -> int:
    """A playable film of an hour."""
    video_id = await publish("Long")
    async with database.connection() as connection:
        await connection.execute("UPDATE encodes SET duration = $2 WHERE video_id = $1", video_id, float(LONG))
    return video_id


async def _put(client: Client, video_id: int, position: float, session: str = "a", **more: Any) -> int:
    body = {"position": position, "duration": LONG, "session": session, **more}
    return (await client.put(f"/api/me/progress/{video_id}/", json=body)).status


async def _get(client: Client, video_id: int) -> dict[str, Any]:
    answer = await client.get(f"/api/me/progress/{video_id}/")
    assert answer.status == 200
    found: dict[str, Any] = await answer.json()
    return found


async def test_a_position_is_read_back_at_once_and_after_it_is_written(
    logged_in: Client, film: int, database: Database
) -> None:
    assert await _get(logged_in, film) == {
        "position": 0,
        "duration": LONG,
        "resume_at": None,
        "watched": False,
        "watched_at": None,
        "played_at": None,
        "seen": 0,
    }
    assert await _put(logged_in, film, 1250, order=1) == 204
    assert await _put(logged_in, film, 1260, order=2) == 204
    found = await _get(logged_in, film)
    assert (found["position"], found["resume_at"], found["watched"]) == (1260, 1260, False)
    assert found["seen"] == round(1 / 360, 4)
    assert found["played_at"].endswith("Z")
    async with asyncio.timeout(20), database.connection() as connection:
        while not await connection.fetchval("SELECT count(*) FROM watch_progress WHERE position = 1260"):
            await asyncio.sleep(0.02)
    assert await _get(logged_in, film) == found


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"position": -1}, "position"),
        ({"position": -0.001}, "position"),
        ({"duration": 0}, "duration"),
        ({"duration": -5}, "duration"),
        ({"session": ""}, "session"),
        ({"session": "x" * 65}, "session"),
        ({"order": -1}, "order"),
        ({"order": 2**60}, "order"),
        ({"played": [[10, 5]]}, "played"),
        ({"played": [[-1, 5]]}, "played"),
        ({"played": [[1, 2]] * 101}, "played"),
        ({"every": 0}, "every"),
        ({"every": 601}, "every"),
        ({"played": [[1]]}, None),
        ({"played": [1, 2]}, None),
        ({"every": "5"}, None),
        ({"position": "12"}, None),
        ({"position": None}, None),
        ({"position": True}, None),
        ({"session": 4}, None),
        ({"session": "a\0"}, None),
    ],
)
async def test_bad_reports_are_a_400(logged_in: Client, film: int, body: dict[str, Any], field: str | None) -> None:
    good = {"position": 10, "duration": LONG, "session": "a"}
    answer = await logged_in.put(f"/api/me/progress/{film}/", json={**good, **body})
    assert answer.status == 400
    told = await answer.json()
    assert told["detail"] == "Please check your inputs and try again."
    assert list(told.get("fields", {})) == ([field] if field else [])


async def test_what_a_player_says_it_has_played_is_seen(logged_in: Client, film: int) -> None:
    assert await _put(logged_in, film, 900, played=[[0, 300], [600, 900]], every=300) == 204
    assert (await _get(logged_in, film))["seen"] == round(60 / 360, 4)
    assert await _put(logged_in, film, 1000, played=[[0, 1e300]], every=300.5) == 204
    assert (await _get(logged_in, film))["seen"] == 1


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999", "-1e999", "1e-", "[1]"])
async def test_what_is_no_number_is_a_400(logged_in: Client, film: int, text: str) -> None:
    for name, other in (("position", "duration"), ("duration", "position")):
        data = f'{{"{name}": {text}, "{other}": 10, "session": "a"}}'
        answer = await logged_in.put(f"/api/me/progress/{film}/", data=data)
        assert answer.status == 400
        assert isinstance((await answer.json())["detail"], str)
    assert (await _get(logged_in, film))["played_at"] is None


async def test_a_position_after_the_end_is_the_end(logged_in: Client, film: int) -> None:
    assert await _put(logged_in, film, 1e9, duration=1e9) == 204
    found = await _get(logged_in, film)
    assert (found["position"], found["duration"], found["watched"], found["resume_at"]) == (LONG, LONG, True, None)


async def test_unknown_films_and_films_that_are_not_ready_are_a_404(logged_in: Client, database: Database) -> None:
    async with database.transaction() as connection:
        waiting = await connection.fetchval(
            "INSERT INTO videos (title, description, category) VALUES ('t', '', '') RETURNING id"
        )
        await queue_encode(connection, waiting)
    good = {"position": 10, "duration": LONG, "session": "a"}
    for video_id in (waiting, 4711, 0, "x", "9" * 30):
        for method, path in (
            ("GET", "progress"),
            ("PUT", "progress"),
            ("PUT", "watched"),
            ("DELETE", "watched"),
            ("PUT", "list"),
        ):
            answer = await logged_in.request(method, f"/api/me/{path}/{video_id}/", json=good)
            assert answer.status == 404, f"{method} {path} {video_id}"


async def test_a_film_that_is_deleted_while_it_is_played_is_a_404_and_leaves_nothing(
    logged_in: Client, film: int, database: Database
) -> None:
    assert await _put(logged_in, film, 1000) == 204
    assert (await logged_in.put(f"/api/me/list/{film}/")).status == 204
    assert (await logged_in.delete(f"/api/admin/videos/{film}/")).status == 204
    async with asyncio.timeout(20):
        while await _put(logged_in, film, 1010) != 404:
            await asyncio.sleep(0.01)
    async with database.connection() as connection:
        left = await connection.fetchrow(
            "SELECT (SELECT count(*) FROM watch_progress), (SELECT count(*) FROM watch_list)"
        )
    assert left is not None
    assert tuple(left) == (0, 0)
    for name in ("continue", "history", "list"):
        assert (await (await logged_in.get(f"/api/me/{name}/")).json())["items"] == []


async def test_each_viewer_has_positions_of_their_own(logged_in: Client, make_user: MakeUser, film: int) -> None:
    await make_user("bob@example.org")
    await _put(logged_in, film, 1000)
    logged_in.session.cookie_jar.clear()
    await logged_in.post("/api/login/", json={"email": "bob@example.org", "password": PASSWORD})
    assert (await _get(logged_in, film))["position"] == 0


async def test_watched_is_marked_and_undone(logged_in: Client, film: int) -> None:
    await _put(logged_in, film, 1000)
    assert (await logged_in.put(f"/api/me/watched/{film}/")).status == 204
    found = await _get(logged_in, film)
    assert (found["watched"], found["resume_at"]) == (True, None)
    assert (await logged_in.delete(f"/api/me/watched/{film}/")).status == 204
    assert not (await _get(logged_in, film))["watched"]


@pytest.mark.parametrize("path", ["list/{}/", "watched/{}/"])
async def test_a_film_that_is_deleted_at_the_same_moment_is_a_404(
    logged_in: Client, film: int, database: Database, path: str
) -> None:
    async with database.transaction() as connection:
        await videos.remove(connection, film)
        asking = asyncio.create_task(logged_in.put("/api/me/" + path.format(film)))
        await until_one_waits(database)
    assert (await asking).status == 404


async def test_a_position_is_refused_until_the_duration_of_the_film_is_known(
    logged_in: Client, film: int, database: Database
) -> None:
    async with database.connection() as connection:
        await connection.execute("UPDATE encodes SET duration = NULL")
    body = {"position": 9_999_999_990, "duration": 1e10, "session": "a"}
    answer = await logged_in.put(f"/api/me/progress/{film}/", json=body)
    assert answer.status == 409
    assert "duration" in (await answer.json())["detail"]


@pytest.mark.parametrize("name", ["progress", "history"])
async def test_a_film_is_forgotten(logged_in: Client, film: int, name: str) -> None:
    await _put(logged_in, film, 3500)
    assert (await logged_in.delete(f"/api/me/{name}/{film}/")).status == 204
    found = await _get(logged_in, film)
    assert (found["position"], found["watched"], found["played_at"]) == (0, False, None)
    assert (await logged_in.delete(f"/api/me/{name}/{film}/")).status == 204


async def test_positions_are_written_at_logout_and_when_the_server_stops(
    aiohttp_server: Serve, settings: Settings, client: Client, make_user: MakeUser, film: int, database: Database
) -> None:
    user_id = await make_user(EMAIL)
    server: TestServer = await aiohttp_server(create_app(settings))
    async with Client(server) as first:
        await first.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})
        await _put(first, film, 700)
        await _put(first, film, 710)
        assert (await first.post("/api/logout/")).status == 200
        assert await _stored(database, user_id) == 710
        await first.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})
        await _put(first, film, 800, "b")
    await server.close()
    assert await _stored(database, user_id) == 800


async def test_a_logout_ends_the_session_although_the_position_cannot_be_written(
    logged_in: Client, film: int, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await _put(logged_in, film, 700)
    async with database.connection() as connection:
        await connection.execute("ALTER TABLE watch_progress RENAME TO away")
        try:
            assert (await logged_in.post("/api/logout/")).status == 200
            assert await connection.fetchval("SELECT bool_and(revoked_at IS NOT NULL) FROM sessions")
        finally:
            await connection.execute("ALTER TABLE away RENAME TO watch_progress")
    assert "logout" in caplog.text


async def _stored(database: Database, user_id: int) -> float | None:
    async with database.connection() as connection:
        position: float | None = await connection.fetchval(
            "SELECT position FROM watch_progress JOIN profiles p ON p.id = profile_id WHERE p.user_id = $1", user_id
        )
    return position


async def test_the_data_of_a_deleted_account_is_deleted(logged_in: Client, film: int, database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute("UPDATE users SET is_staff = false")
    await _put(logged_in, film, 700)
    await logged_in.put(f"/api/me/list/{film}/")
    assert (await logged_in.delete("/api/me/", json={"password": PASSWORD})).status == 200
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM watch_list") == 0
        await logged_in.app[RECORDER].flush()
        assert await connection.fetchval("SELECT count(*) FROM watch_progress") == 0
