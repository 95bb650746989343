"""The audit log lists what was done, newest first, and can be searched."""

import re
from typing import get_args

import pytest

from tests.fixtures.app import Client
from tests.fixtures.services import EMAIL
from videoflix.accounts.audit_actions import AuditAction
from videoflix.accounts.queries import audit, users
from videoflix.admin.assets import STATIC
from videoflix.db.pool import Database


async def test_entries_are_listed_newest_first_with_their_accounts(
    logged_in: Client, admin: int, database: Database
) -> None:
    async with database.connection() as connection:
        await audit.record(connection, admin, "video.edit", "video:7", "Alien", title=["Alien", "Aliens"])
        await audit.record(connection, None, "video.add", "video:8", "<b>Heat</b>")
    data = await (await logged_in.get("/api/admin/audit/")).json()
    assert data["total"] == 2
    assert [(one["who"], one["action"], one["target"], one["label"]) for one in data["items"]] == [
        ("a command", "video.add", "video:8", "<b>Heat</b>"),
        (EMAIL, "video.edit", "video:7", "Alien"),
    ]
    assert data["items"][1]["detail"] == {"title": ["Alien", "Aliens"]}


def test_every_action_has_a_sentence() -> None:
    sentences = re.findall(
        r'^  "([\w.]+)": "[^"]*%[^"]*",$', (STATIC / "audit-sentences.js").read_text(), re.MULTILINE
    )
    assert sentences == sorted(get_args(AuditAction))


async def test_an_entry_outlives_its_account(logged_in: Client, database: Database) -> None:
    async with database.transaction() as connection:
        deleted = await users.insert_admin(connection, "deleted@example.org", "x")
        await audit.record(connection, deleted.id, "video.delete", "video:7", "Alien")
        await users.remove(connection, deleted.id)
    data = await (await logged_in.get("/api/admin/audit/")).json()
    assert data["items"][0]["who"] == "deleted@example.org"


@pytest.mark.parametrize(("text", "found"), [("alien", 1), ("VIDEO.ADD", 1), ("video:", 2), ("100%", 0), ("'", 0)])
async def test_the_search_takes_text_literally(logged_in: Client, database: Database, text: str, found: int) -> None:
    async with database.connection() as connection:
        await audit.record(connection, None, "video.edit", "video:7", "Alien")
        await audit.record(connection, None, "video.add", "video:8", "Heat")
    data = await (await logged_in.get("/api/admin/audit/", params={"q": text})).json()
    assert data["total"] == found


async def test_pages_have_the_requested_length(logged_in: Client, database: Database) -> None:
    async with database.connection() as connection:
        for number in range(5):
            await audit.record(connection, None, "video.edit", f"video:{number}", "Film")
    answer = await logged_in.get("/api/admin/audit/", params={"page": 2, "per_page": 2})
    data = await answer.json()
    assert [one["target"] for one in data["items"]] == ["video:2", "video:1"]
    assert (data["total"], data["page"], data["per_page"]) == (5, 2, 2)


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "per_page=101", "page=²", "q=" + 201 * "x", "q=%00"]
)
async def test_invalid_parameters_are_refused(logged_in: Client, query: str) -> None:
    answer = await logged_in.get(f"/api/admin/audit/?{query}")
    assert answer.status == 400
    assert set((await answer.json())["fields"]) == {query.partition("=")[0]}
