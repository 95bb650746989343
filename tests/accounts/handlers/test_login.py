import asyncio
from datetime import UTC, datetime
from http.cookies import Morsel, SimpleCookie
from time import monotonic
from typing import Any

import pytest
from aiohttp import ClientSession, DummyCookieJar

from tests.fixtures.app import Client
from tests.fixtures.published import MakeUser
from tests.fixtures.services import EMAIL, PASSWORD
from videoflix.accounts.tokens import Keyring
from videoflix.db.pool import Database
from videoflix.settings import Settings

LOGIN = {"email": EMAIL, "password": PASSWORD}


def _cookies(answer: Any) -> dict[str, Morsel[str]]:
    jar: SimpleCookie = SimpleCookie()
    for header in answer.headers.getall("Set-Cookie", []):
        jar.load(header)
    return dict(jar)


def _set(client: Client, **cookies: str) -> None:
    client.session.cookie_jar.clear()
    client.session.cookie_jar.update_cookies(cookies)


async def _own_cookies(client: Client) -> dict[str, str]:
    return {cookie.key: cookie.value for cookie in client.session.cookie_jar}


async def test_login_follows_the_contract(client: Client, admin: int) -> None:
    answer = await client.post("/api/login/", json=LOGIN)
    assert answer.status == 200
    assert await answer.json() == {"detail": "Login successful", "user": {"id": admin, "username": EMAIL}}
    cookies = _cookies(answer)
    assert set(cookies) == {"access_token", "refresh_token", "csrftoken"}
    for name, seconds in (("access_token", "2700"), ("refresh_token", "86400")):
        assert cookies[name]["httponly"]
        assert (cookies[name]["path"], cookies[name]["samesite"], cookies[name]["max-age"]) == ("/", "Lax", seconds)
    assert not cookies["csrftoken"]["httponly"]


@pytest.mark.parametrize("email", [EMAIL.upper(), f"  {EMAIL} "])
async def test_login_ignores_case_and_whitespace_of_the_email(client: Client, admin: int, email: str) -> None:
    assert (await client.post("/api/login/", json={"email": email, "password": PASSWORD})).status == 200


async def test_every_failed_login_gets_the_same_response(client: Client, admin: int, database: Database) -> None:
    texts = set()
    for body in (
        {**LOGIN, "password": "wrong"},
        {**LOGIN, "password": "x" * 5000},
        {"email": "nobody@example.org", "password": PASSWORD},
        {"email": "no address", "password": PASSWORD},
    ):
        answer = await client.post("/api/login/", json=body)
        assert answer.status == 401
        assert not _cookies(answer)
        texts.add(await answer.text())
    async with database.connection() as connection:
        await connection.execute("UPDATE users SET disabled_at = now()")
    answer = await client.post("/api/login/", json=LOGIN)
    assert answer.status == 401
    assert texts == {await answer.text()}


async def test_login_replaces_a_hash_with_weaker_parameters(client: Client, admin: int, database: Database) -> None:
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=512, parallelism=1).hash(PASSWORD)
    async with database.connection() as connection:
        await connection.execute("UPDATE users SET password_hash = $1", weak)
        assert (await client.post("/api/login/", json=LOGIN)).status == 200
        assert "m=1024,t=1,p=1" in await connection.fetchval("SELECT password_hash FROM users")
    assert (await client.post("/api/login/", json=LOGIN)).status == 200


async def test_login_replaces_a_hash_of_the_unnormalised_password(
    client: Client, admin: int, database: Database
) -> None:
    from argon2 import PasswordHasher

    typed, composed = "pa\u0308sswo\u0308rter", "p\u00e4ssw\u00f6rter"
    old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(typed)
    async with database.connection() as connection:
        await connection.execute("UPDATE users SET password_hash = $1", old)
    for password, status in ((composed, 401), (typed, 200), (composed, 200), (typed, 200)):
        answer = await client.post("/api/login/", json={"email": EMAIL, "password": password})
        assert answer.status == status


async def test_concurrent_logins_that_rehash_all_succeed(client: Client, admin: int, database: Database) -> None:
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=512, parallelism=1).hash(PASSWORD)
    async with database.connection() as connection:
        await connection.execute("UPDATE users SET password_hash = $1", weak)
    answers = await asyncio.gather(*(client.post("/api/login/", json=LOGIN) for _ in range(6)))
    assert {answer.status for answer in answers} == {200}


async def test_refresh_returns_a_new_access_token_and_keeps_the_refresh_cookie(logged_in: Client) -> None:
    answer = await logged_in.post("/api/token/refresh/", headers={"Content-Type": "application/json"})
    assert answer.status == 200
    body = await answer.json()
    cookies = _cookies(answer)
    assert body == {"detail": "Token refreshed", "access": cookies["access_token"].value}
    assert set(cookies) == {"access_token"}
    bearer = {"Authorization": f"Bearer {body['access']}"}
    logged_in.session.cookie_jar.clear()
    assert (await logged_in.get("/api/video/", headers=bearer)).status == 200


async def test_refresh_with_a_missing_or_invalid_cookie(logged_in: Client, settings: Settings) -> None:
    own = await _own_cookies(logged_in)
    _set(logged_in)
    answer = await logged_in.post("/api/token/refresh/")
    assert answer.status == 400
    for wrong in ("garbage", own["access_token"], own["refresh_token"][:-2]):
        _set(logged_in, refresh_token=wrong)
        answer = await logged_in.post("/api/token/refresh/")
        assert answer.status == 401
        assert await answer.json() == {"detail": "Invalid refresh token."}


async def test_an_expired_refresh_token_is_refused(logged_in: Client, settings: Settings, admin: int) -> None:
    own = Keyring(settings.secret_key).read("refresh", (await _own_cookies(logged_in))["refresh_token"])
    old = Keyring(settings.secret_key).issue("refresh", admin, own.session_id, datetime(2026, 1, 1, tzinfo=UTC), 60)
    _set(logged_in, refresh_token=old)
    assert (await logged_in.post("/api/token/refresh/")).status == 401
    assert (await logged_in.get("/api/video/")).status == 401


async def test_logout_ends_the_session_at_once_and_deletes_the_cookies(logged_in: Client) -> None:
    own = await _own_cookies(logged_in)
    answer = await logged_in.post("/api/logout/", headers={"Content-Type": "application/json"})
    assert answer.status == 200
    text = "Logout successful! All tokens will be deleted. Refresh token is now invalid."
    assert await answer.json() == {"detail": text}
    cookies = _cookies(answer)
    assert set(cookies) == {"access_token", "refresh_token", "csrftoken"}
    for name, cookie in cookies.items():
        assert (cookie.value, cookie["max-age"], cookie["path"], cookie["samesite"]) == ("", "0", "/", "Lax")
        assert bool(cookie["httponly"]) == (name != "csrftoken")
    _set(logged_in, **own)
    assert (await logged_in.get("/api/video/")).status == 401
    assert (await logged_in.post("/api/token/refresh/")).status == 401


async def test_logout_with_a_missing_or_invalid_cookie_and_without_an_access_token(logged_in: Client) -> None:
    own = await _own_cookies(logged_in)
    _set(logged_in)
    answer = await logged_in.post("/api/logout/")
    assert answer.status == 400
    assert await answer.json() == {"detail": "Refresh token cookie is missing."}
    _set(logged_in, refresh_token="garbage", access_token="garbage")
    assert (await logged_in.post("/api/logout/")).status == 200
    _set(logged_in, refresh_token=own["refresh_token"])
    assert (await logged_in.post("/api/logout/")).status == 200
    _set(logged_in, **own)
    assert (await logged_in.post("/api/token/refresh/")).status == 401


async def test_a_get_with_an_expired_access_token_gets_a_new_one(
    logged_in: Client, settings: Settings, admin: int
) -> None:
    own = await _own_cookies(logged_in)
    ring = Keyring(settings.secret_key)
    session_id = ring.read("refresh", own["refresh_token"]).session_id
    expired = ring.issue("access", admin, session_id, datetime(2026, 1, 1, tzinfo=UTC), 60)
    for access in ({"access_token": expired}, {}):  # browsers drop expired cookies
        _set(logged_in, refresh_token=own["refresh_token"], **access)
        answer = await logged_in.get("/api/video/")
        assert answer.status == 200
        assert "access_token" in _cookies(answer)
    _set(logged_in, refresh_token=own["refresh_token"])
    assert (await logged_in.get("/api/video/", headers={"Authorization": f"Bearer {expired}"})).status == 200
    _set(logged_in, access_token=expired)
    assert (await logged_in.get("/api/video/")).status == 401
    _set(logged_in, refresh_token=own["refresh_token"], access_token="forged")
    assert (await logged_in.get("/api/video/")).status == 401


async def test_a_refresh_token_is_not_an_access_token(logged_in: Client) -> None:
    own = await _own_cookies(logged_in)
    _set(logged_in, access_token=own["refresh_token"])
    assert (await logged_in.get("/api/video/")).status == 401
    _set(logged_in)
    bearer = {"Authorization": f"Bearer {own['refresh_token']}"}
    assert (await logged_in.get("/api/video/", headers=bearer)).status == 401


async def test_deactivation_ends_access_when_the_cache_expires(
    logged_in: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await logged_in.get("/api/video/")).status == 200
    async with database.connection() as connection:
        await connection.execute("UPDATE users SET disabled_at = now()")
    now = monotonic()
    monkeypatch.setattr("videoflix.ttl_cache.monotonic", lambda: now + 5.1)
    assert (await logged_in.get("/api/video/")).status == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"email": 1, "password": 2}',
        b'{"email": "a@b.c"}',
        b"\xff",
        b"[" * 100_000,
        b'{"email": "a\\u0000@b.c", "password": "x"}',
        b'{"email": "\\ud800", "password": "x"}',
    ],
)
async def test_a_malformed_login_is_a_400(client: Client, body: bytes) -> None:
    answer = await client.post("/api/login/", data=body)
    assert answer.status == 400
    assert isinstance((await answer.json())["detail"], str)


async def test_no_session_of_the_old_password_survives_its_change(
    logged_in: Client, database: Database, admin: int
) -> None:
    own = {cookie.key: cookie.value for cookie in logged_in.session.cookie_jar}
    bearer = {"Authorization": f"Bearer {own['access_token']}"}
    logged_in.session.cookie_jar.clear()
    change = {"old_password": PASSWORD, "new_password": "quite another"}

    async def login(after: float) -> str | None:
        await asyncio.sleep(after)
        answer = await logged_in.post("/api/login/", json=LOGIN)
        assert answer.status in (200, 401)
        return _cookies(answer)["refresh_token"].value if answer.status == 200 else None

    logins = [asyncio.create_task(login(number * 0.012)) for number in range(9)]
    await asyncio.sleep(0.02)
    assert (await logged_in.post("/api/me/password/", json=change, headers=bearer)).status == 200
    for refresh in filter(None, await asyncio.gather(*logins)):
        logged_in.session.cookie_jar.clear()
        answer = await logged_in.post("/api/token/refresh/", headers={"Cookie": f"refresh_token={refresh}"})
        assert answer.status == 401


async def test_the_limit_counts_all_spellings_of_an_address(client: Client, admin: int, settings: Settings) -> None:
    for _ in range(settings.limit_failed_logins.count):
        await client.post("/api/login/", json={**LOGIN, "password": "wrong"})
    for email in (EMAIL, EMAIL.upper(), "ada@ｅxample.org", "ada@example。org", "ａda@example.org"):
        assert (await client.post("/api/login/", json={"email": email, "password": "x"})).status == 429


@pytest.mark.parametrize("email", ["v\u0130ctim@example.com", "v\u0131ctim@example.com", "victim@example.com."])
async def test_a_similar_address_does_not_log_in_to_an_account(
    client: Client, make_user: MakeUser, email: str
) -> None:
    await make_user("victim@example.com")
    answer = await client.post("/api/login/", json={"email": email, "password": PASSWORD})
    assert answer.status == 401


async def test_similar_addresses_have_separate_accounts(client: Client, make_user: MakeUser) -> None:
    ours, theirs = await make_user("victim@example.com"), await make_user("v\u0130ctim@example.com")
    for email, user_id in (("VICTIM@example.com", ours), ("V\u0130CTIM@example.com", theirs)):
        answer = await client.post("/api/login/", json={"email": email, "password": PASSWORD})
        assert (await answer.json())["user"]["id"] == user_id


# --- several cookies of one name, several sessions of one browser or account


async def _login(client: Client, cookie: str = "") -> dict[str, str]:
    client.session.cookie_jar.clear()
    answer = await client.post("/api/login/", json=LOGIN, headers={"Cookie": cookie} if cookie else {})
    assert answer.status == 200
    client.session.cookie_jar.clear()
    return {name: morsel.value for name, morsel in _cookies(answer).items()}


async def _status(client: Client, method: str, path: str, cookie: str) -> int:
    answer = await client.request(method, path, headers={"Cookie": cookie})
    client.session.cookie_jar.clear()
    return answer.status


@pytest.mark.parametrize("other", ["garbage", "", '"quoted"', "ended", "expired"])
@pytest.mark.parametrize("is_first", [True, False])
async def test_any_valid_cookie_of_a_name_counts(
    client: Client, settings: Settings, admin: int, other: str, is_first: bool
) -> None:
    good, ended = await _login(client), await _login(client)
    assert await _status(client, "POST", "/api/logout/", f"refresh_token={ended['refresh_token']}") == 200
    ring = Keyring(settings.secret_key)
    session_id = ring.read("refresh", ended["refresh_token"]).session_id
    names: tuple[Any, ...] = ("access", "refresh")
    wrong = {
        f"{name}_token": {
            "ended": ended[f"{name}_token"],
            "expired": ring.issue(name, admin, session_id, datetime(2026, 1, 1, tzinfo=UTC), 60),
        }.get(other, other)
        for name in names
    }

    def both(name: str) -> str:
        pair = [f"{name}={wrong[name]}", f"{name}={good[name]}"]
        return "; ".join(pair if is_first else reversed(pair))

    for method, path, name, status in (
        ("GET", "/api/video/", "access_token", 200),
        ("POST", "/api/me/password/", "access_token", 400),
        ("GET", "/api/video/", "refresh_token", 200),
        ("POST", "/api/token/refresh/", "refresh_token", 200),
        ("POST", "/api/logout/", "refresh_token", 200),
        ("POST", "/api/token/refresh/", "refresh_token", 401),
    ):
        assert await _status(client, method, path, both(name)) == status, (method, path, name)


async def test_a_login_ends_the_session_of_the_cookies(client: Client, admin: int) -> None:
    old, beside = await _login(client), await _login(client)
    new = await _login(client, f"refresh_token={old['refresh_token']}; refresh_token=garbage")
    for tokens, status in ((old, 401), (beside, 200), (new, 200)):
        assert (
            await _status(client, "POST", "/api/token/refresh/", f"refresh_token={tokens['refresh_token']}") == status
        )
    assert await _status(client, "GET", "/api/video/", f"access_token={old['access_token']}") == 401
    wrong = await client.post(
        "/api/login/",
        json={**LOGIN, "password": "wrong"},
        headers={"Cookie": f"refresh_token={new['refresh_token']}"},
    )
    assert wrong.status == 401
    assert await _status(client, "POST", "/api/token/refresh/", f"refresh_token={new['refresh_token']}") == 200


async def test_the_number_of_sessions_of_an_account_is_limited(
    client: Client, admin: int, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videoflix.accounts.handlers.login.MAX_SESSIONS", 3)
    used, *others = [await _login(client) for _ in range(3)]
    session_id = Keyring(settings.secret_key).read("access", used["access_token"]).session_id
    async with database.connection() as connection:
        await connection.execute("UPDATE sessions SET last_seen_at = now() WHERE id = $1", session_id)
    others.append(await _login(client))
    for tokens, status in ((used, 200), (others[0], 401), (others[1], 200), (others[2], 200)):
        assert await _status(client, "GET", "/api/video/", f"access_token={tokens['access_token']}") == status
    async with ClientSession(cookie_jar=DummyCookieJar()) as stranger:
        url = client.make_url("/api/login/")
        answers = await asyncio.gather(*(stranger.post(url, json=LOGIN) for _ in range(8)))
    assert {answer.status for answer in answers} == {200}
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM sessions WHERE revoked_at IS NULL") == 3
