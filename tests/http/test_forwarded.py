"""Forwarded headers of trusted proxies and of other peers."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.app import Client
from tests.fixtures.published import Publish
from tests.fixtures.services import EMAIL, PASSWORD
from videoflix.app import create_app
from videoflix.http.forwarded import client_address, is_trusted, network
from videoflix.server.connections import LimitedRunner
from videoflix.settings import Settings

LOGIN = {"email": EMAIL, "password": PASSWORD}
TRUSTED = ("127.0.0.1/32", "10.0.0.0/8", "2001:db8::/32")

Behind = Callable[..., Awaitable[Client]]


@pytest.fixture
def behind(settings: Settings, aiohttp_client: Callable[..., Awaitable[Client]]) -> Behind:
    """A client with the address of a proxy."""

    async def behind(trusted: tuple[str, ...] = TRUSTED) -> Client:
        app = create_app(replace(settings, trusted_proxies=trusted, allowed_hosts=("films.example",)))
        return await aiohttp_client(app)

    return behind


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "address"),
    [
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),  # the left one may be forged
        ("10.0.0.1", "127.0.0.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3"),  # a client inside our own network
        ("2001:db8::1", "2001:0DB8::2, 2a00::0001", "2a00::1"),
        ("10.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
        ("10.0.0.1", "[2a00::1]:4711", "2a00::1"),
        ("10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9, garbage", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9, garbage, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "203.0.113.9,", "10.0.0.1"),
        ("10.0.0.1", ", " * 900 + "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.2, " * 60 + "10.0.0.3", "10.0.0.2"),
        ("10.0.0.1", "1" * 5000, "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4, " * 500, "10.0.0.1"),
        ("10.0.0.1", "<script>, ' OR 1=1", "10.0.0.1"),
        ("10.0.0.1", "٣.٣.٣.٣", "10.0.0.1"),
        ("", "203.0.113.9", "203.0.113.9"),
    ],
)
def test_the_client_is_the_last_untrusted_hop(peer: str, forwarded_for: str, address: str) -> None:
    assert client_address(peer, forwarded_for, TRUSTED) == address


@given(st.text(st.sampled_from("0123456789abcdef.:[], %x\0é"), max_size=300))
def test_the_client_is_an_address_for_any_header(forwarded_for: str) -> None:
    ip_address(client_address("10.0.0.1", forwarded_for, TRUSTED))


@pytest.mark.parametrize(
    ("peer", "trusted", "expected"),
    [
        ("127.0.0.1", ("127.0.0.1/32",), True),
        ("127.0.0.2", ("127.0.0.1/32",), False),
        ("::ffff:10.1.1.1", ("10.0.0.0/8",), True),
        ("fe80::1%eth0", ("fe80::/10",), True),
        ("10.1.1.1", ("::/0",), False),
        ("", ("0.0.0.0/0", "::/0"), False),
        ("", ("unix",), True),
        ("127.0.0.1", ("unix",), False),
        ("127.0.0.1", (), False),
        ("nonsense", ("0.0.0.0/0",), False),
    ],
)
def test_trusted_peers(peer: str, trusted: tuple[str, ...], expected: bool) -> None:
    assert is_trusted(peer, trusted) is expected


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_rate_limits_count_an_ipv6_address_by_its_64_prefix(address: str, counted: str) -> None:
    assert network(address) == counted


async def test_headers_of_a_trusted_proxy_are_used(
    behind: Behind, admin: int, publish: Publish, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    client = await behind()
    await publish()
    headers = {
        "X-Forwarded-For": "198.51.100.7, 203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "films.example",
        "Origin": "https://films.example",
    }
    assert (await client.post("/api/login/", json=LOGIN, headers=headers)).status == 200
    (film,) = await (await client.get("/api/video/", headers=headers)).json()
    assert film["thumbnail_url"].startswith("https://films.example/api/video/")
    (login,) = await (await client.get("/api/me/sessions/")).json()
    assert login["address"] == "203.0.113.9"
    assert "203.0.113.9 POST /api/login/ 200" in caplog.text


async def test_headers_of_an_untrusted_peer_are_ignored(behind: Behind, admin: int, publish: Publish) -> None:
    client = await behind(("10.0.0.0/8", "unix"))
    await publish()
    headers = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "films.example",
        "X-Request-ID": "mine",
    }
    answer = await client.post("/api/login/", json=LOGIN, headers=headers)
    assert answer.status == 200
    assert answer.headers["X-Request-ID"] != "mine"
    (film,) = await (await client.get("/api/video/", headers=headers)).json()
    assert film["thumbnail_url"].startswith(f"http://127.0.0.1:{client.port}/api/video/")
    (login,) = await (await client.get("/api/me/sessions/")).json()
    assert login["address"] == "127.0.0.1"
    own = {**headers, "Origin": "https://films.example"}
    assert (await client.post("/api/login/", json=LOGIN, headers=own)).status == 403


@pytest.mark.parametrize(
    ("headers", "base"),
    [
        ({"X-Forwarded-Proto": "https"}, "https://127.0.0.1:"),
        ({"X-Forwarded-Proto": "HTTPS"}, "https://127.0.0.1:"),
        ({"X-Forwarded-Proto": "javascript"}, "http://127.0.0.1:"),
        ({"X-Forwarded-Proto": "https, http"}, "http://127.0.0.1:"),
        ({"X-Forwarded-Host": "films.example:8443"}, "http://films.example:8443/"),
        ({"X-Forwarded-Host": "films.example/evil"}, "http://127.0.0.1:"),
        ({"X-Forwarded-Host": "evil@films.example"}, "http://127.0.0.1:"),
        ({"X-Forwarded-Host": "evil.example, films.example"}, "http://127.0.0.1:"),
        ({"X-Forwarded-Host": "a" * 4000}, "http://127.0.0.1:"),
        ({"X-Forwarded-Host": ""}, "http://127.0.0.1:"),
    ],
    ids=str,
)
async def test_invalid_headers_of_a_trusted_proxy_are_ignored(
    behind: Behind, admin: int, publish: Publish, headers: dict[str, str], base: str
) -> None:
    client = await behind()
    await publish()
    await client.post("/api/login/", json=LOGIN)
    answer = await client.get("/api/video/", headers=headers)
    (film,) = await answer.json()
    assert film["thumbnail_url"].startswith(base)
    assert ("Strict-Transport-Security" in answer.headers) == base.startswith("https:")


async def test_an_unknown_forwarded_host_is_refused(behind: Behind) -> None:
    answer = await (await behind()).get("/health", headers={"X-Forwarded-Host": "evil.example"})
    assert answer.status == 400


async def test_limits_count_the_client_instead_of_its_proxy(
    settings: Settings, admin: int, aiohttp_client: Callable[..., Awaitable[Client]]
) -> None:
    client = await aiohttp_client(create_app(replace(settings, trusted_proxies=("127.0.0.1/32",))))
    wrong = {**LOGIN, "password": "wrong password"}
    one, other = {"X-Forwarded-For": "203.0.113.1"}, {"X-Forwarded-For": "203.0.113.2"}
    count = settings.limit_failed_logins.count
    statuses = [(await client.post("/api/login/", json=wrong, headers=one)).status for _ in range(count + 1)]
    assert statuses == [401] * count + [429]
    assert (await client.post("/api/login/", json=LOGIN, headers=other)).status == 200


@pytest.mark.parametrize(
    ("request_id", "accepted"),
    [
        ("abc-123_x.y", True),
        ("a" * 64, True),
        ("a" * 65, False),
        ("", False),
        ("with space", False),
        ('"quote"', False),
        ("é", False),
    ],
)
async def test_a_valid_request_id_of_a_proxy_is_used(behind: Behind, request_id: str, accepted: bool) -> None:
    answer = await (await behind()).get("/health", headers={"X-Request-ID": request_id})
    assert (answer.headers["X-Request-ID"] == request_id) is accepted


async def test_every_response_has_a_unique_request_id(client: Client) -> None:
    paths = ("/health", "/health", "/api/video/", "/nowhere", "/api/login/")
    numbers = {(await client.get(path)).headers["X-Request-ID"] for path in paths}
    assert len(numbers - {""}) == len(paths)


@pytest.mark.parametrize(("trusted", "address"), [(("unix",), "203.0.113.9"), (("127.0.0.0/8",), "")])
async def test_a_unix_socket_is_trusted_if_it_is_listed(
    settings: Settings, admin: int, tmp_path: Path, trusted: tuple[str, ...], address: str
) -> None:
    runner = LimitedRunner(create_app(replace(settings, trusted_proxies=trusted)))
    await runner.setup()
    await web.UnixSite(runner, tmp_path / "web.sock").start()
    connector = aiohttp.UnixConnector(str(tmp_path / "web.sock"))
    jar = aiohttp.CookieJar(unsafe=True)
    headers = {"X-Forwarded-For": "203.0.113.9"}
    try:
        async with aiohttp.ClientSession("http://127.0.0.1", connector=connector, cookie_jar=jar) as session:
            async with session.post("/api/login/", json=LOGIN, headers=headers) as answer:
                assert answer.status == 200
            async with session.get("/api/me/sessions/") as answer:
                (login,) = await answer.json()
        assert login["address"] == address
    finally:
        await asyncio.wait_for(runner.cleanup(), 10)
