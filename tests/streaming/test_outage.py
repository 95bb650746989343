"""PostgreSQL is away: what plays goes on for a while, and nothing else is let in."""

import asyncio
from time import monotonic

import aiohttp
import pytest

from tests.fixtures.app import Serve
from tests.fixtures.published import MakeUser, Publish
from tests.fixtures.services import PASSWORD, Services
from videoflix.app import create_app
from videoflix.settings import Settings

SEGMENT, PLAYLIST = "/api/video/{}/480p/00{}.ts?v=1", "/api/video/{}/480p/index.m3u8"


async def _status(client: aiohttp.ClientSession, path: str) -> int:
    async with client.get(path) as answer:
        return answer.status


async def test_what_plays_goes_on_without_the_database(
    restartable_services: Services,
    settings: Settings,
    aiohttp_server: Serve,
    publish: Publish,
    make_user: MakeUser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    past = [0.0]
    monkeypatch.setattr("videoflix.ttl_cache.monotonic", lambda: monotonic() + past[0])
    server, other = await aiohttp_server(create_app(settings)), await aiohttp_server(create_app(settings))
    video_id, hidden = await publish("Alien"), await publish("Aliens")
    await make_user("bob@example.org")
    login = {"email": "bob@example.org", "password": PASSWORD, "remember": True}
    async with (
        aiohttp.ClientSession(server.make_url("/"), cookie_jar=aiohttp.CookieJar(unsafe=True)) as viewer,
        aiohttp.ClientSession(server.make_url("/"), cookie_jar=aiohttp.CookieJar(unsafe=True)) as former,
        aiohttp.ClientSession(server.make_url("/"), cookie_jar=aiohttp.DummyCookieJar()) as stranger,
    ):
        for client in (viewer, former):
            assert (await client.post("/api/login/", json=login)).status == 200
            assert await _status(client, SEGMENT.format(video_id, 0)) == 200
            assert await _status(client, PLAYLIST.format(video_id)) == 200
        position = {"position": 6, "duration": 14, "session": "a"}
        assert (await viewer.put(f"/api/me/progress/{video_id}/", json=position)).status == 204
        ended = {cookie.key: cookie.value for cookie in former.cookie_jar}
        assert (await former.post(other.make_url("/api/logout/"), cookies=ended)).status == 200
        await asyncio.sleep(0.5)  # the notification is on its way; it drops all sessions of the account
        assert await _status(viewer, SEGMENT.format(video_id, 0)) == 200

        restartable_services.stop("postgres")
        past[0] += 5  # the verdicts have expired
        assert await _status(viewer, SEGMENT.format(video_id, 1)) == 200
        assert await _status(viewer, PLAYLIST.format(video_id)) == 200
        assert (await viewer.put(f"/api/me/progress/{video_id}/", json=position)).status == 204
        viewer.cookie_jar.clear(lambda cookie: cookie.key == "access_token")  # it expires, and cannot be renewed
        assert await _status(viewer, SEGMENT.format(video_id, 1)) == 200
        assert await _status(viewer, SEGMENT.format(hidden, 0)) == 503  # nothing is known of it
        async with stranger.get(SEGMENT.format(video_id, 1), cookies=ended) as answer:
            assert answer.status == 503  # who has logged out is not let in
        async with stranger.post("/api/login/", json=login) as answer:
            assert answer.status == 503
            assert answer.headers["Retry-After"] == "5"
            assert "database" in (await answer.json())["detail"]
        assert await _status(stranger, "/ready") == 503

        past[0] += 60
        assert await _status(viewer, SEGMENT.format(video_id, 2)) == 503

        restartable_services.start_postgres()
        async with asyncio.timeout(20):
            while (status := await _status(viewer, SEGMENT.format(video_id, 2))) == 503:
                await asyncio.sleep(0.05)
        assert status == 200
        async with stranger.get(SEGMENT.format(video_id, 1), cookies=ended) as answer:
            assert answer.status == 401
