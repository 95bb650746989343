"""Who has watched what, as administrators see it, and how it is switched off."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.fixtures.app import Client
from tests.fixtures.published import MakeUser, Publish
from tests.fixtures.services import EMAIL, PASSWORD
from videoflix.app import create_app
from videoflix.db.pool import Connection, Database
from videoflix.settings import Settings

STATISTICS = "/api/admin/statistics/"
PATHS = [f"{STATISTICS}{path}" for path in ("videos/1/", "videos/1.csv", "users/1/", "users/1.csv", "groups/1/")]


async def _watch(connection: Connection, user_id: int, video_id: int, seen: int, *, profile: str = "") -> None:
    """The first profile of an account, or a new one, has seen so many stretches of a film of 100 seconds."""
    if profile:
        profile_id = await connection.fetchval(
            "INSERT INTO profiles (user_id, name) VALUES ($1, $2) RETURNING id", user_id, profile
        )
    else:
        profile_id = await connection.fetchval("SELECT min(id) FROM profiles WHERE user_id = $1", user_id)
    await connection.execute(
        "INSERT INTO watch_progress (profile_id, video_id, duration, seen, played_at)"
        " VALUES ($1, $2, 100, $3, now())",
        profile_id,
        video_id,
        ((1 << seen) - 1).to_bytes(2, "little"),
    )


async def _json(client: Client, path: str) -> Any:
    answer = await client.get(f"{STATISTICS}{path}")
    assert answer.status == 200
    return await answer.json()


async def _csv(client: Client, path: str) -> list[str]:
    answer = await client.get(f"{STATISTICS}{path}")
    assert (answer.status, answer.content_type) == (200, "text/csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    return (await answer.read()).decode("utf-8-sig").splitlines()


async def test_administrators_see_who_has_watched_a_film_and_what_somebody_has_watched(
    logged_in: Client, publish: Publish, make_user: MakeUser, database: Database
) -> None:
    film, other, bob = await publish("Alien &amp; us"), await publish("Brazil"), await make_user()
    async with database.connection() as connection:
        await _watch(connection, bob, film, 3)
        await _watch(connection, bob, film, 10, profile="=Kid")
        await _watch(connection, bob, other, 0)
    watched = await _json(logged_in, f"videos/{film}/")
    assert watched["title"] == "Alien & us"
    assert {(one["email"], one["name"], one["seen"]) for one in watched["items"]} == {
        ("bob@example.org", "", 0.3),
        ("bob@example.org", "=Kid", 1.0),
    }
    assert (await _json(logged_in, f"videos/{film}/?per_page=1"))["total"] == 2
    head, *lines = await _csv(logged_in, f"videos/{film}.csv")
    assert head == "email,name,seen,played_at,watched_at"
    assert sorted(line.rsplit(",", 2)[0] for line in lines) == ["bob@example.org,'=Kid,100%", "bob@example.org,,30%"]
    own = await _json(logged_in, f"users/{bob}/")
    assert sorted((one["title"], one["seen"]) for one in own["items"]) == [
        ("Alien & us", 0.3),
        ("Alien & us", 1.0),
        ("Brazil", 0.0),
    ]
    assert len(await _csv(logged_in, f"users/{bob}.csv")) == 4
    for unknown in ("videos/99/", "users/99/", "groups/99/?series=1"):
        assert (await logged_in.get(f"{STATISTICS}{unknown}")).status == 404


async def test_a_group_is_shown_with_the_episodes_of_a_series(
    logged_in: Client, publish: Publish, make_user: MakeUser, database: Database
) -> None:
    films = [await publish(f"Lesson {number}") for number in (1, 2)]
    ann, bob = await make_user("ann@example.org"), await make_user("bob@example.org")
    group = (await (await logged_in.post("/api/admin/groups/", json={"name": "Class"})).json())["id"]
    await logged_in.patch(f"/api/admin/groups/{group}/members/", json={"add": [ann, bob]})
    async with database.connection() as connection:
        await connection.execute("INSERT INTO series (title) VALUES ('Course')")
        await connection.execute("UPDATE videos SET series_id = 1, season = 1, episode = id, place = id")
        await _watch(connection, bob, films[1], 3)
        await _watch(connection, bob, films[1], 8, profile="Kid")
    for query in ("series=1", "category=Drama"):
        table = await _json(logged_in, f"groups/{group}/?{query}")
        assert [one["video_id"] for one in table["columns"]] == films
        assert [(one["email"], one["seen"]) for one in table["items"]] == [
            ("ann@example.org", [None, None]),
            ("bob@example.org", [None, 0.8]),
        ]
    assert await _csv(logged_in, f"groups/{group}.csv?series=1") == [
        "email,name,S01E01 Lesson 1,S01E02 Lesson 2",
        "ann@example.org,,,",
        "bob@example.org,,,80%",
    ]
    second = await _json(logged_in, f"groups/{group}/?series=1&per_page=1&page=2")
    assert ([one["email"] for one in second["items"]], second["total"]) == (["bob@example.org"], 2)
    for wrong in ("", "?series=x", "?series=1&category=Drama"):
        assert (await logged_in.get(f"{STATISTICS}groups/{group}/{wrong}")).status == 400


async def test_statistics_are_for_administrators(client: Client, make_user: MakeUser) -> None:
    await make_user()
    await client.post("/api/login/", json={"email": "bob@example.org", "password": PASSWORD})
    for path in PATHS:
        assert (await client.get(path)).status == 403


@pytest.fixture
async def without(
    settings: Settings,
    aiohttp_client: Callable[..., Awaitable[Client]],
    admin: int,
    publish: Publish,
    database: Database,
) -> Client:
    """A server that records nothing, started when something was recorded; the client is an administrator."""
    film = await publish("Alien")
    async with database.connection() as connection:
        await _watch(connection, admin, film, 5)
    client = await aiohttp_client(create_app(replace(settings, watch_statistics=False)))
    assert (await client.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})).status == 200
    return client


async def test_statistics_that_are_off_are_removed_and_not_recorded(without: Client, database: Database) -> None:
    for path in PATHS:
        answer = await without.get(path)
        assert answer.status == 403
        assert "WATCH_STATISTICS" in (await answer.json())["detail"]
    for position in (0, 6, 12):
        report = {"position": position, "duration": 14, "session": "x", "order": position}
        assert (await without.put("/api/me/progress/1/", json=report)).status == 204
    found = await (await without.get("/api/me/progress/1/")).json()
    assert found["position"] == 12
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT seen FROM watch_progress") == b""
    assert "can see what you have watched" not in await (await without.get("/account/")).text()


async def test_viewers_are_told_that_it_is_recorded(logged_in: Client) -> None:
    assert "can see what you have watched" in await (await logged_in.get("/account/")).text()
