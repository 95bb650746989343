"""What was done is told to administrators, newest first, and can be searched."""

import pytest

from tests.fixtures.app import Client
from tests.fixtures.services import EMAIL
from videoflix.accounts.queries import audit, users
from videoflix.db.pool import Database


async def test_deeds_are_listed_newest_first_with_who_did_them(
    logged_in: Client, admin: int, database: Database
) -> None:
    async with database.connection() as connection:
        await audit.record(connection, admin, "video.edit", "video:7", "Alien", title=["Alien", "Aliens"])
        await audit.record(connection, None, "video.add", "video:8", "<b>Heat</b>")
    told = await (await logged_in.get("/api/admin/audit/")).json()
    assert told["total"] == 2
    assert [(one["who"], one["action"], one["target"], one["label"]) for one in told["items"]] == [
        ("a command", "video.add", "video:8", "<b>Heat</b>"),
        (EMAIL, "video.edit", "video:7", "Alien"),
    ]
    assert told["items"][1]["detail"] == {"title": ["Alien", "Aliens"]}


async def test_a_deed_outlives_the_account_that_did_it(logged_in: Client, database: Database) -> None:
    async with database.transaction() as connection:
        gone = await users.insert_admin(connection, "gone@example.org", "x")
        await audit.record(connection, gone.id, "video.delete", "video:7", "Alien")
        await users.remove(connection, gone.id)
    told = await (await logged_in.get("/api/admin/audit/")).json()
    assert told["items"][0]["who"] == "gone@example.org"


@pytest.mark.parametrize(("text", "found"), [("alien", 1), ("VIDEO.ADD", 1), ("video:", 2), ("100%", 0), ("'", 0)])
async def test_deeds_are_searched_as_text(logged_in: Client, database: Database, text: str, found: int) -> None:
    async with database.connection() as connection:
        await audit.record(connection, None, "video.edit", "video:7", "Alien")
        await audit.record(connection, None, "video.add", "video:8", "Heat")
    told = await (await logged_in.get("/api/admin/audit/", params={"q": text})).json()
    assert told["total"] == found


async def test_pages_are_as_long_as_asked_for(logged_in: Client, database: Database) -> None:
    async with database.connection() as connection:
        for number in range(5):
            await audit.record(connection, None, "video.edit", f"video:{number}", "Film")
    answer = await logged_in.get("/api/admin/audit/", params={"page": 2, "per_page": 2})
    told = await answer.json()
    assert [one["target"] for one in told["items"]] == ["video:2", "video:1"]
    assert (told["total"], told["page"], told["per_page"]) == (5, 2, 2)


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "per_page=101", "page=²", "q=" + 201 * "x", "q=%00"]
)
async def test_a_page_that_cannot_be_is_refused(logged_in: Client, query: str) -> None:
    answer = await logged_in.get(f"/api/admin/audit/?{query}")
    assert answer.status == 400
    assert set((await answer.json())["fields"]) == {query.partition("=")[0]}
