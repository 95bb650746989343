"""Administration of accounts, and its effects on their sessions."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession, DummyCookieJar

from tests.fixtures.app import Client
from tests.fixtures.published import MakeUser
from tests.fixtures.services import EMAIL, PASSWORD, Services
from videoflix.accounts.jobs import MailContext, deliver
from videoflix.accounts.models import MailKind
from videoflix.accounts.queries import mails, users
from videoflix.accounts.tokens import encode_uid, mail_token_hash, new_mail_token
from videoflix.db.pool import Database
from videoflix.errors import LastAdmin
from videoflix.queue.queues import MAIL, Queues
from videoflix.settings import Settings

BOB = "bob@example.org"
USERS = "/api/admin/users/"
Bearer = dict[str, str]


async def _try_to_log_in(client: Client, email: str, password: str) -> ClientResponse:
    async with ClientSession(cookie_jar=DummyCookieJar()) as stranger:
        return await stranger.post(client.make_url("/api/login/"), json={"email": email, "password": password})


async def _login(client: Client, email: str, password: str = PASSWORD) -> Bearer:
    """The Authorization header of a new session, beside the client's cookies."""
    answer = await _try_to_log_in(client, email, password)
    assert answer.status == 200
    return {"Authorization": f"Bearer {answer.cookies['access_token'].value}"}


async def _logs_in(client: Client, email: str, password: str = PASSWORD) -> bool:
    return (await _try_to_log_in(client, email, password)).status == 200


async def _audit_entries(database: Database) -> list[tuple[str, str, str]]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT action, target, label FROM audit ORDER BY id")
    return [tuple(row) for row in rows]


async def _mails(database: Database) -> list[tuple[str, int, str]]:
    async with database.connection() as connection:
        return [tuple(row) for row in await connection.fetch("SELECT kind, user_id, state FROM mails ORDER BY id")]


async def _listed(client: Client, **query: object) -> list[Any]:
    answer = await client.get(USERS, params={name: str(value) for name, value in query.items()})
    assert answer.status == 200
    items: list[Any] = (await answer.json())["items"]
    return items


async def _disable(database: Database, user_id: int) -> None:
    async with database.transaction() as connection:
        await users.change(connection, user_id, False, None)


# --- list


async def test_accounts_are_listed_with_their_state_and_logins(
    logged_in: Client, admin: int, make_user: MakeUser, database: Database
) -> None:
    bob = await make_user()
    await make_user("idle@example.org", active=False)
    await _disable(database, await make_user("eve@example.org"))
    for _ in range(2):
        await _login(logged_in, BOB)
    listed = await (await logged_in.get(USERS)).json()
    assert (listed["total"], listed["page"], listed["per_page"]) == (4, 1, 25)
    assert [(one["email"], one["state"], one["is_staff"], one["sessions"]) for one in listed["items"]] == [
        ("eve@example.org", "disabled", False, 0),
        ("idle@example.org", "waiting", False, 0),
        (BOB, "active", False, 2),
        (EMAIL, "active", True, 1),
    ]
    one = listed["items"][2]
    told = {"id", "email", "name", "is_staff", "state", "created_at", "last_seen_at", "sessions", "has_second_factor"}
    assert set(one) == told
    assert one["id"] == bob
    assert one["last_seen_at"].endswith("Z")
    assert listed["items"][0]["last_seen_at"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "BOB"}, ["bob"]),
        ({"q": "%"}, []),
        ({"q": "example.org", "state": "active"}, ["bob", "ada"]),
        ({"state": "waiting"}, ["idle"]),
        ({"state": "disabled"}, ["eve"]),
        ({"role": "admin"}, ["ada"]),
        ({"role": "user", "q": "e"}, ["eve", "idle", "bob"]),
        ({"role": "admin", "state": "disabled"}, []),
        ({"sort": "email"}, ["ada", "bob", "eve", "idle"]),
        ({"sort": "-email"}, ["idle", "eve", "bob", "ada"]),
        ({"sort": "created_at"}, ["ada", "bob", "idle", "eve"]),
        ({"sort": "state"}, ["bob", "ada", "eve", "idle"]),
        ({"sort": "-sessions"}, ["bob", "ada", "eve", "idle"]),
        ({"sort": "sessions"}, ["eve", "idle", "ada", "bob"]),
        ({"sort": "-last_seen_at"}, ["bob", "ada", "eve", "idle"]),
        ({"sort": "last_seen_at"}, ["eve", "idle", "ada", "bob"]),
        ({"sort": "email", "per_page": 3, "page": 2}, ["idle"]),
        ({"page": 9}, []),
    ],
    ids=str,
)
async def test_accounts_are_searched_filtered_and_sorted(
    logged_in: Client, make_user: MakeUser, database: Database, query: dict[str, object], found: list[str]
) -> None:
    await make_user()
    await make_user("idle@example.org", active=False)
    await _disable(database, await make_user("eve@example.org"))
    for _ in range(2):
        await _login(logged_in, BOB)
    assert [one["email"].removesuffix("@example.org") for one in await _listed(logged_in, **query)] == found


@pytest.mark.parametrize("query", ["state=gone", "role=king", "sort=password_hash", "page=0", "q=%00"])
async def test_invalid_query_parameters_are_refused(logged_in: Client, query: str) -> None:
    answer = await logged_in.get(f"{USERS}?{query}")
    assert answer.status == 400
    assert set((await answer.json())["fields"]) == {query.partition("=")[0]}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("POST", ""),
        ("PATCH", "{id}/"),
        ("DELETE", "{id}/"),
        ("POST", "{id}/activation/"),
        ("POST", "{id}/reset/"),
        ("DELETE", "{id}/sessions/"),
    ],
)
async def test_all_routes_are_for_administrators(
    client: Client, admin: int, make_user: MakeUser, method: str, path: str
) -> None:
    await make_user()
    address = USERS + path.format(id=admin)
    assert (await client.request(method, address, json={})).status == 401
    bob = await _login(client, BOB)
    assert (await client.request(method, address, json={}, headers=bob)).status == 403
    ada = await _login(client, EMAIL)
    evil = {**ada, "Origin": "https://evil.example"}
    if method != "GET":
        assert (await client.request(method, address, json={}, headers=evil)).status == 403
    if "{id}" in path:
        for unknown in ("99", "0", "x", "9" * 30):
            address = USERS + path.format(id=unknown)
            assert (await client.request(method, address, json={}, headers=ada)).status == 404


# --- new accounts


async def test_an_account_with_a_password_can_log_in_at_once(logged_in: Client, database: Database) -> None:
    body = {"email": " Bob@EXAMPLE.org", "is_staff": False, "password": "bobs password"}
    answer = await logged_in.post(USERS, json=body)
    assert answer.status == 201
    account = await answer.json()
    assert (account["email"], account["state"], account["is_staff"]) == ("Bob@example.org", "active", False)
    assert await _logs_in(logged_in, BOB, "bobs password")
    assert await _mails(database) == []
    assert await _audit_entries(database) == [("user.create", f"user:{account['id']}", "Bob@example.org")]


async def test_a_new_administrator_has_the_role(logged_in: Client) -> None:
    body = {"email": BOB, "is_staff": True, "password": "bobs password"}
    assert (await logged_in.post(USERS, json=body)).status == 201
    bob = await _login(logged_in, BOB, "bobs password")
    assert (await logged_in.get(USERS, headers=bob)).status == 200


async def test_without_a_password_the_user_gets_a_mail_to_choose_one(
    logged_in: Client, database: Database, settings: Settings, queues: Queues, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = await logged_in.post(USERS, json={"email": BOB, "is_staff": False, "password": None})
    assert answer.status == 201
    bob = (await answer.json())["id"]
    assert await _mails(database) == [("reset", bob, "queued")]
    assert await queues[MAIL].count("queued") == 1
    for guess in ("", "no account has this password", "!"):
        assert not await _logs_in(logged_in, BOB, guess)
    await _deliver(settings, database)
    shown = capsys.readouterr().out
    assert "choose a password" in shown
    assert "valid for 3 days" in shown
    assert "will not be changed" not in shown
    found = re.search(r"^\[RESET LINK\] \S+/confirm_password.html\?uid=(\S+)&token=(\S+)$", shown, re.MULTILINE)
    assert found
    body = {"new_password": "bobs password", "confirm_password": "bobs password"}
    assert (await logged_in.post(f"/api/password_confirm/{found[1]}/{found[2]}/", json=body)).status == 200
    assert await _logs_in(logged_in, BOB, "bobs password")


async def _deliver(settings: Settings, database: Database) -> None:
    async with database.connection() as connection:
        waiting = await mails.waiting(connection)
    for _, mail_id, _ in waiting:
        await deliver(MailContext(settings, database), mail_id)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"email": "bob"}, ["email"]),
        ({"email": EMAIL.upper()}, ["email"]),
        ({"password": "short"}, ["password"]),
        ({"password": BOB}, ["password"]),
        ({"email": "bob", "password": ""}, ["email", "password"]),
    ],
    ids=str,
)
async def test_invalid_fields_of_a_new_account_are_named(
    logged_in: Client, database: Database, changes: dict[str, object], fields: list[str]
) -> None:
    body = {"email": BOB, "is_staff": False, "password": "bobs password", **changes}
    answer = await logged_in.post(USERS, json=body)
    assert answer.status == 400
    assert sorted((await answer.json())["fields"]) == fields
    assert len(await _listed(logged_in)) == 1
    assert await _audit_entries(database) == []


@pytest.mark.parametrize("body", [{}, {"email": 1}, {"email": BOB, "is_staff": "yes"}, {"email": "\0"}], ids=str)
async def test_a_malformed_body_is_a_400(logged_in: Client, body: dict[str, object]) -> None:
    assert (await logged_in.post(USERS, json=body)).status == 400


async def test_rate_limits_do_not_apply_to_administrators(
    logged_in: Client, make_user: MakeUser, settings: Settings
) -> None:
    bob = await make_user()
    for _ in range(settings.limit_mails.count + 1):
        assert (await logged_in.post(f"{USERS}{bob}/reset/")).status == 200


# --- changes


async def test_disabling_an_account_ends_its_sessions_for_good(
    logged_in: Client, make_user: MakeUser, database: Database
) -> None:
    bob = await make_user()
    there = await _login(logged_in, BOB)
    assert (await logged_in.get("/api/video/", headers=there)).status == 200
    answer = await logged_in.patch(f"{USERS}{bob}/", json={"is_active": False})
    assert answer.status == 200
    account = await answer.json()
    assert (account["state"], account["sessions"]) == ("disabled", 0)
    assert (await logged_in.get("/api/video/", headers=there)).status == 401
    assert not await _logs_in(logged_in, BOB)
    answer = await logged_in.patch(f"{USERS}{bob}/", json={"is_active": True})
    assert (await answer.json())["state"] == "active"
    assert (await logged_in.get("/api/video/", headers=there)).status == 401
    assert await _logs_in(logged_in, BOB)
    assert [action for action, _, _ in await _audit_entries(database)] == ["user.disable", "user.enable"]


async def test_an_activation_link_does_not_enable_a_disabled_account(
    logged_in: Client, make_user: MakeUser, database: Database
) -> None:
    bob, token = await make_user(active=False), new_mail_token()
    async with database.connection() as connection:
        await mails.insert_token(connection, mail_token_hash(token), bob, MailKind.ACTIVATION, 3600)
    assert (await logged_in.patch(f"{USERS}{bob}/", json={"is_active": False})).status == 200
    assert (await logged_in.get(f"/api/activate/{encode_uid(bob)}/{token}/")).status == 400
    assert (await _listed(logged_in, q=BOB))[0]["state"] == "disabled"


async def test_an_admin_can_activate_a_waiting_account(
    logged_in: Client, make_user: MakeUser, database: Database
) -> None:
    bob = await make_user(active=False)
    answer = await logged_in.patch(f"{USERS}{bob}/", json={"is_active": True})
    assert (await answer.json())["state"] == "active"
    assert await _logs_in(logged_in, BOB)
    assert await _audit_entries(database) == [("user.activate", f"user:{bob}", BOB)]


async def test_a_change_of_role_takes_effect_at_once(
    logged_in: Client, make_user: MakeUser, database: Database
) -> None:
    bob = await make_user()
    there = await _login(logged_in, BOB)
    assert (await logged_in.get(USERS, headers=there)).status == 403
    for is_staff, status in ((True, 200), (False, 403)):
        answer = await logged_in.patch(f"{USERS}{bob}/", json={"is_staff": is_staff})
        assert (await answer.json())["is_staff"] is is_staff
        assert (await logged_in.get(USERS, headers=there)).status == status
    assert [action for action, _, _ in await _audit_entries(database)] == ["user.promote", "user.demote"]


async def test_unchanged_values_are_not_in_the_audit_log(
    logged_in: Client, make_user: MakeUser, database: Database
) -> None:
    bob = await make_user(active=False)
    for body in ({}, {"is_active": None}, {"is_staff": False}):
        answer = await logged_in.patch(f"{USERS}{bob}/", json=body)
        assert (answer.status, (await answer.json())["state"]) == (200, "waiting")
    assert await _audit_entries(database) == []
    answer = await logged_in.patch(f"{USERS}{bob}/", json={"is_active": False, "is_staff": True})
    assert [action for action, _, _ in await _audit_entries(database)] == ["user.disable", "user.promote"]


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}, None], ids=str)
async def test_the_last_administrator_cannot_be_removed(
    logged_in: Client, admin: int, make_user: MakeUser, database: Database, change: dict[str, bool] | None
) -> None:
    other = await make_user()
    async with database.transaction() as connection:
        await users.change(connection, other, False, True)  # a disabled one does not count
    path = f"{USERS}{admin}/"
    answer = await (logged_in.patch(path, json=change) if change else logged_in.delete(path))
    assert answer.status == 409
    assert "last administrator" in (await answer.json())["detail"]
    assert (await logged_in.get(USERS)).status == 200
    assert await _audit_entries(database) == []


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}, None], ids=str)
async def test_two_administrators_cannot_remove_each_other(
    client: Client, admin: int, database: Database, password_hash: str, change: dict[str, bool] | None
) -> None:
    async with database.connection() as connection:
        other = (await users.insert_admin(connection, BOB, password_hash)).id
    ada, bob = await _login(client, EMAIL), await _login(client, BOB)

    async def end(victim: int, by: Bearer) -> int:
        path = f"{USERS}{victim}/"
        done = client.patch(path, json=change, headers=by) if change else client.delete(path, headers=by)
        return (await done).status

    statuses = await asyncio.gather(end(other, ada), end(admin, bob))
    assert sorted(statuses)[0] in (200, 204)
    assert sorted(statuses)[1] in (401, 403, 409)
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM users WHERE is_staff AND is_active") == 1


async def test_not_all_administrators_can_resign_at_once(database: Database, admin: int, password_hash: str) -> None:
    async with database.connection() as connection:
        for number in range(4):
            await users.insert_admin(connection, f"a{number}@example.org", password_hash)
        rows = await connection.fetch("SELECT id FROM users")

    async def resign(user_id: int) -> bool:
        try:
            async with database.transaction() as connection:
                await users.lock_account(connection, user_id, by=user_id)
                await users.change(connection, user_id, None, False)
        except LastAdmin:
            return False
        return True

    done = await asyncio.gather(*(resign(row["id"]) for row in rows))
    assert sorted(done) == [False, True, True, True, True]


# --- mails, sessions, deletion


@pytest.mark.parametrize(
    ("active", "path", "kind"),
    [(False, "activation", "activation"), (True, "reset", "reset"), (False, "reset", "reset")],
)
async def test_a_mail_is_sent_again(
    logged_in: Client, make_user: MakeUser, database: Database, queues: Queues, active: bool, path: str, kind: str
) -> None:
    bob = await make_user(active=active)
    answer = await logged_in.post(f"{USERS}{bob}/{path}/")
    assert answer.status == 200
    assert kind in (await answer.json())["detail"]
    assert await _mails(database) == [(kind, bob, "queued")]
    assert await queues[MAIL].count("queued") == 1
    assert await _audit_entries(database) == [(f"user.send_{kind}", f"user:{bob}", BOB)]


async def test_a_link_to_choose_a_password_is_passed_on_by_the_administrator(
    logged_in: Client, make_user: MakeUser, database: Database
) -> None:
    bob = await make_user(active=False)
    old = (await (await logged_in.post(f"{USERS}{bob}/link/")).json())["link"]
    answer = await logged_in.post(f"{USERS}{bob}/link/")
    assert answer.status == 201
    link = (await answer.json())["link"]
    found = [re.search(r"uid=([^&]+)&token=(.+)", one) for one in (old, link)]
    new = {"new_password": "a new passphrase", "confirm_password": "a new passphrase"}
    statuses = [
        (await logged_in.post(f"/api/password_confirm/{one[1]}/{one[2]}/", json=new)).status for one in found if one
    ]
    assert statuses == [400, 200]
    assert await _logs_in(logged_in, BOB, "a new passphrase")
    assert await _mails(database) == []
    assert await _audit_entries(database) == [("user.make_link", f"user:{bob}", BOB)] * 2
    await _disable(database, bob)
    assert (await logged_in.post(f"{USERS}{bob}/link/")).status == 409


async def test_an_administrator_sets_a_password(logged_in: Client, make_user: MakeUser, database: Database) -> None:
    bob = await make_user()
    session = await _login(logged_in, BOB)
    weak = await logged_in.put(f"{USERS}{bob}/password/", json={"new_password": "password"})
    assert (weak.status, list((await weak.json())["fields"])) == (400, ["new_password"])
    answer = await logged_in.put(f"{USERS}{bob}/password/", json={"new_password": "a new passphrase"})
    assert answer.status == 204
    assert await _logs_in(logged_in, BOB, "a new passphrase")
    assert not await _logs_in(logged_in, BOB)
    async with ClientSession(cookie_jar=DummyCookieJar()) as stranger:
        assert (await stranger.get(logged_in.make_url("/api/me/"), headers=session)).status == 401
    assert await _audit_entries(database) == [("user.set_password", f"user:{bob}", BOB)]
    own = (await (await logged_in.get("/api/me/")).json())["id"]
    assert (await logged_in.put(f"{USERS}{own}/password/", json={"new_password": "my new passphrase"})).status == 204
    assert (await logged_in.get("/api/me/")).status == 200  # the session that asks stays
    assert (await logged_in.put(f"{USERS}9999/password/", json={"new_password": "a new passphrase"})).status == 404


async def test_a_useless_mail_is_not_sent(logged_in: Client, make_user: MakeUser, database: Database) -> None:
    bob = await make_user()
    assert (await logged_in.post(f"{USERS}{bob}/activation/")).status == 409
    await _disable(database, bob)
    for path in ("activation", "reset"):
        assert (await logged_in.post(f"{USERS}{bob}/{path}/")).status == 409
    assert await _mails(database) == []


async def test_without_redis_the_mail_waits(
    restartable_services: Services, logged_in: Client, make_user: MakeUser, database: Database
) -> None:
    bob = await make_user()
    restartable_services.stop("redis")
    assert (await logged_in.post(f"{USERS}{bob}/reset/")).status == 200
    assert await _mails(database) == [("reset", bob, "queued")]


async def test_ending_all_sessions_of_a_user_spares_other_users(
    logged_in: Client, make_user: MakeUser, database: Database
) -> None:
    bob = await make_user()
    logins = [await _login(logged_in, BOB) for _ in range(2)]
    for login in logins:
        assert (await logged_in.get("/api/me/", headers=login)).status == 200
    answer = await logged_in.delete(f"{USERS}{bob}/sessions/")
    assert answer.status == 200
    assert BOB in (await answer.json())["detail"]
    for login in logins:
        assert (await logged_in.get("/api/me/", headers=login)).status == 401
    assert (await logged_in.get("/api/me/")).status == 200
    assert await _logs_in(logged_in, BOB)
    assert await _audit_entries(database) == [("user.end_sessions", f"user:{bob}", BOB)]


async def test_deleting_an_account_deletes_its_sessions_and_mails(
    logged_in: Client, admin: int, make_user: MakeUser, database: Database
) -> None:
    bob = await make_user()
    there = await _login(logged_in, BOB)
    assert (await logged_in.post(f"{USERS}{bob}/reset/")).status == 200
    assert (await logged_in.get("/api/me/", headers=there)).status == 200
    answer = await logged_in.delete(f"{USERS}{bob}/")
    assert (answer.status, await answer.read()) == (204, b"")
    assert (await logged_in.get("/api/me/", headers=there)).status == 401
    async with database.connection() as connection:
        for table in ("users", "sessions", "mails"):
            left = await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
            assert left == (0 if table == "mails" else 1)  # the administrator's
    assert (await _audit_entries(database))[-1] == ("user.delete", f"user:{bob}", BOB)


async def test_the_audit_log_keeps_an_administrator_who_deleted_the_own_account(
    logged_in: Client, admin: int, database: Database, password_hash: str
) -> None:
    async with database.connection() as connection:
        await users.insert_admin(connection, BOB, password_hash)
    assert (await logged_in.delete(f"{USERS}{admin}/")).status == 204
    assert (await logged_in.get(USERS)).status == 401
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT who FROM audit") == EMAIL


async def test_an_account_disabled_before_activation_is_not_removed(
    logged_in: Client, make_user: MakeUser, database: Database
) -> None:
    bob = await make_user(active=False)
    await make_user("idle@example.org", active=False)
    assert (await logged_in.patch(f"{USERS}{bob}/", json={"is_active": False})).status == 200
    async with database.connection() as connection:
        await users.remove_never_activated(connection, timedelta(0))
    assert [one["email"] for one in await _listed(logged_in)] == [BOB, EMAIL]
