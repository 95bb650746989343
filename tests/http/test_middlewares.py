"""Malformed requests, unknown hosts, other sites and a stopped database get JSON and the right status."""

import io
import logging
import signal
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.fixtures.app import Client
from tests.fixtures.published import Publish
from tests.fixtures.services import EMAIL, PASSWORD, Services
from videoflix.app import create_app
from videoflix.settings import Settings

ORIGIN = "http://127.0.0.1:5500"
LOGIN = {"email": EMAIL, "password": PASSWORD}


async def _detail(answer: Any) -> str:
    detail = (await answer.json())["detail"]
    assert isinstance(detail, str)
    return detail


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nowhere/", 404),
        ("GET", "/", 401),
        ("GET", "/api/video", 401),
        ("DELETE", "/api/login", 405),
        ("GET", "/api/login/", 405),
        ("DELETE", "/api/video/", 405),
        ("POST", "/api/video/1/480p/index.m3u8", 405),
        ("GET", "/api/video/", 401),
    ],
)
async def test_errors_are_json_with_cors_headers(client: Client, method: str, path: str, status: int) -> None:
    answer = await client.request(method, path, headers={"Origin": ORIGIN})
    assert answer.status == status
    await _detail(answer)
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert "Origin" in answer.headers["Vary"]
    assert ("Allow" in answer.headers) == (status == 405)


async def test_a_body_over_one_mebibyte_is_a_413(client: Client) -> None:
    for data in (b"x" * (1024 * 1024 + 1), b'{"email": "' + b"x" * 10_000_000):
        answer = await client.post("/api/login/", data=io.BytesIO(data), headers={"Origin": ORIGIN})
        assert answer.status == 413
        await _detail(answer)
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "",
        "[::2]:8000",
        "*",
        "localhost:x@evil.com",
        "[::1]evil.com",
    ],
)
async def test_an_unknown_host_is_refused(client: Client, host: str) -> None:
    answer = await client.get("/health", headers={"Host": host})
    assert answer.status == 400
    assert "ALLOWED_HOSTS" in await _detail(answer)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1234", "[::1]:8000", "LOCALHOST:1", "127.0.0.2:80"])
async def test_loopback_hosts_are_allowed(client: Client, host: str) -> None:
    assert (await client.get("/health", headers={"Host": host})).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "same-site", "Origin": ORIGIN}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:5500"}, 200),
        ({"Origin": ORIGIN}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:6666"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:5500.evil.example"}, 403),
    ],
    ids=str,
)
async def test_cross_site_posts_are_refused(client: Client, admin: int, headers: dict[str, str], status: int) -> None:
    answer = await client.post("/api/login/", json=LOGIN, headers=headers)
    assert answer.status == status
    if status == 403:
        await _detail(answer)
        assert "Set-Cookie" not in answer.headers


async def test_the_same_origin_is_trusted(client: Client, admin: int) -> None:
    own = f"http://127.0.0.1:{client.port}"
    assert (await client.post("/api/login/", json=LOGIN, headers={"Origin": own})).status == 200


async def test_the_origin_of_the_frontend_is_always_trusted(
    environ: dict[str, str], aiohttp_client: Callable[..., Awaitable[Client]], admin: int
) -> None:
    named = {
        "CSRF_TRUSTED_ORIGINS": "http://localhost:4200,http://127.0.0.1:4200",
        "FRONTEND_BASE_URL": f"{ORIGIN}/app/",
    }
    client = await aiohttp_client(create_app(Settings.from_env({**environ, **named})))
    headers = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-site"}
    answer = await client.post("/api/login/", json=LOGIN, headers=headers)
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    other = {"Origin": "http://127.0.0.1:4201", "Sec-Fetch-Site": "same-site"}
    assert (await client.post("/api/login/", json=LOGIN, headers=other)).status == 403


async def test_an_unexpected_exception_is_a_500_with_a_logged_request_id(
    logged_in: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*arguments: object) -> str:
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr("videoflix.library.queries.videos.listing", broken)
    answer = await logged_in.get("/api/video/", headers={"Origin": ORIGIN})
    assert answer.status == 500
    body = await answer.json()
    assert "secret" not in str(body)
    assert answer.headers["X-Request-ID"] == body["request_id"]
    assert body["request_id"] in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


async def test_a_stopped_database_is_a_503_until_it_is_back(
    restartable_services: Services, logged_in: Client, caplog: pytest.LogCaptureFixture
) -> None:
    restartable_services.stop("postgres", signal.SIGKILL)
    answer = await logged_in.get("/api/video/")
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    await _detail(answer)
    assert "Traceback" not in "".join(record.getMessage() for record in caplog.records)
    restartable_services.start_postgres()
    assert (await logged_in.get("/api/video/")).status == 200


async def test_tokens_and_passwords_are_not_logged(logged_in: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await logged_in.post("/api/login/", json={**LOGIN, "password": "a wrong secret"})
    await logged_in.post("/api/logout/")
    assert "a wrong secret" not in caplog.text
    assert PASSWORD not in caplog.text
    assert "eyJ" not in caplog.text


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "deflate", "br", "zstd", "identity, x-gzip", "nonsense"])
async def test_compressed_bodies_are_refused_without_decompression(
    client: Client, caplog: pytest.LogCaptureFixture, coding: str
) -> None:
    """The body is not gzip: decompressing it would fail."""
    for method, path in (
        ("POST", "/api/login/"),
        ("POST", "/api/admin/library/"),
        ("PATCH", "/api/admin/uploads/1"),
        ("GET", "/api/video/"),
        ("POST", "/nowhere"),
    ):
        headers = {"Content-Encoding": coding, "Origin": ORIGIN}
        answer = await client.request(method, path, data=io.BytesIO(b"not gzip"), headers=headers)
        assert answer.status == 415, path
        assert "Content-Encoding" in await _detail(answer)
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert [record for record in caplog.records if record.exc_info] == []


async def test_content_encoding_identity_is_accepted(client: Client, admin: int) -> None:
    answer = await client.post("/api/login/", json=LOGIN, headers={"Content-Encoding": "identity"})
    assert answer.status == 200


async def test_personal_responses_are_not_stored(logged_in: Client) -> None:
    for path in ("/api/me/", "/api/me/sessions/", "/api/nowhere/"):
        assert (await logged_in.get(path)).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["If-Modified-Since", "If-Unmodified-Since", "If-Range"])
@pytest.mark.parametrize("path", ["/robots.txt", "/api/video/{}/thumbnail.jpg", "/api/video/{}/480p/000.ts"])
async def test_a_date_with_a_huge_number_is_refused(
    logged_in: Client, publish: Publish, name: str, path: str
) -> None:
    """aiohttp's parser fails on it, after the error middleware if a file is sent."""
    video_id = await publish()
    for date in ("Mon, 01 Jan 99999999999999 00:00:00 GMT", "Mon, 01 Jan 2024 00:00:00 +9999999999999999999"):
        answer = await logged_in.get(path.format(video_id), headers={name: date, "Range": "bytes=0-9"})
        assert answer.status in (200, 206, 400, 412), await answer.text()
        assert answer.status == 412 or await answer.read()
