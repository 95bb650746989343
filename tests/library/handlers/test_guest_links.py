"""Guest links as administrators make and revoke them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.fixtures.app import Client
from tests.fixtures.published import Publish
from videoflix.db.pool import Database

LINKS = "/api/admin/guest-links/"


async def _listed(client: Client, query: str = "") -> list[Any]:
    found: list[Any] = (await (await client.get(f"{LINKS}{query}")).json())["items"]
    return found


async def test_a_link_is_shown_once_and_its_token_is_not_stored(
    logged_in: Client, publish: Publish, database: Database
) -> None:
    video_id = await publish("Alien &amp; us")
    answer = await logged_in.post(LINKS, json={"video_id": video_id, "note": "For grandma", "password": "secret"})
    assert answer.status == 201
    created = await answer.json()
    address, _, token = created.pop("link").rstrip("/").rpartition("/")
    assert address.endswith("/guest")
    assert len(token) == 43
    assert (created["title"], created["note"], created["max_uses"], created["uses"]) == (
        "Alien & us",
        "For grandma",
        1,
        0,
    )
    assert (created["has_password"], created["state"]) == (True, "open")
    lifetime = datetime.fromisoformat(created["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < lifetime <= timedelta(days=7)
    assert await _listed(logged_in) == [created]
    async with database.connection() as connection:
        stored = str(await connection.fetch("SELECT * FROM guest_links")) + str(
            await connection.fetch("SELECT * FROM audit")
        )
    assert token not in stored
    assert "'secret'" not in stored
    assert "guest_link.create" in stored


async def test_links_are_found_by_title_note_and_state_and_revoked(logged_in: Client, publish: Publish) -> None:
    for title, note in (("Alien", "Grandma"), ("Brazil", "Uncle")):
        await logged_in.post(LINKS, json={"video_id": await publish(title), "note": note})
    assert [one["title"] for one in await _listed(logged_in)] == ["Brazil", "Alien"]
    (link,) = await _listed(logged_in, "?q=GRAND")
    assert link["title"] == "Alien"
    assert (await logged_in.delete(f"{LINKS}{link['id']}/")).status == 204
    assert [one["title"] for one in await _listed(logged_in, "?state=revoked")] == ["Alien"]
    assert [one["title"] for one in await _listed(logged_in, "?state=open&q=bra")] == ["Brazil"]
    assert (await logged_in.delete(f"{LINKS}99/")).status == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "video_id"),
        ({"video_id": 1, "series_id": 1}, "video_id"),
        ({"video_id": 99}, "video_id"),
        ({"series_id": 99}, "series_id"),
        ({"video_id": 1, "max_uses": 0}, "max_uses"),
        ({"video_id": 1, "max_uses": 1001}, "max_uses"),
        ({"video_id": 1, "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"video_id": 1, "expires_at": "9999-12-31T23:59:59-14:00"}, "expires_at"),
        ({"video_id": 1, "password": "x" * 129}, "password"),
        ({"video_id": 1, "note": "x" * 201}, "note"),
    ],
)
async def test_a_wrong_link_is_not_made(
    logged_in: Client, publish: Publish, body: dict[str, Any], field: str
) -> None:
    await publish(video_id=None)
    answer = await logged_in.post(LINKS, json=body)
    assert (answer.status, list((await answer.json())["fields"])) == (400, [field])
    assert await _listed(logged_in) == []
