"""Series in the admin API: created, edited, put in order, deleted."""

import asyncio
from typing import Any

import pytest

from tests.fixtures.app import Client
from tests.fixtures.locks import until_one_waits
from tests.fixtures.media import Media
from tests.fixtures.published import MakeUser, Publish
from videoflix.db.pool import Database

SERIES = "/api/admin/series/"


async def _create(client: Client, title: str = "Show", **more: Any) -> int:
    answer = await client.post(SERIES, json={"title": title, **more})
    assert answer.status == 201
    return int((await answer.json())["id"])


async def _show(client: Client, series_id: int) -> dict[str, Any]:
    body: dict[str, Any] = await (await client.get(f"{SERIES}{series_id}/")).json()
    return body


async def _order(client: Client, series_id: int) -> list[tuple[int, list[tuple[int, int | None]]]]:
    seasons = (await _show(client, series_id))["seasons"]
    return [(one["season"], [(each["id"], each["number"]) for each in one["episodes"]]) for one in seasons]


async def _audit(client: Client) -> list[tuple[str, str, str, Any]]:
    items = (await (await client.get("/api/admin/audit/")).json())["items"]
    return [(one["action"], one["target"], one["label"], one["detail"]) for one in reversed(items)]


async def test_a_series_is_created_filled_edited_and_listed(logged_in: Client, publish: Publish) -> None:
    storm, pilot, course = await publish("Show S01E02 Storm"), await publish("Show S01E01"), await publish("Loops")
    show = await _create(logged_in, "<Show>", description="People.")
    empty = await _create(logged_in, "Course")
    added = await logged_in.post(f"{SERIES}{show}/episodes/", json={"ids": [storm, pilot, course]})
    assert added.status == 200
    assert await _order(logged_in, show) == [(1, [(pilot, 1), (storm, 2), (course, None)])]
    edited = await logged_in.patch(f"{SERIES}{show}/", json={"title": "Show", "picture_video_id": storm})
    told = await edited.json()
    assert (told["title"], told["description"], told["picture_video_id"]) == ("Show", "People.", storm)
    assert told["seasons"][0]["episodes"][0]["title"] == "Show S01E01"
    listed = await (await logged_in.get(SERIES, params={"sort": "-episodes"})).json()
    assert [(one["id"], one["title"], one["seasons"], one["episodes"]) for one in listed["items"]] == [
        (show, "Show", 1, 3),
        (empty, "Course", 0, 0),
    ]
    assert listed["items"][0]["thumbnail_url"].endswith(f"/api/video/{storm}/thumbnail.jpg")
    found = await (await logged_in.get(SERIES, params={"q": "cour"})).json()
    assert [one["id"] for one in found["items"]] == [empty]
    assert await _audit(logged_in) == [
        ("series.create", f"series:{show}", "<Show>", {}),
        ("series.create", f"series:{empty}", "Course", {}),
        ("series.add", f"series:{show}", "<Show>", {"videos": [storm, pilot, course]}),
        ("series.edit", f"series:{show}", "<Show>", {"title": ["<Show>", "Show"], "picture_video_id": [None, storm]}),
    ]


async def test_episodes_are_put_in_order_and_moved_between_seasons(logged_in: Client, publish: Publish) -> None:
    one, two, three = [await publish(f"Show S01E0{number}") for number in (1, 2, 3)]
    path = f"{SERIES}{await _create(logged_in)}/"
    series_id = int(path.split("/")[-2])
    await logged_in.post(f"{path}episodes/", json={"ids": [one, two, three]})
    await logged_in.put(f"{path}order/", json={"season": 1, "ids": [three, one]})
    assert await _order(logged_in, series_id) == [(1, [(three, 3), (one, 1), (two, 2)])]
    await logged_in.put(f"{path}order/", json={"season": 0, "ids": [one]})
    assert await _order(logged_in, series_id) == [(0, [(one, 1)]), (1, [(three, 3), (two, 2)])]
    await logged_in.patch(f"{path}episodes/{two}/", json={"number": 3})
    await logged_in.patch(f"{path}episodes/{one}/", json={"number": None, "season": 1})
    assert await _order(logged_in, series_id) == [(1, [(three, 3), (two, 3), (one, None)])]
    actions = [(action, detail) for action, _, _, detail in await _audit(logged_in)][2:]
    assert actions == [
        ("series.order", {"season": 1, "videos": [three, one]}),
        ("series.order", {"season": 0, "videos": [one]}),
        ("series.edit", {"video": two, "number": 3}),
        ("series.edit", {"video": one, "season": 1, "number": None}),
    ]


async def test_a_video_is_in_one_series_at_most(logged_in: Client, publish: Publish) -> None:
    video = await publish("Pilot")
    first, second = await _create(logged_in, "First"), await _create(logged_in, "Second")
    for series_id in (first, second):
        await logged_in.post(f"{SERIES}{series_id}/episodes/", json={"ids": [video], "season": 2})
    assert await _order(logged_in, first) == []
    assert await _order(logged_in, second) == [(2, [(video, None)])]
    gone = await logged_in.delete(f"{SERIES}{first}/episodes/{video}/")
    assert gone.status == 404
    assert (await logged_in.delete(f"{SERIES}{second}/episodes/{video}/")).status == 200
    assert await _order(logged_in, second) == []


AUDIENCES = [
    # of the video, of its series, afterwards: groups, age, draft
    ((None, 0, False), (None, 12, True), (None, 12, True)),
    ((None, 16, False), ([1], 12, False), ([1], 16, False)),
    (([1, 2], 0, True), ([2, 3], 0, False), ([2], 0, True)),
    (([1], 0, False), ([2], 0, False), ([], 0, False)),
    (([1], 0, False), (None, 0, False), ([1], 0, False)),
]


@pytest.mark.parametrize("how", ["take out", "delete the series"])
@pytest.mark.parametrize(("before", "of_series", "after"), AUDIENCES)
async def test_a_video_without_its_series_is_visible_to_nobody_else(
    logged_in: Client, publish: Publish, database: Database, how: str, before: Any, of_series: Any, after: Any
) -> None:
    video, series_id = await publish(), await _create(logged_in)
    await logged_in.post(f"{SERIES}{series_id}/episodes/", json={"ids": [video]})
    async with database.connection() as connection:
        change = "UPDATE {} SET group_ids = $1, min_age = $2, is_draft = $3, visible_from = $4"
        await connection.execute(change.format("videos"), *before, None)
        later = await connection.fetchval("SELECT now() + interval '1 day'")
        await connection.execute(change.format("series"), *of_series, later)
    path = f"episodes/{video}/" if how == "take out" else "?episodes=keep"
    assert (await logged_in.delete(f"{SERIES}{series_id}/{path}")).status in (200, 204)
    async with database.connection() as connection:
        found = await connection.fetchrow(
            "SELECT group_ids, min_age, is_draft, visible_from, series_id, season, episode FROM videos"
        )
    assert found is not None
    assert tuple(found) == (*after, later, None, None, None)


async def test_a_series_is_deleted_with_its_episodes(
    logged_in: Client, publish: Publish, storage: Media, database: Database
) -> None:
    episodes, other = [await publish(), await publish()], await publish()
    series_id = await _create(logged_in)
    await logged_in.post(f"{SERIES}{series_id}/episodes/", json={"ids": episodes})
    await logged_in.patch(f"{SERIES}{series_id}/", json={"picture_video_id": episodes[1]})
    assert (await logged_in.delete(f"{SERIES}{series_id}/?episodes=delete")).status == 204
    assert (await logged_in.get(f"{SERIES}{series_id}/")).status == 404
    async with database.connection() as connection:
        assert [row["id"] for row in await connection.fetch("SELECT id FROM videos")] == [other]
    assert [storage.film(video).exists() for video in (*episodes, other)] == [False, False, True]


async def test_what_cannot_be_is_refused_and_changes_nothing(logged_in: Client, publish: Publish) -> None:
    episode, other = await publish("Show S01E01"), await publish()
    series_id = await _create(logged_in)
    path = f"{SERIES}{series_id}/"
    await logged_in.post(f"{path}episodes/", json={"ids": [episode]})
    before = await _show(logged_in, series_id)
    for method, address, body, status in (
        ("POST", SERIES, {}, 400),
        ("POST", SERIES, {"title": " "}, 400),
        ("PATCH", path, {"title": ""}, 400),
        ("PATCH", path, {"picture_video_id": other}, 400),
        ("POST", f"{path}episodes/", {"ids": [other, 99]}, 400),
        ("POST", f"{path}episodes/", {"ids": []}, 400),
        ("POST", f"{path}episodes/", {"ids": [other], "season": -1}, 400),
        ("PATCH", f"{path}episodes/{episode}/", {"season": None}, 400),
        ("PATCH", f"{path}episodes/{episode}/", {"number": 10_000}, 400),
        ("PATCH", f"{path}episodes/{other}/", {"number": 1}, 404),
        ("PUT", f"{path}order/", {"season": 1, "ids": [episode, other]}, 400),
        ("PUT", f"{path}order/", {"season": 1, "ids": [episode, episode]}, 400),
        ("DELETE", f"{path}?episodes=perhaps", None, 400),
        ("GET", f"{SERIES}99/", None, 404),
        ("POST", f"{SERIES}99/episodes/", {"ids": [other]}, 404),
        ("DELETE", f"{SERIES}99/", None, 404),
        ("DELETE", f"{SERIES}99/?episodes=delete", None, 404),
    ):
        answer = await logged_in.request(method, address, json=body)
        assert answer.status == status, (method, address, body)
    assert await _show(logged_in, series_id) == before


async def test_a_deleted_picture_waits_for_those_who_change_its_series(
    logged_in: Client, publish: Publish, database: Database
) -> None:
    episode, series_id = await publish(), await _create(logged_in)
    await logged_in.post(f"{SERIES}{series_id}/episodes/", json={"ids": [episode]})
    await logged_in.patch(f"{SERIES}{series_id}/", json={"picture_video_id": episode})
    async with database.transaction() as connection:
        await connection.execute("SELECT FROM series WHERE id = $1 FOR NO KEY UPDATE", series_id)
        deleting = asyncio.create_task(logged_in.delete(f"/api/admin/videos/{episode}/"))
        await until_one_waits(database)
        # The deletion has not locked the video before the series, so this is no deadlock.
        await connection.execute("UPDATE videos SET place = 2 WHERE id = $1", episode)
    assert (await deleting).status == 204
    assert (await _show(logged_in, series_id))["picture_video_id"] is None


async def test_only_administrators_reach_series(client: Client, make_user: MakeUser) -> None:
    assert (await client.get(SERIES)).status == 401
