from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from tests.fixtures.app import Client
from tests.fixtures.published import Publish
from videoflix.db.pool import Database
from videoflix.watching.resources import RECORDER

CARD = {
    *("id", "created_at", "title", "description", "category", "duration", "thumbnail_url"),
    *("thumbnail_width", "thumbnail_colour"),
    *("series_id", "series_title", "season", "number", "episodes"),
    *("progress", "resume_at", "watched", "in_list", "played_at"),
}


@pytest.fixture
async def films(publish: Publish, database: Database) -> list[int]:
    """Three playable films of 1000 seconds."""
    found = [await publish(title) for title in ("One", "Two", "Three")]
    async with database.connection() as connection:
        await connection.execute("UPDATE encodes SET duration = 1000")
    return found


async def _play(client: Client, video_id: int, position: float) -> None:
    body = {"position": position, "duration": 1000, "session": "a"}
    assert (await client.put(f"/api/me/progress/{video_id}/", json=body)).status == 204
    await client.app[RECORDER].flush()


async def _items(client: Client, name: str, query: str = "") -> list[dict[str, Any]]:
    answer = await client.get(f"/api/me/{name}/{query}")
    assert answer.status == 200
    found = await answer.json()
    assert set(found) == {"items", "total", "page", "per_page"}
    items: list[dict[str, Any]] = found["items"]
    return items


async def test_films_that_were_begun_are_continued_latest_first(logged_in: Client, films: list[int]) -> None:
    for film, position in zip(films, (400, 500, 950), strict=True):
        await _play(logged_in, film, position)
    cards = await _items(logged_in, "continue")
    assert [card["id"] for card in cards] == [films[1], films[0]]
    assert set(cards[0]) == CARD
    assert (cards[0]["progress"], cards[0]["resume_at"], cards[0]["watched"]) == (0.5, 500, False)
    assert cards[0]["thumbnail_url"].startswith(f"http://127.0.0.1:{logged_in.port}/api/video/{films[1]}/")
    assert [card["id"] for card in await _items(logged_in, "history")] == films[::-1]
    assert (await _items(logged_in, "history"))[0]["watched"]


async def test_a_film_is_removed_from_those_to_continue_until_it_is_played_again(
    logged_in: Client, films: list[int]
) -> None:
    await _play(logged_in, films[0], 400)
    assert (await logged_in.delete(f"/api/me/continue/{films[0]}/")).status == 204
    assert (await logged_in.delete(f"/api/me/continue/{films[0]}/")).status == 404
    assert await _items(logged_in, "continue") == []
    assert (await (await logged_in.get(f"/api/me/progress/{films[0]}/")).json())["resume_at"] == 400
    await _play(logged_in, films[0], 410)
    assert [card["id"] for card in await _items(logged_in, "continue")] == [films[0]]


async def test_after_sixteen_weeks_a_film_is_not_continued(
    logged_in: Client, films: list[int], database: Database
) -> None:
    for film in films[:2]:
        await _play(logged_in, film, 400)
    async with database.connection() as connection:
        for film, age in zip(films[:2], (timedelta(days=111), timedelta(days=113)), strict=True):
            await connection.execute(
                "UPDATE watch_progress SET played_at = now() - $2::interval WHERE video_id = $1", film, age
            )
    assert [card["id"] for card in await _items(logged_in, "continue")] == [films[0]]
    assert [card["id"] for card in await _items(logged_in, "history")] == films[:2]


async def test_the_history_is_deleted_one_by_one_and_all_at_once(logged_in: Client, films: list[int]) -> None:
    for film in films:
        await _play(logged_in, film, 400)
    assert (await logged_in.delete(f"/api/me/history/{films[1]}/")).status == 204
    assert [card["id"] for card in await _items(logged_in, "history")] == [films[2], films[0]]
    assert (await logged_in.delete("/api/me/history/")).status == 204
    assert await _items(logged_in, "history") == await _items(logged_in, "continue") == []


async def test_films_are_put_on_the_list_and_removed(logged_in: Client, films: list[int]) -> None:
    for film in (films[0], films[2], films[0]):
        assert (await logged_in.put(f"/api/me/list/{film}/")).status == 204
    cards = await _items(logged_in, "list")
    assert [card["id"] for card in cards] == [films[2], films[0]]
    assert (cards[0]["in_list"], cards[0]["progress"], cards[0]["played_at"]) == (True, 0, None)
    for _ in range(2):
        assert (await logged_in.delete(f"/api/me/list/{films[2]}/")).status == 204
    assert [card["id"] for card in await _items(logged_in, "list")] == [films[0]]


async def test_lists_have_pages(logged_in: Client, films: list[int]) -> None:
    for film in films:
        await logged_in.put(f"/api/me/list/{film}/")
    assert [card["id"] for card in await _items(logged_in, "list", "?per_page=2&page=2")] == [films[0]]
    assert (await logged_in.get("/api/me/list/?per_page=1000")).status == 400


async def test_a_film_that_was_only_marked_is_not_in_the_history(logged_in: Client, films: list[int]) -> None:
    await logged_in.put(f"/api/me/watched/{films[0]}/")
    assert await _items(logged_in, "history") == []


async def test_nothing_of_this_is_for_those_who_are_not_logged_in(client: Client) -> None:
    paths = {
        (route.method, route.resource.canonical.replace("{id}", "1"))
        for route in client.app.router.routes()
        if isinstance(route.resource, web.Resource)
        and route.resource.canonical.startswith(("/api/me/progress", "/api/me/watched", "/api/me/continue"))
        | route.resource.canonical.startswith(("/api/me/history", "/api/me/list"))
        and route.method != "OPTIONS"
    }
    assert ("PUT", "/api/me/progress/1/") in paths
    for method, path in paths:
        assert (await client.request(method, path)).status == 401, f"{method} {path}"
