from uuid import uuid4

import pytest

from tests.fixtures.app import Client
from tests.fixtures.published import MakeUser
from tests.fixtures.services import EMAIL, PASSWORD
from videoflix.accounts.models import MailKind
from videoflix.accounts.queries import mails
from videoflix.accounts.tokens import mail_token_hash, new_mail_token
from videoflix.db.pool import Database


async def _login(client: Client, email: str, password: str = PASSWORD) -> dict[str, str]:
    """The Authorization header of a new session, beside the client's cookies."""
    client.session.cookie_jar.clear()
    answer = await client.post("/api/login/", json={"email": email, "password": password})
    assert answer.status == 200
    cookies = {cookie.key: cookie.value for cookie in client.session.cookie_jar}
    client.session.cookie_jar.clear()
    return {"Authorization": f"Bearer {cookies['access_token']}"}


async def test_the_own_account_is_shown(logged_in: Client, admin: int) -> None:
    body = await (await logged_in.get("/api/me/")).json()
    created, profile = body.pop("created_at"), body.pop("profile")
    assert (profile["name"], profile["max_age"], profile["has_pin"]) == (EMAIL, 18, False)
    assert body == {"id": admin, "email": EMAIL, "name": "", "is_staff": True}
    assert created.endswith("Z")


async def test_the_account_gets_a_name_which_administrators_find(logged_in: Client) -> None:
    renamed = await logged_in.patch("/api/me/", json={"name": "  Ada  Lövelace "})
    assert (renamed.status, (await renamed.json())["name"]) == (200, "Ada Lövelace")
    assert (await (await logged_in.get("/api/me/")).json())["name"] == "Ada Lövelace"
    for wanted, names in (("LÖVE", ["Ada Lövelace"]), ("ada@", ["Ada Lövelace"]), ("bob", [])):
        listed = await (await logged_in.get("/api/admin/users/", params={"q": wanted})).json()
        assert [account["name"] for account in listed["items"]] == names
    refused = await logged_in.patch("/api/me/", json={"name": "x" * 81})
    assert (refused.status, (await refused.json())["fields"]) == (400, {"name": "A name has at most 80 characters."})
    for body in ({}, {"name": None}, {"name": "\0"}):
        assert (await logged_in.patch("/api/me/", json=body)).status == 400
    assert (await (await logged_in.patch("/api/me/", json={"name": ""})).json())["name"] == ""


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/me/"),
        ("PATCH", "/api/me/"),
        ("DELETE", "/api/me/"),
        ("POST", "/api/me/password/"),
        ("GET", "/api/me/sessions/"),
        ("DELETE", "/api/me/sessions/"),
        ("DELETE", "/api/me/sessions/00000000-0000-4000-8000-000000000000/"),
    ],
)
async def test_routes_of_the_own_account_need_a_login(client: Client, method: str, path: str) -> None:
    assert (await client.request(method, path, json={})).status == 401


async def test_sessions_are_listed_and_can_be_ended(client: Client, make_user: MakeUser) -> None:
    await make_user()
    first, second = await _login(client, "bob@example.org"), await _login(client, "bob@example.org")
    listed = await (await client.get("/api/me/sessions/", headers=second)).json()
    assert [login["current"] for login in listed] == [True, False]
    assert set(listed[0]) == {
        *("id", "created_at", "last_seen_at", "expires_at", "user_agent", "address", "current"),
        *("device", "browser", "system", "is_remembered"),
    }
    assert listed[0]["address"] == "127.0.0.1"
    answer = await client.delete(f"/api/me/sessions/{listed[1]['id']}/", headers=second)
    assert answer.status == 200
    assert (await client.get("/api/me/", headers=first)).status == 401
    assert (await client.get("/api/me/", headers=second)).status == 200


async def test_a_session_of_another_user_is_a_404(client: Client, make_user: MakeUser, admin: int) -> None:
    await make_user()
    ada, bob = await _login(client, EMAIL), await _login(client, "bob@example.org")
    (login,) = await (await client.get("/api/me/sessions/", headers=ada)).json()
    for session_id in (login["id"], str(uuid4()), "x"):
        assert (await client.delete(f"/api/me/sessions/{session_id}/", headers=bob)).status == 404
    assert (await client.get("/api/me/", headers=ada)).status == 200


async def test_a_new_password_ends_the_other_sessions(client: Client, make_user: MakeUser) -> None:
    await make_user()
    here, there = await _login(client, "bob@example.org"), await _login(client, "bob@example.org")
    body = {"old_password": "not it", "new_password": "quite another"}
    answer = await client.post("/api/me/password/", json=body, headers=here)
    assert (answer.status, (await answer.json())["detail"]) == (400, "The password is wrong.")
    answer = await client.post("/api/me/password/", json={**body, "old_password": PASSWORD}, headers=here)
    assert answer.status == 200
    assert (await client.get("/api/me/", headers=here)).status == 200
    assert (await client.get("/api/me/", headers=there)).status == 401
    await _login(client, "bob@example.org", "quite another")


async def test_a_malformed_new_password_is_named(client: Client, make_user: MakeUser) -> None:
    await make_user()
    here = await _login(client, "bob@example.org")
    body = {"old_password": PASSWORD, "new_password": "123456789"}
    answer = await client.post("/api/me/password/", json=body, headers=here)
    assert answer.status == 400
    assert set((await answer.json())["fields"]) == {"new_password"}


async def test_deleting_the_own_account_deletes_everything_that_belongs_to_it(
    client: Client, make_user: MakeUser, database: Database
) -> None:
    await make_user()
    here, there = await _login(client, "bob@example.org"), await _login(client, "bob@example.org")
    assert (await client.delete("/api/me/", json={"password": "not it"}, headers=here)).status == 400
    assert (await client.delete("/api/me/", json={"password": PASSWORD}, headers=here)).status == 200
    for session in (here, there):
        assert (await client.get("/api/me/", headers=session)).status == 401
    async with database.connection() as connection:
        for table in ("users", "sessions", "mails", "mail_tokens"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0  # noqa: S608


async def test_the_last_administrator_cannot_be_removed(client: Client, make_user: MakeUser, admin: int) -> None:
    await make_user()
    ada = await _login(client, EMAIL)
    answer = await client.delete("/api/me/", json={"password": PASSWORD}, headers=ada)
    assert answer.status == 409
    assert (await client.get("/api/me/", headers=ada)).status == 200


async def test_a_new_password_invalidates_reset_links(
    client: Client, make_user: MakeUser, database: Database
) -> None:
    bob = await make_user()
    here, token = await _login(client, "bob@example.org"), new_mail_token()
    async with database.connection() as connection:
        await mails.insert_token(connection, mail_token_hash(token), bob, MailKind.RESET, 3600)
        await mails.insert_reset(connection, "bob@example.org", "en")
    body = {"old_password": PASSWORD, "new_password": "quite another"}
    assert (await client.post("/api/me/password/", json=body, headers=here)).status == 200
    async with database.connection() as connection:
        assert await mails.find_reset(connection, mail_token_hash(token), bob) is None
        assert await mails.waiting(connection) == []


async def test_all_other_sessions_are_ended_at_once(client: Client, make_user: MakeUser) -> None:
    await make_user()
    others = [await _login(client, "bob@example.org") for _ in range(2)]
    here = await _login(client, "bob@example.org")
    assert (await client.delete("/api/me/sessions/", headers=here)).status == 200
    for other in others:
        assert (await client.get("/api/me/", headers=other)).status == 401
    (left,) = await (await client.get("/api/me/sessions/", headers=here)).json()
    assert (left["current"], left["device"], left["browser"], left["system"]) == (True, "Python", "Python", None)
