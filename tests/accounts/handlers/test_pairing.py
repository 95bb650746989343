"""Televisions that are logged in by a code: what they ask, what the phone answers, and what goes wrong."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession, CookieJar

from tests.fixtures.app import Client
from tests.fixtures.published import MakeUser
from tests.fixtures.services import PASSWORD
from videoflix.accounts.queries import pairings
from videoflix.accounts.tokens import mail_token_hash
from videoflix.app import create_app
from videoflix.db.pool import Database
from videoflix.rate import Rate
from videoflix.settings import Settings

CODE, TOKEN = "/api/device/code/", "/api/device/token/"
Shown = dict[str, Any]


class Television:
    """A client with cookies of its own, on the server of another one."""

    def __init__(self, client: Client, session: ClientSession) -> None:
        self._client, self._session = client, session

    async def post(self, path: str, **options: Any) -> ClientResponse:
        return await self._session.post(self._client.make_url(path), **options)

    async def get(self, path: str) -> ClientResponse:
        return await self._session.get(self._client.make_url(path))

    async def code(self) -> Shown:
        answer = await self.post(CODE)
        assert answer.status == 200
        shown: Shown = await answer.json()
        return shown

    async def ask(self, shown: Shown) -> tuple[int, str | None]:
        answer = await self.post(TOKEN, json={"device_code": shown["device_code"]})
        return answer.status, (await answer.json()).get("error")


@pytest.fixture
async def television(client: Client) -> Any:
    async with ClientSession(cookie_jar=CookieJar(unsafe=True), headers={"User-Agent": "SMART-TV Tizen"}) as session:
        yield Television(client, session)


async def _answer(client: Client, shown: Shown, answer: str = "allow") -> int:
    form = {"code": shown["user_code"], "answer": answer}
    return (await client.post("/connect/", data=form, allow_redirects=False)).status


async def _change(database: Database, what: str) -> None:
    async with database.connection() as connection:
        await connection.execute(f"UPDATE pairings SET {what}")  # noqa: S608


async def test_a_television_gets_codes_in_the_shape_of_the_rfc(client: Client, database: Database) -> None:
    answer = await client.post(CODE, data={"client_id": "tv"})
    shown = await answer.json()
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    assert (shown["expires_in"], shown["interval"]) == (600, 5)
    assert shown["verification_uri"].endswith("/connect/")
    assert shown["verification_uri_complete"] == f"{shown['verification_uri']}?code={shown['user_code']}"
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT device_hash FROM pairings") == mail_token_hash(shown["device_code"])


async def test_the_address_is_that_under_which_the_television_came(
    settings: Settings, aiohttp_client: Callable[..., Awaitable[Client]]
) -> None:
    public = replace(settings, public_url="https://films.example.org", allowed_hosts=("tv.example.org",))
    client = await aiohttp_client(create_app(public))
    for host, address in (("tv.example.org", "http://tv.example.org"), ("127.0.0.1:80", "https://films.example.org")):
        shown = await (await client.post(CODE, headers={"Host": host})).json()
        assert shown["verification_uri"] == f"{address}/connect/"


async def test_a_confirmed_television_is_logged_in_for_long(
    logged_in: Client, television: Television, admin: int
) -> None:
    shown = await television.code()
    assert await television.ask(shown) == (400, "authorization_pending")
    assert (await television.get("/api/me/")).status == 401
    assert await _answer(logged_in, shown) == 303
    answer = await television.post(TOKEN, json={"device_code": shown["device_code"]})
    body = await answer.json()
    assert (answer.status, body["token_type"], body["expires_in"]) == (200, "Bearer", 2700)
    assert set(answer.cookies) == {"access_token", "refresh_token", "csrftoken"}
    assert int(answer.cookies["refresh_token"]["max-age"]) == 90 * 86_400
    assert body["access_token"] == answer.cookies["access_token"].value
    assert (await (await television.get("/api/me/")).json())["id"] == admin
    devices = {one["device"] for one in await (await television.get("/api/me/sessions/")).json()}
    assert "SMART-TV on Samsung TV" in devices
    assert (await logged_in.get("/api/me/")).status == 200


async def test_a_code_works_once(logged_in: Client, television: Television) -> None:
    shown = await television.code()
    await _answer(logged_in, shown)
    assert await _answer(logged_in, shown) == 400
    outcomes = await asyncio.gather(*(television.ask(shown) for _ in range(4)))
    assert sorted(status for status, _ in outcomes) == [200, 400, 400, 400]
    assert await television.ask(shown) == (400, "expired_token")


async def test_a_refused_television_is_told_so(logged_in: Client, television: Television) -> None:
    shown = await television.code()
    assert await _answer(logged_in, shown, "refuse") == 303
    assert await television.ask(shown) == (400, "access_denied")
    assert await _answer(logged_in, shown) == 400


async def test_a_television_that_asks_too_often_is_slowed_down(television: Television, database: Database) -> None:
    shown = await television.code()
    assert await television.ask(shown) == (400, "authorization_pending")
    for _ in range(2):
        assert await television.ask(shown) == (400, "slow_down")
    await _change(database, "asked_at = now() - interval '13 seconds'")  # the interval is 15 seconds now
    assert await television.ask(shown) == (400, "slow_down")
    await _change(database, "asked_at = now() - interval '20 seconds'")
    assert await television.ask(shown) == (400, "authorization_pending")


async def test_codes_expire_and_are_removed(logged_in: Client, television: Television, database: Database) -> None:
    for is_confirmed in (False, True):
        shown = await television.code()
        if is_confirmed:
            await _answer(logged_in, shown)
        await _change(database, "expires_at = now()")
        assert await television.ask(shown) == (400, "expired_token")
        assert await _answer(logged_in, shown) == 400
    async with database.connection() as connection:
        await pairings.insert(connection, b"", "BCDFGHJK", "", "", timedelta(minutes=1), timedelta(seconds=5))
        await pairings.remove_old(connection)
        assert await connection.fetchval("SELECT array_agg(user_code) FROM pairings") == ["BCDFGHJK"]


async def test_a_session_that_has_ended_confirms_nothing(logged_in: Client, television: Television) -> None:
    shown = await television.code()
    await _answer(logged_in, shown)
    await logged_in.post("/api/logout/")
    assert await television.ask(shown) == (400, "access_denied")
    assert (await television.get("/api/me/")).status == 401


async def test_a_disabled_account_lets_no_television_in(
    client: Client, television: Television, make_user: MakeUser, database: Database
) -> None:
    await make_user()
    await client.post("/api/login/", json={"email": "bob@example.org", "password": PASSWORD})
    shown = await television.code()
    await _answer(client, shown)
    async with database.connection() as connection:
        await connection.execute("UPDATE users SET disabled_at = now()")
    assert await television.ask(shown) == (400, "access_denied")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"device_code": "nonsense"}, "expired_token"),
        ({"device_code": "x", "grant_type": "password"}, "unsupported_grant_type"),
        ({}, None),
        ({"device_code": 7}, None),
    ],
)
async def test_bad_questions_are_refused(television: Television, body: dict[str, Any], error: str | None) -> None:
    answer = await television.post(TOKEN, json=body)
    assert (answer.status, (await answer.json()).get("error")) == (400, error)


async def test_codes_are_limited_by_address(
    settings: Settings, aiohttp_client: Callable[..., Awaitable[Client]]
) -> None:
    client = await aiohttp_client(create_app(replace(settings, limit_pairings_address=Rate(2, 60))))
    assert [(await client.post(CODE)).status for _ in range(3)] == [200, 200, 429]
    assert (await client.get("/pair/")).status == 429


async def test_guesses_are_limited_by_account(logged_in: Client, television: Television) -> None:
    shown = await television.code()
    for _ in range(5):
        assert (await logged_in.get("/connect/", params={"code": "BBBB-BBBB"})).status == 400
        assert await _answer(logged_in, {"user_code": "BBBB-BBBB"}) == 400
    assert (await logged_in.get("/connect/", params={"code": shown["user_code"]})).status == 429
    assert await _answer(logged_in, shown) == 429
