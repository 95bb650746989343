"""Series as viewers see them: what comes next, once among the films to continue, and one card in lists."""

from typing import Any

import pytest

from tests.fixtures.app import Client
from tests.fixtures.published import MakeUser, Publish
from tests.fixtures.services import PASSWORD
from videoflix.db.pool import Database
from videoflix.library.models import Episode
from videoflix.library.queries import series
from videoflix.watching.resources import RECORDER

LENGTH = 1000


@pytest.fixture
async def show(publish: Publish, database: Database) -> dict[str, int]:
    """A series of two seasons and two specials, by the name of each episode."""
    names = ("S01E01", "S01E02", "S02E01", "S00E01", "S00E02")
    found = {name: await publish(f"Show {name}") for name in names}
    async with database.connection() as connection:
        await connection.execute("UPDATE encodes SET duration = $1", LENGTH)
        series_id = await series.insert(connection, "The Show", "People.")
        ordered = [
            Episode(id=video, title="", season=int(name[1:3]), number=int(name[4:])) for name, video in found.items()
        ]
        await series.set_episodes(connection, series_id, ordered)
    return {**found, "id": series_id}


async def _play(client: Client, video_id: int, position: float) -> None:
    body = {"position": position, "duration": LENGTH, "session": f"of {video_id}"}
    assert (await client.put(f"/api/me/progress/{video_id}/", json=body)).status == 204
    await client.app[RECORDER].flush()


async def _get(client: Client, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status == 200, path
    return await answer.json()


async def _next(client: Client, show: dict[str, int]) -> tuple[str, list[str]]:
    """The episode that comes next on the page of the series, and what is continued; by name."""
    names = {video: name for name, video in show.items() if name != "id"}
    detail = await _get(client, f"/api/series/{show['id']}/")
    continued = await _get(client, "/api/me/continue/")
    assert continued["total"] == len(continued["items"])
    home = (await _get(client, "/api/home/"))["rows"]
    row = [card["id"] for each in home if each["kind"] == "continue" for card in each["items"]]
    assert row == [card["id"] for card in continued["items"]]
    return names[detail["next"]["id"]], [names[video] for video in row]


async def test_a_series_has_its_seasons_in_order_and_its_specials_last(
    logged_in: Client, show: dict[str, int]
) -> None:
    detail = await _get(logged_in, f"/api/series/{show['id']}/")
    assert (detail["title"], detail["description"]) == ("The Show", "People.")
    assert f"/api/video/{show['S01E01']}/thumbnail.jpg" in detail["thumbnail_url"]
    episodes = [
        (one["season"], [(each["id"], each["number"]) for each in one["episodes"]]) for one in detail["seasons"]
    ]
    assert episodes == [
        (1, [(show["S01E01"], 1), (show["S01E02"], 2)]),
        (2, [(show["S02E01"], 1)]),
        (0, [(show["S00E01"], 1), (show["S00E02"], 2)]),
    ]
    series_of_film = (await _get(logged_in, f"/api/video/{show['S02E01']}/"))["series"]
    assert series_of_film == {"id": show["id"], "title": "The Show", "season": 2, "number": 1}


async def test_the_first_unwatched_episode_after_the_last_watched_one_is_next(
    logged_in: Client, show: dict[str, int]
) -> None:
    assert await _next(logged_in, show) == ("S01E01", [])
    await _play(logged_in, show["S01E01"], 400)
    assert await _next(logged_in, show) == ("S01E01", ["S01E01"])
    await _play(logged_in, show["S01E01"], 990)
    assert await _next(logged_in, show) == ("S01E02", ["S01E02"])
    await logged_in.put(f"/api/me/watched/{show['S01E02']}/")
    assert await _next(logged_in, show) == ("S02E01", ["S02E01"])
    await _play(logged_in, show["S02E01"], 500)
    assert await _next(logged_in, show) == ("S02E01", ["S02E01"])
    await _play(logged_in, show["S01E01"], 300)  # an older one again: the latest counts
    assert await _next(logged_in, show) == ("S01E01", ["S01E01"])
    await _play(logged_in, show["S02E01"], 990)
    assert await _next(logged_in, show) == ("S01E01", [])  # all are watched: from the beginning


async def test_specials_follow_only_each_other(logged_in: Client, show: dict[str, int]) -> None:
    await _play(logged_in, show["S00E01"], 990)
    assert (await _next(logged_in, show))[1] == ["S00E02"]
    await _play(logged_in, show["S00E02"], 990)
    assert await _next(logged_in, show) == ("S01E01", [])


async def test_a_series_is_removed_from_what_is_continued_until_it_is_played_again(
    logged_in: Client, show: dict[str, int]
) -> None:
    await _play(logged_in, show["S01E01"], 990)
    assert (await logged_in.delete(f"/api/me/continue/{show['S01E02']}/")).status == 204
    assert await _next(logged_in, show) == ("S01E02", [])
    await _play(logged_in, show["S01E02"], 400)
    assert await _next(logged_in, show) == ("S01E02", ["S01E02"])


async def test_lists_show_a_series_once_and_the_contract_all_its_episodes(
    logged_in: Client, show: dict[str, int], publish: Publish
) -> None:
    film = await publish("Heat")
    home = await _get(logged_in, "/api/home/")
    rows = {row["category"] or row["kind"]: row for row in home["rows"]}
    for row in (rows["new"], rows["Drama"], await _get(logged_in, "/api/films/?category=Drama")):
        assert row["total"] == 2
        first, whole = row["items"]
        assert (first["id"], first["episodes"], first["series_id"]) == (film, 0, None)
        assert (whole["series_id"], whole["title"], whole["episodes"]) == (show["id"], "The Show", 5)
        assert f"/api/video/{show['S01E01']}/thumbnail.jpg" in whole["thumbnail_url"]
    assert (await _get(logged_in, "/api/series/"))["items"][0]["series_id"] == show["id"]
    assert len(await _get(logged_in, "/api/video/")) == 6


async def test_the_search_finds_a_series_or_one_of_its_episodes(
    logged_in: Client, show: dict[str, int], database: Database
) -> None:
    async with database.connection() as connection:
        await connection.execute("UPDATE videos SET title = 'Loops' WHERE id = $1", show["S01E02"])
    found = (await _get(logged_in, "/api/search/?q=the+show"))["items"]
    assert [(card["title"], card["episodes"]) for card in found] == [("The Show", 5)]
    found = (await _get(logged_in, "/api/search/?q=loops"))["items"]
    assert [(card["id"], card["episodes"]) for card in found] == [(show["S01E02"], 0)]
    async with database.connection() as connection:
        await connection.execute("UPDATE series SET title = 'Course'")
    assert [card["title"] for card in (await _get(logged_in, "/api/search/?q=course"))["items"]] == ["Course"]


async def test_what_a_viewer_may_not_see_is_in_no_part_of_a_series(
    client: Client, show: dict[str, int], make_user: MakeUser, database: Database
) -> None:
    await make_user("ada@example.org")
    assert (await client.post("/api/login/", json={"email": "ada@example.org", "password": PASSWORD})).status == 200
    await _play(client, show["S01E01"], 990)
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE videos SET is_draft = true WHERE id = ANY($1)", [show["S01E02"], show["S00E01"]]
        )
    assert await _next(client, show) == ("S02E01", ["S02E01"])
    detail = await _get(client, f"/api/series/{show['id']}/")
    assert [len(one["episodes"]) for one in detail["seasons"]] == [1, 1, 1]
    assert (await _get(client, "/api/home/"))["rows"][1]["items"][0]["episodes"] == 3
    async with database.connection() as connection:
        await connection.execute("UPDATE series SET is_draft = true")
    for path in (f"/api/series/{show['id']}/", f"/series/{show['id']}/", f"/watch/{show['S02E01']}/"):
        assert (await client.get(path)).status == 404
    assert (await _get(client, "/api/series/"))["items"] == []
    assert (await _get(client, "/api/me/continue/"))["items"] == []


async def test_unknown_series_are_a_404_and_all_of_them_need_a_login(client: Client, logged_in: Client) -> None:
    for number in ("7", "x", "0"):
        assert (await logged_in.get(f"/api/series/{number}/")).status == 404
    await logged_in.post("/api/logout/")
    for path in ("/api/series/", "/api/series/7/"):
        assert (await client.get(path)).status == 401
