"""Who may see a video, changed by administrators through the API."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import structs

from tests.fixtures.app import Client
from tests.fixtures.published import Publish
from videoflix.library.audience import AudienceFields, apply
from videoflix.library.models import Audience

VIDEOS = "/api/admin/videos/"
BEFORE = Audience((2, 3), 12, True, datetime(2030, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("given", "changed"),
    [
        ({}, {}),
        ({"group_ids": None}, {"group_ids": None}),
        ({"group_ids": []}, {"group_ids": ()}),
        ({"group_ids": [3, 2, 3]}, {}),
        ({"group_ids": [5, 4]}, {"group_ids": (4, 5)}),
        ({"min_age": 0, "is_draft": False}, {"min_age": 0, "is_draft": False}),
        ({"visible_from": None}, {"visible_from": None}),
    ],
)
def test_what_is_not_said_stays(given: dict[str, Any], changed: dict[str, Any]) -> None:
    assert apply(AudienceFields(**given), BEFORE) == structs.replace(BEFORE, **changed)


async def _group(client: Client, name: str = "Club") -> int:
    group_id: int = (await (await client.post("/api/admin/groups/", json={"name": name})).json())["id"]
    return group_id


async def test_an_administrator_decides_who_sees_a_video(logged_in: Client, publish: Publish) -> None:
    video_id, group_id = await publish("Film"), await _group(logged_in)
    body = {"group_ids": [group_id], "min_age": 16, "is_draft": True, "visible_from": "2030-05-01T20:00:00+02:00"}
    answer = await logged_in.patch(f"{VIDEOS}{video_id}/", json={**body, "title": "Other"})
    told = await answer.json()
    assert {name: told[name] for name in body} == {**body, "visible_from": "2030-05-01T18:00:00Z"}
    assert told["title"] == "Other"
    unchanged = await (await logged_in.patch(f"{VIDEOS}{video_id}/", json={"category": "News"})).json()
    assert {name: unchanged[name] for name in body} == {name: told[name] for name in body}
    entries = (await (await logged_in.get("/api/admin/audit/?q=video.audience")).json())["items"]
    assert [(one["label"], one["detail"]) for one in entries] == [
        (
            "Film",
            {
                "groups": [None, ["Club"]],
                "min_age": [0, 16],
                "is_draft": [False, True],
                "visible_from": [None, "2030-05-01T18:00:00Z"],
            },
        )
    ]


async def test_an_administrator_decides_who_sees_a_series(logged_in: Client) -> None:
    group_id = await _group(logged_in)
    made = await logged_in.post("/api/admin/series/", json={"title": "Course", "is_draft": True})
    created = await made.json()
    assert (created["is_draft"], created["group_ids"]) == (True, None)
    path, body = f"/api/admin/series/{created['id']}/", {"group_ids": [group_id], "min_age": 6, "is_draft": False}
    told = await (await logged_in.patch(path, json=body)).json()
    assert {name: told[name] for name in body} == body
    (listed,) = (await (await logged_in.get("/api/admin/series/")).json())["items"]
    assert {name: listed[name] for name in body} == body
    assert (await logged_in.patch(path, json={"title": "Other", "group_ids": [99]})).status == 400
    assert (await (await logged_in.get(path)).json())["title"] == "Course"
    assert (await logged_in.patch("/api/admin/series/99/", json=body)).status == 404
    entries = (await (await logged_in.get("/api/admin/audit/?q=series.audience")).json())["items"]
    assert [one["detail"] for one in entries] == [
        {"groups": [None, ["Club"]], "min_age": [0, 6], "is_draft": [True, False]},
        {"is_draft": [False, True]},
    ]


@pytest.mark.parametrize(
    "audience",
    [
        {"group_ids": [99]},
        {"group_ids": [0]},
        {"group_ids": "1"},
        {"min_age": 17},
        {"min_age": None},
        {"is_draft": "no"},
        {"visible_from": "2030-05-01T20:00:00"},
        {"visible_from": "0001-01-01T00:00:00+14:00"},
        {"visible_from": "9999-12-31T23:59:59-14:00"},
    ],
)
async def test_a_wrong_audience_changes_nothing(
    logged_in: Client, publish: Publish, audience: dict[str, Any]
) -> None:
    video_id = await publish("Film")
    assert (await logged_in.patch(f"{VIDEOS}{video_id}/", json={"title": "Other", **audience})).status == 400
    bulk = {"ids": [video_id], "action": "audience", "audience": audience}
    assert (await logged_in.post(f"{VIDEOS}bulk/", json=bulk)).status == 400
    found = await (await logged_in.get(f"{VIDEOS}{video_id}/")).json()
    assert (found["title"], found["group_ids"], found["min_age"]) == ("Film", None, 0)


async def test_several_get_an_audience_and_are_found_by_it(logged_in: Client, publish: Publish) -> None:
    films = [await publish(f"Film {number}") for number in range(5)]
    club = await _group(logged_in)
    audiences: list[dict[str, Any]] = [
        {"group_ids": [club]},
        {"min_age": 12},
        {"is_draft": True},
        {"visible_from": "2900-01-01T00:00:00Z"},
    ]
    for film, audience in zip(films, audiences, strict=False):
        bulk = {"ids": [film, 99], "action": "audience", "audience": audience}
        answer = await (await logged_in.post(f"{VIDEOS}bulk/", json=bulk)).json()
        assert answer == {"done": [film], "failed": [{"id": 99, "detail": "Not found."}]}
    for film, query in zip(films, ("groups", "age", "draft", "scheduled", "everyone"), strict=True):
        found = await (await logged_in.get(f"{VIDEOS}?audience={query}")).json()
        assert [one["id"] for one in found["items"]] == [film], query
    found = await (await logged_in.get(f"{VIDEOS}?group={club}")).json()
    assert [one["id"] for one in found["items"]] == films[:1]
    for wrong in ("audience=nobody", "group=x", "group=0"):
        assert (await logged_in.get(f"{VIDEOS}?{wrong}")).status == 400
