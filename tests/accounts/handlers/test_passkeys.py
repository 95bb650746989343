"""Passkeys: adding one, logging in with it, and answers of devices that are refused."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientResponse

from tests.accounts.authenticator import Authenticator
from tests.accounts.software_passkey import PRESENT, VERIFIED, SoftwarePasskey
from tests.fixtures.app import Client
from tests.fixtures.published import MakeUser
from tests.fixtures.services import EMAIL, PASSWORD
from tests.pages.documents import read
from videoflix.accounts.queries import passkeys
from videoflix.app import create_app
from videoflix.db.pool import Database
from videoflix.settings import Settings

PATH, LOGIN = "/api/me/passkeys/", "/api/login/passkey/"
LOCALHOST = {"Host": "localhost"}
BOB = {"email": "bob@example.org", "password": PASSWORD}


async def _options(client: Client, path: str = LOGIN, **body: str) -> Any:
    answer = await client.post(f"{path}options/", json=body, headers=LOCALHOST)
    assert answer.status == 200, await answer.text()
    return await answer.json()


async def _add(client: Client, passkey: SoftwarePasskey, name: str = "Laptop") -> ClientResponse:
    credential = passkey.create(await _options(client, PATH, password=PASSWORD))
    return await client.post(PATH, json={"credential": credential, "name": name}, headers=LOCALHOST)


async def _send(client: Client, credential: object, **more: object) -> ClientResponse:
    client.session.cookie_jar.clear()
    return await client.post(LOGIN, json={"credential": credential, **more}, headers=LOCALHOST)


@pytest.fixture
async def passkey(logged_in: Client) -> SoftwarePasskey:
    made = SoftwarePasskey()
    assert (await _add(logged_in, made)).status == 201
    return made


async def test_a_passkey_logs_in(logged_in: Client, passkey: SoftwarePasskey, admin: int) -> None:
    answer = await _send(logged_in, passkey.get(await _options(logged_in)), remember=True)
    assert answer.status == 200
    assert await answer.json() == {"detail": "Login successful", "user": {"id": admin, "username": EMAIL}}
    assert int(answer.cookies["refresh_token"]["max-age"]) == 90 * 86_400
    (listed,) = await (await logged_in.get(PATH)).json()
    assert (listed["name"], listed["last_used_at"] is not None) == ("Laptop", True)


async def test_it_counts_as_both_factors(
    settings: Settings, aiohttp_client: Callable[..., Awaitable[Client]], admin: int
) -> None:
    client = await aiohttp_client(create_app(replace(settings, require_second_factor=True)))
    passkey = SoftwarePasskey()
    credentials = {"email": EMAIL, "password": PASSWORD}
    assert (await client.post("/api/login/", json=credentials)).status == 200
    await _add(client, passkey)
    assert (await client.get("/api/admin/users/")).status == 403
    assert (await _send(client, passkey.get(await _options(client)))).status == 200
    assert (await client.get("/api/admin/users/")).status == 200
    await Authenticator.set_up(client)
    assert (await _send(client, passkey.get(await _options(client)))).status == 200
    assert (await client.post("/api/login/", json=credentials)).status == 401


async def test_adding_one_needs_the_password_and_a_login(logged_in: Client) -> None:
    for body in ({"password": "wrong"}, {}):
        assert (await logged_in.post(f"{PATH}options/", json=body, headers=LOCALHOST)).status == 400
    logged_in.session.cookie_jar.clear()
    for method, path in (("GET", ""), ("POST", ""), ("POST", "options/"), ("DELETE", "1/")):
        assert (await logged_in.request(method, PATH + path, json={}, headers=LOCALHOST)).status == 401


async def test_without_a_name_it_has_that_of_the_device(logged_in: Client) -> None:
    credential = SoftwarePasskey().create(await _options(logged_in, PATH, password=PASSWORD))
    agent = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"}
    added = await logged_in.post(PATH, json={"credential": credential}, headers={**LOCALHOST, **agent})
    assert (added.status, (await added.json())["name"]) == (201, "Firefox on Linux")


async def test_an_answer_works_once(logged_in: Client, passkey: SoftwarePasskey) -> None:
    credential = passkey.get(await _options(logged_in))
    assert [(await _send(logged_in, credential)).status for _ in range(2)] == [200, 401]


async def test_a_device_that_counts_backwards_is_refused(logged_in: Client, passkey: SoftwarePasskey) -> None:
    passkey.count = 7
    assert (await _send(logged_in, passkey.get(await _options(logged_in)))).status == 200
    passkey.count = 6
    assert (await _send(logged_in, passkey.get(await _options(logged_in)))).status == 401


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://evil.example"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"credential_id": b"unknown"},
        {"handle": "OTk"},
    ],
)
async def test_answers_of_others_are_refused(
    logged_in: Client, passkey: SoftwarePasskey, change: dict[str, Any]
) -> None:
    for name, value in change.items():
        setattr(passkey, name, value)
    answer = await _send(logged_in, passkey.get(await _options(logged_in)))
    assert (answer.status, "Set-Cookie" in answer.headers) == (401, False)


async def test_another_key_is_refused(logged_in: Client, passkey: SoftwarePasskey) -> None:
    passkey.key = SoftwarePasskey().key
    assert (await _send(logged_in, passkey.get(await _options(logged_in)))).status == 401


async def test_challenges_expire_and_are_removed(
    logged_in: Client, passkey: SoftwarePasskey, database: Database
) -> None:
    options = await _options(logged_in)
    async with database.connection() as connection:
        await connection.execute("UPDATE passkey_challenges SET expires_at = now() - interval '1 second'")
        assert (await _send(logged_in, passkey.get(options))).status == 401
        await passkeys.remove_old_challenges(connection)
        assert await connection.fetchval("SELECT count(*) FROM passkey_challenges") == 0


async def test_a_challenge_is_for_one_purpose_and_one_account(
    logged_in: Client, passkey: SoftwarePasskey, make_user: MakeUser
) -> None:
    own = await _options(logged_in, PATH, password=PASSWORD)
    login = await _options(logged_in)
    assert (await _send(logged_in, passkey.get({**login, "challenge": own["challenge"]}))).status == 401
    await make_user()
    await logged_in.post("/api/login/", json=BOB)
    for challenge in (own["challenge"], login["challenge"]):
        credential = SoftwarePasskey().create({**own, "challenge": challenge})
        assert (await logged_in.post(PATH, json={"credential": credential}, headers=LOCALHOST)).status == 400


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"response": None},
        {"response": {"clientDataJSON": 7}},
        {"response": {"clientDataJSON": "////"}},
        {"response": {"clientDataJSON": "e30"}},
        {"response": {"clientDataJSON": "W10"}},
        {"id": "x", "rawId": [], "response": {"clientDataJSON": "eyJjaGFsbGVuZ2UiOiAiQUFBQSJ9"}},
    ],
)
async def test_what_is_no_credential_is_refused(logged_in: Client, credential: object) -> None:
    assert (await logged_in.post(PATH, json={"credential": credential}, headers=LOCALHOST)).status == 400
    assert (await _send(logged_in, credential)).status == 401


async def test_half_a_credential_is_refused(logged_in: Client, passkey: SoftwarePasskey) -> None:
    for missing in ("authenticatorData", "signature"):
        credential = passkey.get(await _options(logged_in))
        del credential["response"][missing]
        assert (await _send(logged_in, credential)).status == 401
        credential["response"][missing] = "AAAA"
        assert (await _send(logged_in, credential)).status == 401


async def test_the_last_one_is_removed_and_the_password_stays(
    logged_in: Client, passkey: SoftwarePasskey, make_user: MakeUser
) -> None:
    (listed,) = await (await logged_in.get(PATH)).json()
    await make_user()
    await logged_in.post("/api/login/", json=BOB)
    assert (await logged_in.delete(f"{PATH}{listed['id']}/")).status == 404
    await logged_in.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})
    assert (await logged_in.delete(f"{PATH}{listed['id']}/")).status == 204
    assert await (await logged_in.get(PATH)).json() == []
    assert (await _send(logged_in, passkey.get(await _options(logged_in)))).status == 401
    assert (await logged_in.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})).status == 200


async def test_a_disabled_account_cannot_use_its_passkey(
    logged_in: Client, passkey: SoftwarePasskey, database: Database
) -> None:
    async with database.connection() as connection:
        await connection.execute("UPDATE users SET disabled_at = now()")
    assert (await _send(logged_in, passkey.get(await _options(logged_in)))).status == 401


@pytest.mark.parametrize(
    ("host", "scheme", "offers"),
    [
        ("localhost:8000", "http", True),
        ("films.example.org", "https", True),
        ("films.example.org", "http", False),
        ("192.168.1.7:8000", "https", False),
        ("[fd00::7]:8000", "https", False),
        ("127.0.0.1:8000", "http", False),
    ],
)
async def test_only_addresses_that_can_have_passkeys_offer_them(
    settings: Settings, aiohttp_client: Callable[..., Awaitable[Client]], host: str, scheme: str, offers: bool
) -> None:
    behind = replace(settings, trusted_proxies=("127.0.0.1",), allowed_hosts=("*",))
    client, headers = await aiohttp_client(create_app(behind)), {"Host": host, "X-Forwarded-Proto": scheme}
    document = await read(await client.get("/login/", headers=headers))
    assert any(form.get("data-passkey") for form in document.all("form")) is offers
    assert ("passkey" in document.text) is offers
    options = await client.post(f"{LOGIN}options/", json={}, headers=headers)
    assert options.status == (200 if offers else 400)
