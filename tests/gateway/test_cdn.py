"""DELIVERY=cdn with nginx as the CDN of `deploy/`: one that has the files, and one that pulls them from there."""

import asyncio
import json
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from yarl import URL

from tests.fixtures.app import Client
from tests.fixtures.gateway import CDN_SECRET, DEPLOY, ORIGIN, Cdn, cdn_environ
from tests.fixtures.media import Media
from tests.fixtures.published import AddAudio, Publish, content_of
from tests.fixtures.services import EMAIL, PASSWORD
from tests.programs import needs
from videoflix.cli.check_delivery import delivery
from videoflix.settings import Settings
from videoflix.streaming.signing import sign_for_nginx


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    return {**environ, **cdn_environ()}


def lines(playlist: str) -> list[str]:
    return [line for line in playlist.splitlines() if not line.startswith("#")]


async def test_a_playlist_names_addresses_that_nginx_serves(
    logged_in: Client, publish: Publish, add_audio: AddAudio, cdn: Cdn, stranger: ClientSession, storage: Media
) -> None:
    film, other = await publish(), await publish()
    await add_audio(film, 0, "de")
    await add_audio(film, 1, "fr")
    answer = await logged_in.get(f"/api/video/{film}/720p/index.m3u8")
    addresses = lines(await answer.text())
    assert answer.headers["Content-Encoding"] == "gzip"
    assert [address.rpartition("/")[2] for address in addresses] == ["000.ts", "001.ts", "002.ts"]
    assert {str(URL(address).origin()) for address in addresses} == {cdn.files}
    signed = URL(addresses[1]).path
    for nginx in (cdn.files, cdn.pull, cdn.pull):
        answer = await stranger.get(nginx + signed)
        assert (answer.status, await answer.read()) == (200, content_of(1, 720, 1))
        assert answer.headers.getall("Content-Type") == ["video/MP2T"]
        assert answer.headers.getall("Cache-Control") == ["private, max-age=31536000, immutable"]
        answer = await stranger.get(nginx + signed, headers={"Range": "bytes=3-9"})
        assert (answer.status, await answer.read()) == (206, content_of(1, 720, 1)[3:10])
        # one signature is valid for all of the version, and for nothing else
        expected = {
            signed.replace("720p", "480p"): 200,
            signed.replace("001.ts", "003.ts"): 404,
            signed.replace(f"/{film}/1/", f"/{other}/1/"): 403,
            signed.replace(f"/{film}/1/", f"/{film}/2/"): 403,
            signed.replace("720p/001.ts", "thumbnail.jpg"): 404,
            signed.replace("720p/001.ts", f"../../{other}/1/720p/001.ts"): 403,
            signed.replace("720p/001.ts", f"..%2f..%2f{other}/1/720p/001.ts"): 403,
            f"/{film}/1/720p/001.ts": 404,
            f"/origin/{film}/1/720p/001.ts": 403,
        }
        told = {path: (await stranger.get(URL(nginx + path, encoded=True))).status for path in expected}
        assert told == expected
        assert (await stranger.post(nginx + signed)).status == 405
    sound = URL(lines(await (await logged_in.get(f"/api/video/{film}/audio/1/index.m3u8")).text())[0]).path
    for nginx in (cdn.files, cdn.pull):
        answer = await stranger.get(nginx + sound)
        assert (answer.status, answer.headers.getall("Content-Type")) == (200, ["audio/aac"])
        assert await answer.read() == (storage.audio(film, 1, 1) / "000.aac").read_bytes()
    storage.remove_video(film)
    assert (await stranger.get(cdn.pull + signed)).status == 200, "it is in the cache"
    log = await asyncio.to_thread(_log, cdn.log, f"/{film}/1/720p/001.ts 200 {len(content_of(1, 720, 1))} ")
    assert log.count(f"/{film}/1/720p/001.ts 200") == 3
    assert "MISS" in log
    assert "HIT" in log
    assert signed.split("-")[2].partition("/")[0] not in log


def _log(path: Path, line: str) -> str:
    """The log as soon as it contains the line three times; nginx writes it every second."""
    end = time.monotonic() + 60
    while (log := path.read_text()).count(line) < 3:
        assert time.monotonic() < end, log
        time.sleep(0.1)
    return log


async def test_an_address_is_valid_for_one_session_until_its_time_and_no_longer(
    logged_in: Client, publish: Publish, cdn: Cdn, stranger: ClientSession
) -> None:
    path = f"/api/video/{await publish()}/480p/index.m3u8"
    (first, *_) = lines(await (await logged_in.get(path)).text())
    (again, *_) = lines(await (await logged_in.get(path)).text())
    assert first == again
    _, expires, session, signature = URL(first).path.replace("/", "-", 1).split("-", 3)
    await logged_in.post("/api/logout/")
    assert (await logged_in.get(path)).status == 401, "there are no new addresses after a logout"
    await logged_in.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})
    (later, *_) = lines(await (await logged_in.get(path)).text())
    other = URL(later).path.split("-")[1]
    assert other != session

    tail = URL(first).path[URL(first).path.index("/", 1) :]
    folder, now = "/".join([*tail.split("/")[:3], ""]), int(time.time())

    def by_key(until: int) -> str:
        return sign_for_nginx(CDN_SECRET, folder, until, session) + tail

    changed = signature[:3] + ("A" if signature[3] != "A" else "B") + signature[4:]
    expected = {
        URL(first).path: 200,
        by_key(now + 30): 200,
        by_key(now - 1): 410,
        f"/{int(expires) + 3600}-{session}-{signature}": 403,
        f"/{expires}-{other}-{signature}": 403,
        f"/{expires}-{session}-{changed}": 403,
        sign_for_nginx("another-key-of-somebody", folder, now + 30, session) + tail: 403,
    }
    for nginx in (cdn.files, cdn.pull):
        for asked, status in expected.items():
            answer = await stranger.get(nginx + asked, headers={"Origin": ORIGIN})
            assert answer.status == status, asked
            # without these, a player sees no status, and tries again for ever
            assert answer.headers.getall("Access-Control-Allow-Origin") == [ORIGIN]
            assert answer.headers["Access-Control-Allow-Credentials"] == "true"
            assert answer.headers["Cache-Control"].startswith("private" if status == 200 else "no-store")
        answer = await stranger.options(nginx + URL(first).path, headers={"Origin": ORIGIN})
        assert (answer.status, "Authorization" in answer.headers["Access-Control-Allow-Headers"]) == (204, True)
        for secret, status in (("", 403), ("wrong", 403), ("a-secret-of-origins", 200)):
            answer = await stranger.get(f"{nginx}/origin{tail}", headers={"X-Origin-Secret": secret})
            assert answer.status == status
        assert answer.headers.getall("Cache-Control") == ["public, max-age=31536000, immutable"]


async def test_the_doctor_tries_a_segment_at_the_cdn(
    client: Client, publish: Publish, cdn: Cdn, settings: Settings
) -> None:
    async def told(**changes: Any) -> list[str]:
        values: dict[str, Any] = {"cdn_url": cdn.files, **changes}
        odd = replace(settings, **values)
        return [f"{found.mark} {found.message}" async for found in delivery(odd)]

    assert "good there is no film yet" in (await told())[0]
    film = await publish()
    assert await told() == [f"good {cdn.files} sends the segments of film {film}"]
    assert await told(cdn_url=cdn.pull) == [f"good {cdn.pull} sends the segments of film {film}"]
    for changes, words in (
        ({"cdn_url": "http://127.0.0.1:1"}, "bad nobody answers at http://127.0.0.1:1"),
        ({"cdn_secret": "x" * 16}, "refuses signed addresses (403)"),
        ({"cdn_tokens": "bunny"}, "does not find a segment"),
        ({"cdn_url": str(client.make_url("/")).rstrip("/")}, "does not find a segment"),
    ):
        (only,) = await told(**changes)
        assert words in only


async def test_pages_with_a_player_may_load_from_the_cdn(
    logged_in: Client, publish: Publish, settings: Settings
) -> None:
    policy = (await logged_in.get(f"/watch/{await publish()}/")).headers["Content-Security-Policy"]
    assert f"connect-src 'self' {settings.cdn_url};" in policy
    assert f"media-src 'self' {settings.cdn_url} blob:" in policy
    assert settings.cdn_url not in (await logged_in.get("/")).headers["Content-Security-Policy"]


async def test_clients_that_know_the_addresses_of_segments_still_get_them(
    logged_in: Client, publish: Publish
) -> None:
    answer = await logged_in.get(f"/api/video/{await publish()}/480p/002.ts")
    assert (answer.status, await answer.read()) == (200, content_of(1, 480, 2))


@needs("node")
def test_the_function_of_cloudfront_checks_the_same_signatures(tmp_path: Path) -> None:
    now, session, folder, name = int(time.time()), "0" * 32, "/7/1/", "480p/000.ts"
    asked = {
        sign_for_nginx(CDN_SECRET, folder, now + 60, session) + folder + name: folder + name,
        sign_for_nginx(CDN_SECRET, folder, now - 60, session) + folder + name: 410,
        sign_for_nginx(CDN_SECRET, folder, now + 60, session) + "/8/1/" + name: 403,
        sign_for_nginx("k" * 16, folder, now + 60, session) + folder + name: 403,
        sign_for_nginx(CDN_SECRET, folder, now + 60, session) + folder + "thumbnail.jpg": 404,
        folder + name: 404,
    }
    script = tmp_path / "function.js"
    script.write_text(
        (DEPLOY / "cloudfront.js.template").read_text().replace("${CDN_SECRET}", CDN_SECRET)
        + f"const asked = {json.dumps(list(asked))};"
        + "const told = asked.map((uri) => handler({request: {uri, headers: {origin: {value: 'https://a.example'}}}}));"
        + "console.log(JSON.stringify(told));"
    )
    done = subprocess.run(["node", str(script)], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert [one.get("uri") or one["statusCode"] for one in told] == list(asked.values())
    assert told[1]["headers"]["access-control-allow-origin"] == {"value": "https://a.example"}
