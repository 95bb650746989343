import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.fixtures.app import Client
from tests.fixtures.published import MakeUser
from tests.fixtures.services import EMAIL, PASSWORD
from videoflix.accounts.queries import invitations
from videoflix.app import create_app
from videoflix.db.pool import Database
from videoflix.settings import Settings

Start = Callable[[str], Awaitable[Client]]
GENERIC = "Please check your inputs and try again."


@pytest.fixture
def start(settings: Settings, aiohttp_client: Callable[..., Awaitable[Client]], admin: int) -> Start:
    """Start a server with this policy. The client is logged in as an administrator."""

    async def start(registration: str) -> Client:
        client = await aiohttp_client(create_app(replace(settings, registration=registration)))
        assert (await client.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})).status == 200
        return client

    return start


async def _invite(client: Client, **body: Any) -> tuple[int, str]:
    """The id of a new invitation, and its token."""
    answer = await client.post("/api/admin/invitations/", json=body)
    assert answer.status == 201
    found = await answer.json()
    link = urlsplit(found["link"])
    assert link.path == "/register/"
    return found["id"], parse_qs(link.query)["invitation"][0]


async def _register(client: Client, email: str, invitation: str | None = None) -> tuple[int, str]:
    body = {"email": email, "password": PASSWORD, "confirmed_password": PASSWORD}
    answer = await client.post("/api/register/", json=body | ({"invitation": invitation} if invitation else {}))
    return answer.status, (await answer.json())["detail"]


async def test_everyone_may_register_by_default(client: Client) -> None:
    assert (await _register(client, "new@example.org"))[0] == 201


async def test_those_with_an_invitation_may_register_and_log_in_at_once(start: Start) -> None:
    client = await start("invite")
    assert await _register(client, "new@example.org") == (
        403,
        "You need an invitation to register. Please ask the administrator of this server for a link.",
    )
    _, token = await _invite(client)
    assert await (await client.get(f"/api/invitations/{token}/")).json() == {"email": None}
    assert await _register(client, "new@example.org", token) == (
        201,
        "Registration successful. You can log in now.",
    )
    answer = await client.post("/api/login/", json={"email": "new@example.org", "password": PASSWORD})
    assert answer.status == 200


async def test_nobody_may_register_when_registration_is_closed(start: Start, database: Database) -> None:
    client = await start("closed")
    for invitation in (None, "x"):
        status, detail = await _register(client, "new@example.org", invitation)
        assert (status, detail.partition(".")[0]) == (403, "Registration is closed")
    assert (await client.post("/api/admin/invitations/", json={})).status == 403
    assert (await client.get("/api/invitations/x/")).status == 403


async def test_an_invitation_for_several_people_is_used_up(start: Start) -> None:
    client = await start("invite")
    number, token = await _invite(client, people=2)
    assert (await _register(client, "one@example.org", token))[0] == 201
    assert (await _register(client, "one@example.org", token)) == (400, GENERIC)
    assert (await _register(client, "two@example.org", token))[0] == 201
    status, detail = await _register(client, "three@example.org", token)
    assert status == 400
    assert detail.startswith("This invitation was used already. If it was you, please log in.")
    (found,) = (await (await client.get("/api/admin/invitations/")).json())["items"]
    assert (found["id"], found["people"], found["registered"], found["state"]) == (number, 2, 2, "used")
    assert token not in str(found)


async def test_whoever_is_invited_into_groups_becomes_a_member_of_those_that_are_left(start: Start) -> None:
    client = await start("invite")
    names = ("Club", "Family", "Gone")
    groups = {
        name: (await (await client.post("/api/admin/groups/", json={"name": name})).json())["id"] for name in names
    }
    _, token = await _invite(client, group_ids=[groups["Gone"], groups["Club"]])
    await client.delete(f"/api/admin/groups/{groups['Gone']}/")
    (found,) = (await (await client.get("/api/admin/invitations/")).json())["items"]
    assert found["groups"] == ["Club"]
    assert (await _register(client, "new@example.org", token))[0] == 201
    for name, members in (("Club", ["new@example.org"]), ("Family", [])):
        listed = await client.get(f"/api/admin/groups/{groups[name]}/members/?who=members")
        assert [one["email"] for one in (await listed.json())["items"]] == members
    answer = await client.post("/api/admin/invitations/", json={"group_ids": [groups["Gone"]]})
    assert (answer.status, list((await answer.json())["fields"])) == (400, ["group_ids"])


async def test_two_people_cannot_use_the_last_place_at_once(start: Start) -> None:
    client = await start("invite")
    _, token = await _invite(client)
    answers = await asyncio.gather(*(_register(client, f"{n}@example.org", token) for n in range(4)))
    assert sorted(status for status, _ in answers) == [201, 400, 400, 400]


async def test_an_invitation_for_an_address_is_for_that_address(start: Start) -> None:
    client = await start("invite")
    _, token = await _invite(client, email="Guest@example.org")
    assert await (await client.get(f"/api/invitations/{token}/")).json() == {"email": "Guest@example.org"}
    status, detail = await _register(client, "other@example.org", token)
    assert (status, detail.partition(".")[0]) == (400, "This invitation is for another e-mail address")
    assert (await _register(client, "guest@example.org", token))[0] == 201


async def test_expired_revoked_and_unknown_invitations_say_what_to_do(start: Start, database: Database) -> None:
    client = await start("invite")
    (revoked, revoked_token), (expired, expired_token) = await _invite(client), await _invite(client)
    assert (await client.delete(f"/api/admin/invitations/{revoked}/")).status == 204
    async with database.connection() as connection:
        await connection.execute("UPDATE invitations SET expires_at = now() WHERE id = $1", expired)
    for token, begin in (
        (revoked_token, "This invitation was revoked."),
        (expired_token, "This invitation has expired."),
        ("x" * 43, "This invitation is unknown."),
        ("\u00e4%00", "This invitation is unknown."),
    ):
        for status, detail in (
            await _register(client, "new@example.org", token),
            await _shown(client, token),
        ):
            assert status == 400
            assert detail.startswith(begin)
            assert detail.endswith("Please ask for a new invitation.")
    for query, states in (
        ("", ["expired", "revoked"]),
        ("?state=revoked", ["revoked"]),
        ("?state=open", []),
    ):
        listed = await (await client.get(f"/api/admin/invitations/{query}")).json()
        assert [each["state"] for each in listed["items"]] == states
        assert listed["total"] == len(states)
        assert (listed["registration"], listed["email_backend"]) == ("invite", "console")
    assert (await client.get("/api/admin/invitations/?state=lost")).status == 400


async def _shown(client: Client, token: str) -> tuple[int, str]:
    answer = await client.get(f"/api/invitations/{token}/")
    return answer.status, (await answer.json())["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"people": 0},
        {"people": 1001},
        {"people": "two"},
        {"email": "nobody"},
        {"email": "guest@example.org", "people": 2},
    ],
)
async def test_bad_invitations_are_a_400(logged_in: Client, body: dict[str, Any]) -> None:
    assert (await logged_in.post("/api/admin/invitations/", json=body)).status == 400


async def test_invitations_are_for_administrators_audited_and_deleted_at_last(
    logged_in: Client, make_user: MakeUser, database: Database
) -> None:
    number, _ = await _invite(logged_in, email="guest@example.org")
    await logged_in.delete(f"/api/admin/invitations/{number}/")
    assert (await logged_in.delete("/api/admin/invitations/4711/")).status == 404
    entries = (await (await logged_in.get("/api/admin/audit/")).json())["items"]
    assert [(each["action"], each["label"]) for each in entries] == [
        ("invitation.revoke", "guest@example.org"),
        ("invitation.create", "guest@example.org"),
    ]
    async with database.connection() as connection:
        await connection.execute("UPDATE invitations SET expires_at = now() - interval '31 days'")
        await invitations.remove_old(connection, timedelta(days=30))
        assert await invitations.listing(connection, None, 10, 0) == ([], 0)
