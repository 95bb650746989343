"""Groups: created, renamed and deleted by administrators, who decide who is a member."""

import asyncio
from typing import Any

import pytest

from tests.fixtures.app import Client
from tests.fixtures.published import MakeUser
from tests.fixtures.services import EMAIL, PASSWORD
from videoflix.db.pool import Database

GROUPS = "/api/admin/groups/"


async def _create(client: Client, name: str) -> int:
    answer = await client.post(GROUPS, json={"name": name})
    assert answer.status == 201
    group_id: int = (await answer.json())["id"]
    return group_id


async def _get(client: Client, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status == 200
    return await answer.json()


async def test_groups_are_listed_with_the_number_of_their_members(logged_in: Client, make_user: MakeUser) -> None:
    users = [await make_user(f"{name}@example.org") for name in ("ann", "bob", "cem")]
    family, club = await _create(logged_in, "  The \n family "), await _create(logged_in, "club")
    for group_id, members in ((family, users), (club, users[:1])):
        answer = await logged_in.patch(f"{GROUPS}{group_id}/members/", json={"add": members})
        assert (await answer.json())["members"] == len(members)
    listed = (await _get(logged_in, f"{GROUPS}?sort=-members"))["items"]
    assert [(one["name"], one["members"]) for one in listed] == [("The family", 3), ("club", 1)]
    assert await _get(logged_in, f"{GROUPS}names/") == [
        {"id": club, "name": "club"},
        {"id": family, "name": "The family"},
    ]
    assert (await _get(logged_in, f"{GROUPS}?q=FAM&per_page=1"))["total"] == 1


async def test_a_name_is_unique_and_needed(logged_in: Client) -> None:
    club, other = await _create(logged_in, "Club"), await _create(logged_in, "Other")
    for name in ("Club", " ", "x" * 101, "\u202e"):
        answer = await logged_in.post(GROUPS, json={"name": name})
        assert (answer.status, list((await answer.json())["fields"])) == (400, ["name"]), name
    assert (await logged_in.patch(f"{GROUPS}{other}/", json={"name": "Club"})).status == 400
    assert (await (await logged_in.patch(f"{GROUPS}{club}/", json={"name": "Members"})).json())["name"] == "Members"
    assert (await logged_in.patch(f"{GROUPS}99/", json={"name": "x"})).status == 404


async def test_members_are_searched_added_and_removed(logged_in: Client, admin: int, make_user: MakeUser) -> None:
    ann, bob = await make_user("ann@example.org"), await make_user("bob@example.org")
    path = f"{GROUPS}{await _create(logged_in, 'Club')}/members/"
    await logged_in.patch(path, json={"add": [bob, bob, ann]})
    answer = await logged_in.patch(path, json={"add": [ann, admin], "remove": [bob]})
    assert (await answer.json())["members"] == 2
    members = (await _get(logged_in, f"{path}?who=members"))["items"]
    assert [one["email"] for one in members] == sorted(["ann@example.org", EMAIL])
    others = await _get(logged_in, f"{path}?who=others&q=BOB")
    assert [(one["id"], one["is_member"]) for one in others["items"]] == [(bob, False)]
    assert others["group"] == await _get(logged_in, path.removesuffix("members/"))
    assert others["group"]["name"] == "Club"
    entries = (await _get(logged_in, "/api/admin/audit/?q=group."))["items"]
    assert [(one["action"], one["label"], one["detail"]) for one in entries] == [
        ("group.add", "Club", {"members": [EMAIL]}),
        ("group.remove", "Club", {"members": ["bob@example.org"]}),
        ("group.add", "Club", {"members": ["ann@example.org", "bob@example.org"]}),
        ("group.create", "Club", {}),
    ]


@pytest.mark.parametrize("body", [{"add": [99]}, {"remove": [99]}, {"add": [0]}, {"add": ["1"]}, {"add": [1] * 501}])
async def test_what_names_no_account_changes_nothing(logged_in: Client, admin: int, body: dict[str, Any]) -> None:
    path = f"{GROUPS}{await _create(logged_in, 'Club')}/members/"
    await logged_in.patch(path, json={"add": [admin]})
    assert (await logged_in.patch(path, json={"add": [], **body})).status == 400
    assert (await _get(logged_in, f"{path}?who=members"))["total"] == 1


async def test_a_deleted_group_leaves_what_only_it_could_see_to_administrators(
    logged_in: Client, database: Database
) -> None:
    club, family = await _create(logged_in, "Club"), await _create(logged_in, "Family")
    async with database.connection() as connection:
        for groups in ([club], [club, family], None):
            await connection.execute(
                "INSERT INTO videos (title, description, category, group_ids) VALUES ('Film', '', '', $1)", groups
            )
        assert (await logged_in.delete(f"{GROUPS}{club}/")).status == 204
        rows = await connection.fetch("SELECT group_ids FROM videos ORDER BY id")
    assert [row["group_ids"] for row in rows] == [[], [family], None]
    assert (await logged_in.get(f"{GROUPS}{club}/members/")).status == 404
    assert (await logged_in.delete(f"{GROUPS}{club}/")).status == 404


async def test_members_are_changed_while_the_group_is_deleted(logged_in: Client, admin: int) -> None:
    path = f"{GROUPS}{await _create(logged_in, 'Club')}/"
    answers = await asyncio.gather(
        logged_in.delete(path), *[logged_in.patch(f"{path}members/", json={"add": [admin]}) for _ in range(3)]
    )
    assert answers[0].status == 204
    assert {answer.status for answer in answers[1:]} <= {200, 404}
    assert (await logged_in.get(path)).status == 404


async def test_groups_are_for_administrators(client: Client, make_user: MakeUser) -> None:
    await make_user()
    await client.post("/api/login/", json={"email": "bob@example.org", "password": PASSWORD})
    for path in (GROUPS, f"{GROUPS}names/", f"{GROUPS}1/members/"):
        assert (await client.get(path)).status == 403
    assert (await client.post(GROUPS, json={"name": "Mine"})).status == 403
