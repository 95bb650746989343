import asyncio
from typing import Any

import pytest

from tests.fixtures.app import Client
from tests.fixtures.published import Publish
from videoflix.watching.resources import RECORDER


async def test_films_are_found_with_what_the_viewer_has_done(logged_in: Client, publish: Publish) -> None:
    film, other = await publish("Casablanca"), await publish("Casablanca, again")
    await publish("Something else")
    await logged_in.put(f"/api/me/list/{film}/")
    await logged_in.put(f"/api/me/progress/{film}/", json={"position": 7, "duration": 14, "session": "a"})
    await logged_in.app[RECORDER].flush()
    found = await (await logged_in.get("/api/search/", params={"q": "casablnca"})).json()
    assert found["total"] == 2
    assert [card["id"] for card in found["items"]] == [film, other]
    first, second = found["items"]
    assert (first["in_list"], first["progress"], first["watched"]) == (True, 0.5, True)
    assert (second["in_list"], second["progress"], second["watched"]) == (False, 0, False)
    assert first["thumbnail_url"].startswith(f"http://127.0.0.1:{logged_in.port}/")


async def test_searches_that_find_nothing(logged_in: Client, publish: Publish) -> None:
    await publish()
    for text in ("", "   ", "%_\\", "'; DROP TABLE videos; --"):
        answer = await logged_in.get("/api/search/", params={"q": text})
        assert (answer.status, await answer.json()) == (200, {"items": [], "total": 0})
    assert (await (await logged_in.get("/api/search/")).json())["items"] == []


async def test_a_search_that_is_too_long_is_a_400(logged_in: Client) -> None:
    for length in (201, 4000, 8000):
        answer = await logged_in.get("/api/search/", params={"q": "a" * length})
        assert answer.status == 400
        assert list((await answer.json())["fields"]) == ["q"]
    answer = await logged_in.get("/api/search/", params={"q": "a" * 10_000})  # the HTTP parser refuses it
    assert (answer.status, answer.content_type) == (400, "application/json")
    assert isinstance((await answer.json())["detail"], str)
    assert (await logged_in.get("/api/search/", params={"q": "a\0"})).status == 400
    assert (await logged_in.get("/api/search/", params={"q": "a" * 200})).status == 200


async def test_the_search_is_for_viewers_who_are_logged_in(client: Client) -> None:
    assert (await client.get("/api/search/?q=film")).status == 401


async def test_the_home_page_follows_changes_at_once(logged_in: Client, publish: Publish) -> None:
    assert await (await logged_in.get("/api/home/")).json() == {"hero": None, "rows": []}
    film = await publish("First")
    await logged_in.put(f"/api/me/list/{film}/")
    found: dict[str, Any] = {"rows": []}
    async with asyncio.timeout(4):
        while len(found["rows"]) < 3:
            found = await (await logged_in.get("/api/home/")).json()
    assert [row["kind"] for row in found["rows"]] == ["list", "new", "category"]
    assert found["hero"] == found["rows"][0]["items"][0]
    assert found["hero"]["thumbnail_url"].startswith(f"http://127.0.0.1:{logged_in.port}/")
    await logged_in.patch(f"/api/admin/videos/{film}/", json={"title": "Second"})
    async with asyncio.timeout(4):
        while found["hero"]["title"] != "Second":
            found = await (await logged_in.get("/api/home/")).json()


async def test_films_of_a_category(logged_in: Client, publish: Publish) -> None:
    films = [await publish(f"Film {number}") for number in range(3)]
    await logged_in.patch(f"/api/admin/videos/{films[1]}/", json={"category": "Tom & 'Jerry' <3"})
    all_films = await (await logged_in.get("/api/films/?per_page=2")).json()
    assert ([card["id"] for card in all_films["items"]], all_films["total"]) == ([films[2], films[1]], 3)
    one = await (await logged_in.get("/api/films/", params={"category": "Tom & 'Jerry' <3"})).json()
    assert [card["id"] for card in one["items"]] == [films[1]]
    assert (await (await logged_in.get("/api/films/?category=None")).json())["items"] == []


@pytest.mark.parametrize("path", ["/api/home/", "/api/films/"])
async def test_films_are_for_viewers_who_are_logged_in(client: Client, path: str) -> None:
    assert (await client.get(path)).status == 401
