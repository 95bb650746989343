"""Requests that nginx passes to the web server, and responses of nginx itself."""

import asyncio
import io
import json
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from aiohttp import ClientSession, TCPConnector, web
from yarl import URL

from tests.fixtures.gateway import DEPLOY, ORIGIN, Gateway, Start, fill, log_in, running
from tests.fixtures.published import AddAudio, Publish, content_of
from tests.fixtures.services import EMAIL, PASSWORD, free_port
from tests.programs import needs
from videoflix.db.pool import Database
from videoflix.http.access import public
from videoflix.library.adding import queue_encode
from videoflix.library.queries import videos
from videoflix.settings import Settings


async def logged(gateway: Gateway, line: str) -> str:
    """The access log as soon as it contains this text; nginx writes it every second."""
    async with asyncio.timeout(60):
        while line not in (log := gateway.log()):
            await asyncio.sleep(0.05)
    return log


SHARING = {
    "Access-Control-Allow-Origin": ORIGIN,
    "Access-Control-Allow-Credentials": "true",
    "Vary": "Origin",
}


async def test_only_public_paths_are_passed_on(gateway: Gateway, viewer: ClientSession, publish: Publish) -> None:
    video_id = await publish()
    (film,) = await (await viewer.get(gateway.url("/api/video/"))).json()
    assert film["thumbnail_url"].startswith(gateway.url("/api/video/"))
    assert (await viewer.get(gateway.url("/health"))).status == 200
    playlist = await viewer.get(gateway.url(f"/api/video/{video_id}/480p/index.m3u8"))
    assert "000.ts?v=1" in await playlist.text()
    inside = f"internal/segment/{video_id}/480p/000.ts"
    assert (await viewer.get(gateway.direct(f"/{inside}"))).headers["X-Film-Path"] == f"{video_id}/1/480p"
    for path in (
        inside,
        f"%69nternal/segment/{video_id}/480p/000.ts",
        f"/{inside}",
        f"api/..%2f{inside}",
        f"api/video/../../{inside}",
        f"api/%2e%2e/{inside}",
        f"protected/films/{video_id}/1/480p/000.ts",
        f"protected/films/../originals/{video_id}",
        f"{video_id}/1/480p/000.ts",
        "verdict",
        "gateway-error",
        "metrics",
        "nginx.conf",
    ):
        answer = await viewer.get(URL(gateway.url(f"/{path}"), encoded=True))
        assert (answer.status, isinstance((await answer.json())["detail"], str)) == (404, True), path
        assert "X-Film-Path" not in answer.headers


async def test_the_admin_pages_are_passed_on(gateway: Gateway, stranger: ClientSession) -> None:
    for path, status in (("/admin", 308), ("/admin/", 303), ("/admin/login/", 200), ("/admin/static/main.js", 200)):
        answer = await stranger.get(gateway.url(path), allow_redirects=False)
        assert answer.status == status, path
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers.get("Location", "/").startswith("/")


async def test_the_verdict_requires_a_session(gateway: Gateway, stranger: ClientSession, publish: Publish) -> None:
    answer = await stranger.get(gateway.direct(f"/internal/segment/{await publish()}/480p/000.ts"))
    assert answer.status == 401
    assert "X-Film-Path" not in answer.headers


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("480p/000.ts?v=1", {}, 200),
        ("480p/000.ts?v=1", {"Range": "bytes=0-1"}, 206),
        ("480p/000.ts?v=1", {"Range": "bytes=99999-"}, 416),
        ("480p/000.ts?v=1", {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 304),
        ("480p/000.ts?v=1", {"Authorization": "Bearer x"}, 401),
        ("480p/009.ts?v=1", {}, 404),
        ("480p/index.m3u8", {}, 200),
        ("../../nowhere", {}, 404),
    ],
)
async def test_pages_of_an_allowed_origin_can_read_every_response(
    gateway: Gateway, viewer: ClientSession, publish: Publish, path: str, headers: dict[str, str], status: int
) -> None:
    url = URL(gateway.url(f"/api/video/{await publish()}/{path}"), encoded=True)
    for origin in (ORIGIN, ORIGIN + "0", "http://127.0.0.1", "null", "http://evil.example,http://localhost:5500"):
        answer = await viewer.get(url, headers={"Origin": origin, **headers})
        assert answer.status == status
        told = {name: ",".join(answer.headers.getall(name, [])) for name in SHARING}
        if origin == ORIGIN:
            assert told == SHARING
            assert answer.headers["Access-Control-Expose-Headers"].count("Content-Range") == 1
        else:
            assert told == dict.fromkeys(SHARING, "") | {"Vary": "Origin"}


async def test_a_preflight_is_answered_by_the_web_server(
    gateway: Gateway, stranger: ClientSession, publish: Publish
) -> None:
    headers = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "content-type,range",
    }
    answer = await stranger.options(gateway.url(f"/api/video/{await publish()}/480p/000.ts?v=1"), headers=headers)
    assert answer.status == 200
    assert answer.headers.getall("Access-Control-Allow-Origin") == [ORIGIN]
    assert "RANGE" in answer.headers["Access-Control-Allow-Headers"].upper()
    assert answer.headers["Access-Control-Max-Age"] == "3600"


async def test_other_methods_are_answered_by_the_web_server(
    gateway: Gateway, viewer: ClientSession, publish: Publish
) -> None:
    answer = await viewer.post(gateway.url(f"/api/video/{await publish()}/480p/000.ts?v=1"))
    assert (answer.status, await answer.json()) == (405, {"detail": "Method Not Allowed."})


@pytest.mark.parametrize(
    "request_line", ["GET /api/video/1/480p/000.ts%00 HTTP/1.1", "GET /api/\x01 HTTP/1.1", "NONSENSE"]
)
async def test_the_error_for_an_invalid_request_is_json(gateway: Gateway, request_line: str) -> None:
    answer = await gateway.send(f"{request_line}\nHost: 127.0.0.1\nOrigin: {ORIGIN}\nConnection: close\n")
    head, _, body = answer.partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 400 ")
    assert json.loads(body)["detail"] == "Bad Request."
    assert "nginx/" not in answer


async def test_only_uploads_may_have_large_bodies(gateway: Gateway, viewer: ClientSession) -> None:
    body = io.BytesIO(b" " * (1024 * 1024 + 1))
    answer = await viewer.post(gateway.url("/api/register/"), data=body, headers={"Origin": ORIGIN})
    assert (answer.status, (await answer.json())["detail"]) == (413, "Request Entity Too Large.")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert not gateway.seen["/api/register/"]


async def test_a_library_table_may_be_larger_than_other_bodies(gateway: Gateway, viewer: ClientSession) -> None:
    body = io.BytesIO(b" " * (2 * 1024 * 1024))
    answer = await viewer.post(gateway.url("/api/admin/library/"), data=body)
    assert answer.status == 400
    assert "name the columns" in (await answer.json())["detail"]


async def test_a_thumbnail_may_be_larger_than_other_bodies(gateway: Gateway, viewer: ClientSession) -> None:
    path, body = "/api/admin/videos/1/thumbnail/", io.BytesIO(b"\xff\xd8\xff" + bytes(2 * 1024 * 1024))
    answer = await viewer.put(gateway.url(path), data=body, headers={"Content-Type": "image/jpeg"})
    assert answer.status in (403, 404)
    assert gateway.seen[path]


async def test_without_the_web_server_pages_can_read_a_502(
    gateway: Gateway, start_gateway: Start, settings: Settings, stranger: ClientSession
) -> None:
    text = (gateway.scratch / "nginx.conf").read_text()
    assert text.count(str(gateway.app_port)) == 1
    (gateway.scratch / "nginx.conf").write_text(text.replace(str(gateway.app_port), str(free_port())))
    await reload(gateway)
    for path in ("/api/video/", "/api/video/1/480p/000.ts?v=1", "/api/activate/NQ/a-token-of-a-mail/"):
        async with asyncio.timeout(60):
            while (answer := await stranger.get(gateway.url(path), headers={"Origin": ORIGIN})).status != 502:
                await asyncio.sleep(0.05)
        assert isinstance((await answer.json())["detail"], str)
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert answer.headers["Retry-After"] == "5"
    assert "a-token-of-a-mail" not in await logged(gateway, "GET /api/activate/(token)/ 502")


async def reload(gateway: Gateway) -> None:
    """Reload with a new configuration, without downtime."""
    async with asyncio.timeout(60):  # nginx creates the file before it writes the number
        while not (pid := (gateway.scratch / "nginx.pid").read_text().strip()):
            await asyncio.sleep(0.05)
    process = await asyncio.create_subprocess_exec("kill", "-HUP", pid)
    assert await process.wait() == 0


async def test_forwarded_headers_of_clients_are_replaced(start_gateway: Start, stranger: ClientSession) -> None:
    @public
    async def show(request: web.Request) -> web.Response:
        return web.json_response({name: request.headers.getall(name, []) for name in names})

    names = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "Host", "X-Request-ID")
    gateway = await start_gateway(more=web.get("/api/show/", show))
    claims = {
        "X-Forwarded-For": "1.2.3.4",
        "X-Forwarded-Proto": "https",
        "Forwarded": "for=1.2.3.4",
        "X-Request-ID": "mine",
    }
    told = await (await stranger.get(gateway.url("/api/show/"), headers=claims)).json()
    host = f"127.0.0.1:{gateway.port}"
    (number,) = told.pop("X-Request-ID")
    assert re.fullmatch("[0-9a-f]{32}", number)
    assert told == {
        "X-Forwarded-For": ["127.0.0.1"],
        "X-Forwarded-Proto": ["http"],
        "X-Forwarded-Host": [host],
        "Forwarded": [],
        "Host": [host],
    }


async def test_events_are_not_buffered(gateway: Gateway, viewer: ClientSession, database: Database) -> None:
    """The first event arrives while the stream is open; it ends when the video is deleted."""
    async with database.transaction() as connection:
        video_id = await videos.insert(connection, "Film", "", "")
        await queue_encode(connection, video_id)
    async with asyncio.timeout(60):
        answer = await viewer.get(gateway.url(f"/api/video/{video_id}/events/"))
        assert b'"status":"queued"' in await answer.content.readuntil(b"\n\n")
        async with database.connection() as connection:
            await videos.remove(connection, video_id)
        await answer.content.read()


async def test_uploads_are_not_buffered(start_gateway: Start, stranger: ClientSession) -> None:
    """The rest is sent only after the beginning has arrived."""
    heard = asyncio.Event()

    @public
    async def take(request: web.Request) -> web.Response:
        length = len(await request.content.readexactly(9))
        heard.set()
        while block := await request.content.readany():
            length += len(block)
        return web.json_response({"length": length})

    async def body() -> AsyncIterator[bytes]:
        yield b"beginning"
        await heard.wait()
        for _ in range(3):
            yield bytes(1024 * 1024)

    gateway = await start_gateway(more=web.post("/api/admin/uploads/{id}", take))
    async with asyncio.timeout(60):
        answer = await stranger.post(gateway.url("/api/admin/uploads/7"), data=body())
        assert await answer.json() == {"length": 9 + 3 * 1024 * 1024}


@pytest.mark.parametrize("path", ["/api/login/", "/api/admin/library/", "/api/admin/videos/1/thumbnail/"])
async def test_a_body_is_not_buffered_for_an_anonymous_client(gateway: Gateway, path: str) -> None:
    """The response arrives after the first byte of the body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    method = "PUT" if "thumbnail" in path else "POST"
    writer.write(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\n".encode())
    writer.write(b"Content-Length: 1000000\r\n\r\nx")
    async with asyncio.timeout(60):
        assert b" 415 " in await reader.readline()
    writer.close()


async def test_concurrent_requests_of_an_address_are_limited(start_gateway: Start, stranger: ClientSession) -> None:
    """The counter is shared by all processes of nginx."""
    over, arrived = asyncio.Event(), 0

    @public
    async def wait(request: web.Request) -> web.Response:
        nonlocal arrived
        arrived += 1
        await over.wait()
        return web.Response()

    gateway = await start_gateway(more=web.get("/api/wait/", wait))
    async with TCPConnector(limit=0) as connector, ClientSession(connector=connector) as many:
        waiting = [asyncio.create_task(many.get(gateway.url("/api/wait/"))) for _ in range(100)]
        async with asyncio.timeout(60):
            while arrived < 100:
                await asyncio.sleep(0.02)
        refused = await stranger.get(gateway.url("/health"), headers={"Origin": ORIGIN})
        assert (refused.status, refused.headers["Retry-After"]) == (429, "5")
        assert "Too many" in (await refused.json())["detail"]
        assert refused.headers["Access-Control-Allow-Origin"] == ORIGIN
        over.set()
        assert {answer.status for answer in await asyncio.gather(*waiting)} == {200}
    assert (await stranger.get(gateway.url("/health"))).status == 200


async def test_the_log_contains_no_secrets(gateway: Gateway, viewer: ClientSession, publish: Publish) -> None:
    video_id = await publish()
    secrets = [cookie.value for cookie in viewer.cookie_jar if cookie.key != "csrftoken"]
    assert len(secrets) == 2
    for path in (
        f"/api/video/{video_id}/480p/000.ts?v=1&token=a-secret",
        "/api/activate/NQ/a-secret/",
        "/api/%61ctivate/NQ/a-secret/",
        "//api/password_confirm/NQ/a-secret/",
        "/api/activate/NQ/a-secret%00",
    ):
        await viewer.get(URL(gateway.url(path), encoded=True), headers={"Authorization": "Bearer a-secret"})
    await viewer.get(gateway.url("/api/video/"))
    log = await logged(gateway, "GET /api/video/ 200")
    assert f"GET /api/video/{video_id}/480p/000.ts 401" in log
    assert "GET /api/activate/(token)/ 4" in log
    assert not [secret for secret in ("a-secret", *secrets) if secret in log]


async def test_segments_with_x_accel_redirect(
    start_gateway: Start,
    settings: Settings,
    admin: int,
    publish: Publish,
    add_audio: AddAudio,
    stranger: ClientSession,
) -> None:
    gateway = await start_gateway(replace(settings, delivery="nginx"))
    await log_in(stranger, gateway)
    film = await publish()
    await add_audio(film, 0, "de")
    await add_audio(film, 1, "fr")
    path, sound = f"/api/video/{film}/480p/000.ts", f"/api/video/{film}/audio/1/000.aac"
    told = await stranger.get(gateway.direct(sound))
    assert (await told.read(), told.headers["X-Accel-Redirect"]) == (
        b"",
        f"/protected/films/{film}/1/audio/1/000.aac",
    )
    answer = await stranger.get(gateway.url(sound))
    assert (answer.headers["Content-Type"], await answer.read()) == ("audio/aac", b"v1 track 1 0")
    assert (await stranger.get(gateway.url(sound.replace("000", "009")))).status == 404
    told = await stranger.get(gateway.direct(path))
    assert (await told.read(), told.headers["X-Accel-Redirect"][:17]) == (b"", "/protected/films/")
    for asked in ("bytes=0-4", "bytes=-5", "bytes=99999-"):  # the gateway does not answer the second one itself
        headers = {"Range": asked, "Origin": ORIGIN}
        answer = await stranger.get(gateway.url(path), headers=headers)
        content = await answer.read()
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert answer.headers.getall("Access-Control-Allow-Origin") == [ORIGIN]
        assert "X-Accel-Redirect" not in answer.headers
        assert (answer.status, content) == {
            "bytes=0-4": (206, content_of(1, 480, 0)[:5]),
            "bytes=-5": (206, content_of(1, 480, 0)[-5:]),
            "bytes=99999-": (416, content),
        }[asked]
    assert (await stranger.get(gateway.url(path.replace("000", "009")))).status == 404


@pytest.mark.parametrize("trusted", [(), ("127.0.0.1/32",)])
async def test_https_with_the_second_template(
    start_gateway: Start,
    stranger: ClientSession,
    tmp_path: Path,
    settings: Settings,
    admin: int,
    publish: Publish,
    trusted: tuple[str, ...],
) -> None:
    """Every response over HTTPS has the HSTS header exactly once."""
    keys, port, authority = tmp_path / "keys", free_port(), trustme.CA()
    keys.mkdir()
    mine = authority.issue_cert("127.0.0.1")
    mine.private_key_pem.write_to_path(keys / "privkey.pem")
    mine.cert_chain_pems[0].write_to_path(keys / "fullchain.pem")
    tls = fill("tls.conf.template", listen_tls=f"127.0.0.1:{port}", keys=keys)
    gateway = await start_gateway(replace(settings, trusted_proxies=trusted), tls=tls)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    secure = f"https://127.0.0.1:{port}"
    answer = await stranger.post(f"{secure}/api/login/", json={"email": EMAIL, "password": PASSWORD}, ssl=trust)
    assert answer.status == 200
    segment = f"/api/video/{await publish()}/480p/000.ts"
    for path, status in (
        ("/health", 200),
        ("/api/video/", 200),
        (segment, 200),
        (segment.replace("000", "009"), 404),
        ("/api/nowhere/", 404),
        ("/nowhere", 404),
    ):
        answer = await stranger.get(secure + path, ssl=trust)
        assert answer.status == status
        assert answer.headers.getall("Strict-Transport-Security") == ["max-age=31536000"], path
    answer = await stranger.get(gateway.url("/health"))
    assert (answer.status, answer.headers.get("Strict-Transport-Security")) == (200, None)
    answer = await stranger.get(gateway.url("/api/video/"), allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (308, "https://127.0.0.1/api/video/")
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.parametrize(
    ("origins", "trusted", "frontend", "allowed"),
    [
        ("", "http://a.example, https://b.example/", "", {"http://a.example", "https://b.example"}),
        ("https://c.example", "http://a.example", "", {"https://c.example"}),
        (
            "https://c.example",
            "http://a.example",
            "https://b.example/app/",
            {"https://b.example", "https://c.example"},
        ),
        ("", "http://a.example", "HTTPS://B.example", {"http://a.example", "https://b.example"}),
        ("", "", "https://c.example.org/https://b.example", {"https://c.example.org"}),
        ("https://b.example,https://c.example/", "", "", {"https://b.example", "https://c.example"}),
        ("", "https://*.example,HTTPS://C.example", "", {"https://c.example"}),
        ("", "", "", set()),
    ],
)
async def test_origins_are_parsed_as_in_the_web_server(
    nginx: str, tmp_path: Path, stranger: ClientSession, origins: str, trusted: str, frontend: str, allowed: set[str]
) -> None:
    port = free_port()
    text = fill(
        "nginx.conf.template",
        listen=f"127.0.0.1:{port}",
        upstream="127.0.0.1:9",
        films=tmp_path,
        scratch=tmp_path,
        log=tmp_path / "log",
        origins=origins,
        trusted_origins=trusted,
        frontend=frontend,
    )
    (tmp_path / "nginx.conf").write_text(text)
    candidates = ["http://a.example", "https://b.example", "https://c.example", "https://c.example.org"]
    candidates += ["https://x.example", "https://*.example", "http://b.example", "https://b", "", ",", "|", "null"]
    async with running(nginx, tmp_path, port):
        told = set()
        for origin in candidates:
            answer = await stranger.get(f"http://127.0.0.1:{port}/metrics", headers={"Origin": origin})
            assert answer.status == 404
            assert answer.headers.get("Access-Control-Allow-Origin") in (None, origin)
            told |= {origin} & {answer.headers.get("Access-Control-Allow-Origin")}
    assert told == allowed


@needs("docker-compose")
def test_compose_sets_every_variable_of_the_template(tmp_path: Path) -> None:
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    shutil.copy(DEPLOY.parent / "docker-compose.yml", tmp_path)
    shutil.copy(DEPLOY.parent / ".env.template", tmp_path / ".env")
    own = "https://films.example.org"
    files = [part for name in ("docker-compose.yml", "deploy/tls.yml", "deploy/cdn.yml") for part in ("-f", name)]
    keys = {"GATEWAY_KEYS": str(tmp_path), "CDN_SECRET": "a-secret-of-the-tests"}
    done = subprocess.run(
        ["docker-compose", *files, "--profile", "gateway", "config"],
        cwd=tmp_path,
        env={**os.environ, **keys, "PUBLIC_URL": own, "CSRF_TRUSTED_ORIGINS": own},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    trusted = re.findall(r"GATEWAY_(?:\w*ORIGINS|FRONTEND): (.+)", done.stdout)
    assert sorted(trusted) == ["''", "''", own], "a page on the viewer's machine is trusted"
    templates = "".join(path.read_text() for path in DEPLOY.glob("*.template"))
    assert set(re.findall(r"\$\{(GATEWAY_\w+)\}", templates)) == set(re.findall(r" (GATEWAY_\w+):", done.stdout))
    used = "".join((DEPLOY / f"{name}.conf.template").read_text() for name in ("cdn", "cdn-files"))
    assert set(re.findall(r"\$\{(CDN_\w+)\}", used)) == set(re.findall(r" (CDN_\w+):", done.stdout))
