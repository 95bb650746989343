"""The contract of the account routes, over HTTP with PostgreSQL and Redis."""

import asyncio
import io
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import FormData
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fixtures.app import Client
from tests.fixtures.locks import until_one_waits
from tests.fixtures.published import MakeUser
from tests.fixtures.services import EMAIL, PASSWORD, Services
from videoflix.accounts.models import MailKind
from videoflix.accounts.queries import mails, users
from videoflix.accounts.tokens import encode_uid, mail_token_hash, new_mail_token
from videoflix.db.pool import Database
from videoflix.settings import Settings

NEW = {"email": "bob@example.org", "password": "bobs password", "confirmed_password": "bobs password"}
GENERIC = {"detail": "Please check your inputs and try again."}
BAD_LINK = {"detail": "Invalid or expired reset link."}


async def _link(database: Database, user_id: int, kind: MailKind, lifetime: int = 3600) -> str:
    token = new_mail_token()
    async with database.connection() as connection:
        await mails.insert_token(connection, mail_token_hash(token), user_id, kind, lifetime)
    return f"{encode_uid(user_id)}/{token}"


async def _confirm(client: Client, link: str, password: str = "a new password", again: str | None = None) -> Any:
    body = {"new_password": password, "confirm_password": password if again is None else again}
    return await client.post(f"/api/password_confirm/{link}/", json=body)


async def _logs_in(client: Client, email: str, password: str) -> bool:
    return (await client.post("/api/login/", json={"email": email, "password": password})).status == 200


# --- registration


async def test_registration_follows_the_contract_and_queues_a_mail(client: Client, database: Database) -> None:
    answer = await client.post("/api/register/", json={**NEW, "privacy_policy": "on"})
    assert answer.status == 201
    body = await answer.json()
    assert body["detail"] == "Registration successful. Please check your email."
    assert body == {"detail": body["detail"], "user": {"id": body["user"]["id"], "email": "bob@example.org"}}
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT kind, user_id, state FROM mails")
        assert [tuple(row) for row in rows] == [("activation", body["user"]["id"], "queued")]
        assert await connection.fetchval("SELECT count(*) FROM mail_tokens") == 0
    assert not await _logs_in(client, NEW["email"], NEW["password"])


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "en"),
        ({"Accept-Language": "de-AT, en;q=0.5"}, "de"),
        ({"Accept-Language": "de", "Cookie": "language=en"}, "en"),
        ({"Cookie": "language=de"}, "de"),
        ({"Accept-Language": "fr", "Cookie": "language=xx"}, "en"),
    ],
)
async def test_mails_are_in_the_language_of_who_causes_them(
    logged_in: Client, database: Database, headers: dict[str, str], language: str
) -> None:
    access = {cookie.key: cookie.value for cookie in logged_in.session.cookie_jar}["access_token"]
    by_admin = {"Authorization": f"Bearer {access}"}
    logged_in.session.cookie_jar.clear()
    for path, body in (
        ("/api/register/", NEW),
        ("/api/password_reset/", {"email": NEW["email"]}),
        ("/api/admin/users/", {"email": "guest@example.org"}),
        ("/api/admin/users/1/reset/", {}),
    ):
        assert (await logged_in.post(path, json=body, headers={**by_admin, **headers})).status < 300
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT kind, language FROM mails ORDER BY id")
    assert [tuple(row) for row in rows] == [("activation", language), *[("reset", language)] * 3]


async def test_with_debug_the_response_contains_a_working_link(debug_client: Client) -> None:
    body = await (await debug_client.post("/api/register/", json=NEW)).json()
    found = urlsplit(body["activation_link"])
    query = parse_qs(found.query)
    assert found.path == "/pages/auth/activate.html"
    assert query["token"] == [body["token"]]
    answer = await debug_client.get(f"/api/activate/{query['uid'][0]}/{body['token']}/")
    assert answer.status == 200
    assert await _logs_in(debug_client, NEW["email"], NEW["password"])


async def test_malformed_fields_are_named(client: Client) -> None:
    malformed = {"email": "bob", "password": "short", "confirmed_password": "shorter"}
    answer = await client.post("/api/register/", json=malformed)
    assert answer.status == 400
    body = await answer.json()
    assert body["detail"] == GENERIC["detail"]
    assert set(body["fields"]) == set(malformed)


@pytest.mark.parametrize("email", [EMAIL, EMAIL.upper(), f" {EMAIL}\t"])
async def test_a_taken_address_gets_the_generic_response(client: Client, admin: int, email: str) -> None:
    answer = await client.post("/api/register/", json={**NEW, "email": email})
    assert (answer.status, await answer.json()) == (400, GENERIC)


async def test_concurrent_registrations_create_one_account(client: Client, database: Database) -> None:
    bodies = [{**NEW, "email": email} for email in ("bob@example.org", "BOB@EXAMPLE.ORG") * 4]
    answers = await asyncio.gather(*(client.post("/api/register/", json=body) for body in bodies))
    assert sorted(answer.status for answer in answers) == [201] + [400] * 7
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM users") == 1
        assert await connection.fetchval("SELECT count(*) FROM mails") == 1


async def test_an_international_domain_is_accepted(client: Client, database: Database) -> None:
    assert (await client.post("/api/register/", json={**NEW, "email": "bob@BÜCHER.example"})).status == 201
    answer = await client.post("/api/register/", json={**NEW, "email": "bob@xn--bcher-kva.example"})
    assert answer.status == 400
    async with database.connection() as connection:
        user = await users.find_by_email(connection, "bob@bücher.example")
        assert user
        await users.activate(connection, user.id)
    assert await _logs_in(client, "BOB@xn--bcher-kva.example", NEW["password"])


# --- activation


async def test_an_activation_link_works_repeatedly(client: Client, database: Database, make_user: MakeUser) -> None:
    link = await _link(database, await make_user(active=False), MailKind.ACTIVATION)
    for _ in range(2):
        answer = await client.get(f"/api/activate/{link}/")
        assert (answer.status, await answer.json()) == (200, {"message": "Account successfully activated."})
    assert await _logs_in(client, "bob@example.org", PASSWORD)


async def test_an_activation_link_of_a_disabled_account_fails(
    client: Client, database: Database, make_user: MakeUser
) -> None:
    user_id = await make_user(active=False)
    used, unused = [await _link(database, user_id, MailKind.ACTIVATION) for _ in range(2)]
    assert (await client.get(f"/api/activate/{used}/")).status == 200
    async with database.connection() as connection:
        await connection.execute("UPDATE users SET disabled_at = now()")
    for link in (used, unused):
        answer = await client.get(f"/api/activate/{link}/")
        assert (answer.status, await answer.json()) == (400, {"message": "Activation failed."})
    assert not await _logs_in(client, "bob@example.org", PASSWORD)


async def test_errors_of_activation_have_a_message_too(client: Client) -> None:
    answer = await client.post("/api/activate/MQ/token/")
    assert answer.status == 405
    assert isinstance((await answer.json())["message"], str)


async def test_invalid_activation_links(client: Client, database: Database, make_user: MakeUser) -> None:
    bob, eve = await make_user(active=False), await make_user("eve@example.org", active=False)
    own = await _link(database, bob, MailKind.ACTIVATION)
    token = own.partition("/")[2]
    expired = await _link(database, bob, MailKind.ACTIVATION, lifetime=-1)
    reset = await _link(database, bob, MailKind.RESET)
    wrong = [
        expired,
        reset,
        f"{encode_uid(eve)}/{token}",
        f"{encode_uid(10**17)}/{token}",
        f"{encode_uid(bob)}/rubbish",
        f"===/{token}",
        f"{'OTk5' * 500}/{token}",
        f"%00/{token}",
    ]
    for link in wrong:
        answer = await client.get(f"/api/activate/{link}/")
        assert (answer.status, await answer.json()) == (400, {"message": "Activation failed."})
    assert not await _logs_in(client, "bob@example.org", PASSWORD)


# --- password reset


async def test_a_reset_request_gets_the_same_response_for_known_and_unknown_addresses(
    client: Client, database: Database, make_user: MakeUser
) -> None:
    bob = await make_user()
    idle = await make_user("idle@example.org", active=False)
    for email in ("BOB@example.org", "nobody@example.org", "idle@example.org"):
        answer = await client.post("/api/password_reset/", json={"email": email})
        assert answer.status == 200
        assert await answer.json() == {"detail": "An email has been sent to reset your password."}
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT kind, user_id FROM mails ORDER BY id")
    assert [tuple(row) for row in rows] == [("reset", bob), ("reset", None), ("reset", idle)]


# A stranger has registered bob@example.org with PASSWORD; Bob requests a reset.


async def _ask_reset(client: Client, email: str = "bob@example.org") -> None:
    assert (await client.post("/api/password_reset/", json={"email": email})).status == 200


async def test_a_reset_activates_an_account_and_locks_the_stranger_out(
    client: Client, database: Database, make_user: MakeUser
) -> None:
    bob = await make_user(active=False)
    old = await _link(database, bob, MailKind.ACTIVATION)
    await _ask_reset(client)
    link = await _link(database, bob, MailKind.RESET)
    assert (await client.post("/api/register/", json=NEW)).status == 400
    answer = await _confirm(client, link)
    assert (answer.status, await answer.json()) == (200, {"detail": "Your Password has been successfully reset."})
    assert await _logs_in(client, "bob@example.org", "a new password")
    assert not await _logs_in(client, "bob@example.org", PASSWORD)
    assert (await client.get(f"/api/activate/{old}/")).status == 400
    assert (await _confirm(client, link, "another password")).status == 400
    assert await _logs_in(client, "bob@example.org", "a new password")


@pytest.mark.parametrize("sent", ["before", "after"])
async def test_after_a_reset_request_no_activation_link_lets_the_stranger_in(
    client: Client, database: Database, make_user: MakeUser, sent: str
) -> None:
    bob = await make_user(active=False)
    old = await _link(database, bob, MailKind.ACTIVATION) if sent == "before" else ""
    await _ask_reset(client)
    link = await _link(database, bob, MailKind.RESET)
    if sent == "after":  # the worker was about to send it when the reset was requested
        old = await _link(database, bob, MailKind.ACTIVATION)
    await client.get(f"/api/activate/{old}/")
    assert not await _logs_in(client, "bob@example.org", PASSWORD)
    assert (await _confirm(client, link)).status == 200
    assert await _logs_in(client, "bob@example.org", "a new password")
    assert not await _logs_in(client, "bob@example.org", PASSWORD)


@pytest.mark.parametrize("kind", [MailKind.ACTIVATION, MailKind.RESET])
async def test_a_link_is_followed_while_the_account_is_deleted(
    client: Client, database: Database, make_user: MakeUser, kind: MailKind
) -> None:
    """Both lock the account and its links: in one order, or they would wait for each other."""
    bob = await make_user(active=False)
    link = await _link(database, bob, kind)
    async with database.transaction() as connection:
        await connection.execute("SELECT FROM users WHERE id = $1 FOR UPDATE", bob)
        follow = _confirm(client, link) if kind is MailKind.RESET else client.get(f"/api/activate/{link}/")
        following = asyncio.create_task(follow)
        await until_one_waits(database)
        await users.remove(connection, bob)
    assert (await following).status == 400


async def test_a_reset_after_the_activation_ends_the_session_of_the_stranger(
    client: Client, database: Database, make_user: MakeUser
) -> None:
    bob = await make_user(active=False)
    old = await _link(database, bob, MailKind.ACTIVATION)
    assert (await client.get(f"/api/activate/{old}/")).status == 200
    assert await _logs_in(client, "bob@example.org", PASSWORD)
    await _ask_reset(client)
    assert await _logs_in(client, "bob@example.org", PASSWORD)  # a request alone does not change an active account
    assert (await _confirm(client, await _link(database, bob, MailKind.RESET))).status == 200
    assert (await client.post("/api/token/refresh/")).status == 401
    assert not await _logs_in(client, "bob@example.org", PASSWORD)
    assert (await client.get(f"/api/activate/{old}/")).status == 200
    assert not await _logs_in(client, "bob@example.org", PASSWORD)


@pytest.mark.parametrize("active", [False, True])
async def test_a_reset_does_not_enable_a_disabled_account(
    client: Client, database: Database, make_user: MakeUser, active: bool
) -> None:
    bob = await make_user(active=active)
    link = await _link(database, bob, MailKind.RESET)
    async with database.connection() as connection:
        await connection.execute("UPDATE users SET disabled_at = now()")
    await _ask_reset(client)
    assert (await _confirm(client, link)).status == 400
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT password_hash FROM users") != ""
        assert await connection.fetchval("SELECT count(*) FROM mails WHERE user_id IS NOT NULL") == 0


@pytest.mark.parametrize("body", [{}, {"email": "x"}, {"email": 1}, {"email": ""}])
async def test_a_malformed_reset_is_a_400(client: Client, body: dict[str, object]) -> None:
    answer = await client.post("/api/password_reset/", json=body)
    assert answer.status == 400
    assert isinstance((await answer.json())["detail"], str)


async def test_a_reset_sets_the_password_once_and_ends_every_session(
    logged_in: Client, database: Database, admin: int
) -> None:
    other = await _link(database, admin, MailKind.RESET)
    link = await _link(database, admin, MailKind.RESET)
    answer = await _confirm(logged_in, link)
    assert (answer.status, await answer.json()) == (200, {"detail": "Your Password has been successfully reset."})
    assert (await logged_in.get("/api/video/")).status == 401
    assert (await logged_in.post("/api/token/refresh/")).status == 401
    for spent in (link, other):
        answer = await _confirm(logged_in, spent, "one more password")
        assert (answer.status, await answer.json()) == (400, BAD_LINK)
    assert not await _logs_in(logged_in, EMAIL, PASSWORD)
    assert await _logs_in(logged_in, EMAIL, "a new password")


async def test_concurrent_uses_of_a_reset_link_set_one_password(
    client: Client, database: Database, make_user: MakeUser
) -> None:
    link = await _link(database, await make_user(), MailKind.RESET)
    words = [f"password number {number}" for number in range(6)]
    answers = await asyncio.gather(*(_confirm(client, link, word) for word in words))
    statuses = [answer.status for answer in answers]
    assert sorted(statuses) == [200] + [400] * 5
    assert await _logs_in(client, "bob@example.org", words[statuses.index(200)])


async def test_a_refused_reset_does_not_use_the_link(client: Client, database: Database, make_user: MakeUser) -> None:
    bob, eve = await make_user(), await make_user("eve@example.org")
    link = await _link(database, bob, MailKind.RESET)
    for password, again, field in (
        ("short", None, "new_password"),
        ("a new password", "another", "confirm_password"),
        ("bob@example.org", None, "new_password"),
    ):
        answer = await _confirm(client, link, password, again)
        assert answer.status == 400
        assert set((await answer.json())["fields"]) == {field}
    token = link.partition("/")[2]
    for wrong in (
        f"{encode_uid(eve)}/{token}",
        f"rubbish/{token}",
        await _link(database, bob, MailKind.ACTIVATION),
        await _link(database, eve, MailKind.RESET, lifetime=-1),
    ):
        answer = await _confirm(client, wrong)
        assert (answer.status, await answer.json()) == (400, BAD_LINK)
    assert (await _confirm(client, link)).status == 200


async def test_a_refresh_during_a_logout_leaves_no_session(logged_in: Client) -> None:
    own = {cookie.key: cookie.value for cookie in logged_in.session.cookie_jar}
    cookie = {"Cookie": f"refresh_token={own['refresh_token']}"}
    logged_in.session.cookie_jar.clear()
    answers = await asyncio.gather(
        *(logged_in.post("/api/token/refresh/", headers=cookie) for _ in range(6)),
        logged_in.post("/api/logout/", headers=cookie),
        *(logged_in.post("/api/token/refresh/", headers=cookie) for _ in range(6)),
    )
    assert {answer.status for answer in answers} <= {200, 401}
    for answer in answers:
        access = (await answer.json()).get("access")
        if access:
            bearer = {"Authorization": f"Bearer {access}"}
            assert (await logged_in.get("/api/video/", headers=bearer)).status == 401
    assert (await logged_in.post("/api/token/refresh/", headers=cookie)).status == 401


# --- limits


async def test_only_failed_logins_are_limited(client: Client, admin: int, settings: Settings) -> None:
    for _ in range(settings.limit_failed_logins.count + 5):
        assert await _logs_in(client, EMAIL, PASSWORD)
    for _ in range(settings.limit_failed_logins.count):
        assert not await _logs_in(client, EMAIL, "wrong")
    answer = await client.post(
        "/api/login/", json={"email": EMAIL, "password": PASSWORD}, headers={"Origin": "http://127.0.0.1:5500"}
    )
    assert answer.status == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    assert answer.headers["Access-Control-Allow-Origin"] == "http://127.0.0.1:5500"
    assert isinstance((await answer.json())["detail"], str)
    other = await client.post("/api/login/", json={"email": "other@example.org", "password": "x"})
    assert other.status == 401


async def test_reset_mails_to_known_and_unknown_addresses_are_limited(client: Client, settings: Settings) -> None:
    for _ in range(settings.limit_mails.count):
        assert (await client.post("/api/password_reset/", json={"email": "bob@example.org"})).status == 200
    assert (await client.post("/api/password_reset/", json={"email": "BOB@example.org"})).status == 429
    assert (await client.post("/api/password_reset/", json={"email": "eve@example.org"})).status == 200


async def test_login_and_registration_work_without_redis(
    restartable_services: Services, client: Client, admin: int, database: Database
) -> None:
    restartable_services.stop("redis")
    assert await _logs_in(client, EMAIL, PASSWORD)
    assert (await client.post("/api/register/", json=NEW)).status == 201
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT state FROM mails") == "queued"


# --- forms


def _urlencoded(fields: dict[str, str]) -> Any:
    return FormData(fields)


def _multipart(fields: dict[str, str]) -> Any:
    form = FormData(fields, default_to_multipart=True)
    form.add_field("picture", b"\xff\xd8", filename="me.jpg", content_type="image/jpeg")
    return form


@pytest.mark.parametrize("slash", ["/", ""])
@pytest.mark.parametrize("form", [_urlencoded, _multipart])
async def test_forms_are_accepted_like_json_with_and_without_a_trailing_slash(
    client: Client, database: Database, form: Callable[[dict[str, str]], Any], slash: str
) -> None:
    async def post(path: str, **fields: str) -> Any:
        data = form(fields) if fields else None
        return await client.post(f"/api/{path}{slash}", data=data, allow_redirects=False)

    password = "päss wörd+&%=ß"
    registration = {"email": "Bob+films@example.org", "password": password, "confirmed_password": password}
    answer = await post("register", **registration, privacy_policy="on")
    assert answer.status == 201
    user = (await answer.json())["user"]
    assert user["email"] == "Bob+films@example.org"
    link = await _link(database, user["id"], MailKind.ACTIVATION)
    assert (await client.get(f"/api/activate/{link}{slash}", allow_redirects=False)).status == 200
    assert (await post("password_reset", email=user["email"])).status == 200
    link = await _link(database, user["id"], MailKind.RESET)
    answer = await post(f"password_confirm/{link}", new_password="new one", confirm_password="new one")
    assert set((await answer.json())["fields"]) == {"new_password"}
    answer = await post(f"password_confirm/{link}", new_password="über&neu", confirm_password="über&neu")
    assert answer.status == 200
    assert (await post("login", email=user["email"], password="über&neu")).status == 200
    assert (await client.get(f"/api/video{slash}", allow_redirects=False)).status == 200
    assert (await post("token/refresh")).status == 200
    assert (await post("logout")).status == 200


URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="%b"\r\n%b\r\n%b\r\n'


def _parts(*parts: tuple[bytes, bytes, bytes]) -> bytes:
    return b"".join(PART % part for part in parts) + b"--x--\r\n"


GOOD_EMAIL, GOOD_PASSWORD = (b"email", b"", EMAIL.encode()), (b"password", b"", PASSWORD.encode())


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        (URLENCODED, f"email=x&email={EMAIL}&password={PASSWORD}".encode(), 200),  # the last counts
        (f"{URLENCODED}; charset=UTF-8", f"email={EMAIL}&password={PASSWORD}\n".encode(), 200),
        (URLENCODED, f'{{"email": "{EMAIL}", "password": "{PASSWORD}"}}'.encode(), 200),  # curl -d
        ("text/plain", f'{{"email": "{EMAIL}", "password": "{PASSWORD}"}}'.encode(), 200),
        (URLENCODED, f"email={EMAIL}".encode(), 400),
        (URLENCODED, b"", 400),
        (URLENCODED, f"email={EMAIL}&password=%E4".encode(), 400),
        (URLENCODED, f"email={EMAIL}&password=\xe4".encode("latin-1"), 400),
        (URLENCODED, f"email={EMAIL}&password=a%00b".encode(), 400),
        (URLENCODED, b"&".join(b"a%d=" % number for number in range(100_000)), 400),
        (URLENCODED, b"email=" + b"x" * 1_100_000, 413),
        (MULTIPART, _parts(GOOD_EMAIL, GOOD_PASSWORD), 200),
        (MULTIPART, _parts((b"email", b"", b"x"), GOOD_PASSWORD, GOOD_EMAIL), 200),
        (
            MULTIPART,
            _parts(GOOD_EMAIL, (b"password", b"Content-Type: text/plain; charset=punycode\r\n", b"x-" * 9)),
            401,
        ),
        (MULTIPART, _parts(GOOD_EMAIL), 400),
        (MULTIPART, _parts(GOOD_EMAIL, (b"password", b"", b"\xe4")), 400),
        (MULTIPART, _parts(GOOD_EMAIL, (b"password", b"Content-Transfer-Encoding: odd\r\n", b"x")), 400),
        (MULTIPART, _parts(GOOD_EMAIL, (b"password", b"Content-Type: multipart/mixed; boundary=y\r\n", b"x")), 400),
        (MULTIPART, _parts(*((b"a%d" % number, b"", b"") for number in range(5000))), 400),
        (MULTIPART, _parts(*((b"a%d" % number, b"", b"x" * 30_000) for number in range(60))), 413),
        (MULTIPART, _parts((b"email", b"", b"x" * 1_100_000)), 413),
        (MULTIPART, b"", 400),
        (MULTIPART, b"no parts at all", 400),
        ("multipart/form-data", _parts(GOOD_EMAIL, GOOD_PASSWORD), 400),
        ("multipart/form-data; boundary=ä", _parts(GOOD_EMAIL, GOOD_PASSWORD), 400),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_unusual_and_malformed_forms(
    client: Client, admin: int, content_type: str, body: bytes, status: int
) -> None:
    answer = await client.post("/api/login/", data=io.BytesIO(body), headers={"Content-Type": content_type})
    assert answer.status == status
    assert isinstance((await answer.json())["detail"], str)


# --- bad input

texts = st.text(max_size=60)
values = st.one_of(texts, st.none(), st.integers(), st.booleans(), st.lists(texts, max_size=2))
bodies = st.dictionaries(
    st.sampled_from(["email", "password", "confirmed_password", "new_password", "confirm_password", "x"]), values
)
ROUTES = ["register", "login", "password_reset", "password_confirm/MQ/token", "token/refresh", "logout"]


@pytest.mark.parametrize("route", ROUTES)
async def test_no_body_causes_an_internal_error(client: Client, route: str) -> None:
    loop = asyncio.get_running_loop()
    seen: list[dict[str, object]] = []

    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(bodies)
    def collect(body: dict[str, object]) -> None:
        seen.append(body)

    await loop.run_in_executor(None, collect)
    for body in seen:
        answer = await client.post(f"/api/{route}/", json=body)
        assert answer.status in (200, 201, 400, 401, 429), (body, await answer.text())
        assert isinstance((await answer.json())["detail"], str)


@pytest.mark.parametrize("route", ROUTES)
async def test_unusual_strings_are_a_400_or_401(client: Client, route: str) -> None:
    for text in ("\\u0000", "\\ud800", "a\\u0000@example.org", "\\ud800@example.org"):
        raw = "{" + ",".join(f'"{name}": "{text}"' for name in (*NEW, "new_password", "confirm_password")) + "}"
        answer = await client.post(f"/api/{route}/", data=raw.encode())
        assert answer.status in (400, 401)
    for data in (b"[" * 200_000, b"x" * 2_000_000 if route in ("register", "login") else b""):
        answer = await client.post(f"/api/{route}/", data=io.BytesIO(data))
        assert answer.status in (400, 401, 413)


async def test_secrets_are_not_logged(
    client: Client, database: Database, make_user: MakeUser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bob = await make_user()
    activation = await _link(database, bob, MailKind.ACTIVATION)
    reset = await _link(database, bob, MailKind.RESET)
    await client.post("/api/register/", json={**NEW, "email": "new@example.org"})
    await client.get(f"/api/activate/{activation}/")
    await _confirm(client, reset, "the newest password")
    await _logs_in(client, "bob@example.org", "the newest password")
    await client.post("/api/token/refresh/")
    await client.post("/api/logout/")
    ours = "\n".join(
        record.getMessage()
        for record in caplog.records
        if record.name.split(".")[0] in ("videoflix", "saq", "asyncpg")
    )
    for secret in (
        activation.partition("/")[2],
        reset.partition("/")[2],
        "the newest password",
        "eyJ",
        "bobs password",
    ):
        assert secret not in ours
