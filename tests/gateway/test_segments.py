"""Segments through nginx are the same as without it."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from aiohttp import ClientSession
from yarl import URL

from tests.fixtures.gateway import DEPLOY, ORIGIN, Gateway
from tests.fixtures.media import Media
from tests.fixtures.published import Publish, content_of
from videoflix.accounts import guard
from videoflix.accounts.tokens import Keyring
from videoflix.db.pool import Database
from videoflix.library.queries import videos
from videoflix.settings import Settings
from videoflix.storage import names
from videoflix.storage.both import BothStorage
from videoflix.storage.moving import move
from videoflix.storage.moving_to_store import ToStore
from videoflix.storage.storage import Storage

IMMUTABLE = "private, max-age=31536000, immutable"
OF_THE_SERVER = {"Date", "Server", "Connection", "Keep-Alive", "X-Request-Id"}


@pytest.fixture
def expired(settings: Settings, admin: int) -> str:
    """An expired access token."""
    return Keyring(settings.secret_key).issue("access", admin, uuid4(), datetime(2026, 1, 1, tzinfo=UTC), 60)


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Waits for something that must happen within the ten seconds of the contract."""
    async with asyncio.timeout(10):
        while not await is_so():
            await asyncio.sleep(0.1)


async def test_nginx_sends_a_segment_from_the_disk(gateway: Gateway, viewer: ClientSession, publish: Publish) -> None:
    video_id = await publish(labels=(240, 480, 720, 2160))
    for path, label, caching in (
        ("480p/000.ts?v=1", 480, IMMUTABLE),
        ("1080p/000.ts?v=1", 720, IMMUTABLE),
        ("240p/000.ts?v=1", 240, IMMUTABLE),
        ("2160p/000.ts", 2160, "private, no-cache"),
        ("720p/000.ts", 720, "private, no-cache"),
        ("720p/000.ts/", 720, "private, no-cache"),
    ):
        answer = await viewer.get(gateway.url(f"/api/video/{video_id}/{path}"), allow_redirects=False)
        assert (answer.status, await answer.read()) == (200, content_of(1, label, 0))
        assert answer.headers["Content-Type"] == "video/MP2T"
        assert answer.headers["Cache-Control"] == caching
        assert answer.headers["Server"] == "nginx"
        assert "Set-Cookie" not in answer.headers
    assert not [path for path in gateway.seen if path.endswith((".ts", ".ts/"))]


async def test_a_film_that_is_moved_to_a_store_is_passed_on_from_then_on(
    both: BothStorage, gateway: Gateway, viewer: ClientSession, publish: Publish, database: Database
) -> None:
    video_id = await publish(labels=(480,))
    path = f"/api/video/{video_id}/480p/001.ts"

    async def is_passed_on() -> bool:
        answer = await viewer.get(gateway.url(path))
        assert (answer.status, await answer.read()) == (200, content_of(1, 480, 1))
        return gateway.seen[path] > 0

    assert not await is_passed_on()
    await move(database, ToStore(both), video_id, lambda count: None)
    await until(is_passed_on)


async def test_segments_in_an_object_store_are_passed_on(
    in_store: str, s3: Storage, gateway: Gateway, viewer: ClientSession, publish: Publish, storage: Media
) -> None:
    video_id = await publish(labels=(480,))
    for number in range(3):
        s3.publish(storage.rendition(video_id, 1, 480) / f"{number:03d}.ts", names.segment(video_id, 1, 480, number))
    storage.remove_video(video_id)
    for number in range(3):
        path = f"/api/video/{video_id}/480p/{number:03d}.ts?v=1"
        answer = await viewer.get(gateway.url(path))
        assert (answer.status, await answer.read()) == (200, content_of(1, 480, number))
        assert answer.headers["Cache-Control"] == IMMUTABLE
        part = await viewer.get(gateway.url(path), headers={"Range": "bytes=3-9"})
        assert (part.status, await part.read()) == (206, content_of(1, 480, number)[3:10])
    assert gateway.seen["verdicts"] == 1
    assert (await viewer.get(gateway.url(f"/api/video/{video_id}/480p/003.ts"))).status == 404


async def test_a_hundred_segments_need_few_verdicts(
    gateway: Gateway, viewer: ClientSession, publish: Publish
) -> None:
    video_id = await publish()
    url = gateway.url(f"/api/video/{video_id}/480p/")
    assert (await viewer.get(f"{url}002.ts?v=1")).status == 200
    answers = await asyncio.gather(*(viewer.get(f"{url}{number % 3:03d}.ts?v=1") for number in range(100)))
    assert {answer.status for answer in answers} == {200}
    assert gateway.seen["verdicts"] < 20


async def test_a_verdict_is_not_shared_between_sessions(
    gateway: Gateway, viewer: ClientSession, stranger: ClientSession, publish: Publish
) -> None:
    url = gateway.url(f"/api/video/{await publish()}/480p/000.ts?v=1")
    assert (await viewer.get(url)).status == 200
    for headers in (
        {},
        {"Cookie": "access_token=x"},
        {"Cookie": "refresh_token=x"},
        {"Authorization": "Bearer x"},
    ):
        answer = await stranger.get(url, headers=headers)
        assert answer.status == 401
        assert isinstance((await answer.json())["detail"], str)
        assert "Set-Cookie" not in answer.headers


async def test_a_bearer_token_works_like_a_cookie(
    gateway: Gateway, viewer: ClientSession, stranger: ClientSession, publish: Publish
) -> None:
    url = gateway.url(f"/api/video/{await publish()}/480p/000.ts?v=1")
    refreshed = await viewer.post(gateway.url("/api/token/refresh/"))
    headers = {"Authorization": f"Bearer {(await refreshed.json())['access']}"}
    assert (await stranger.get(url, headers=headers)).status == 200
    assert (await stranger.get(url)).status == 401


async def test_a_logout_takes_effect_within_ten_seconds(
    gateway: Gateway, viewer: ClientSession, publish: Publish
) -> None:
    url = gateway.url(f"/api/video/{await publish()}/480p/000.ts?v=1")
    kept = viewer.cookie_jar.filter_cookies(URL(url)).output(header="", sep=";", attrs=[])
    assert (await viewer.get(url)).status == 200
    assert (await viewer.post(gateway.url("/api/logout/"))).status == 200

    async def is_refused() -> bool:
        async with ClientSession(headers={"Cookie": kept.strip()}) as thief:
            return (await thief.get(url)).status == 401

    await until(is_refused)


def test_both_caches_together_expire_within_ten_seconds() -> None:
    found = re.findall(r"proxy_cache_valid (\S+) (\d+)s;", (DEPLOY / "nginx.conf.template").read_text())
    ((status, seconds),) = found
    assert status == "204"
    assert guard.CACHE_SECONDS + int(seconds) + 1 <= 10


async def test_an_expired_access_token_is_renewed(
    gateway: Gateway, viewer: ClientSession, stranger: ClientSession, publish: Publish, expired: str
) -> None:
    url = gateway.url(f"/api/video/{await publish()}/480p/000.ts?v=1")
    refresh = viewer.cookie_jar.filter_cookies(URL(url))["refresh_token"].value
    for lost in (f"access_token={expired}", "csrftoken=the-browser-has-dropped-it"):
        fresh = set()
        for _ in range(2):  # a verdict with a new cookie is not cached
            answer = await stranger.get(url, headers={"Cookie": f"refresh_token={refresh}; {lost}"})
            assert (answer.status, await answer.read()) == (200, content_of(1, 480, 0))
            assert answer.headers["Server"] == "nginx"
            assert "HttpOnly" in answer.headers["Set-Cookie"]
            fresh.add(answer.cookies["access_token"].value)
            stranger.cookie_jar.clear()
        assert len(fresh) == 2
        assert (await stranger.get(url, headers={"Cookie": f"access_token={fresh.pop()}"})).status == 200
        assert (await stranger.get(url, headers={"Cookie": lost})).status == 401
    assert not [path for path in gateway.seen if path.endswith("/000.ts") and gateway.seen[path] > 2]


RANGES = [
    "",
    "bytes=0-9",
    "bytes=0-",
    "bytes=0-0",
    "bytes=5-",
    "bytes=-7",
    "bytes=-0",
    "bytes=0-99999",
    "bytes=99999-",
]
RANGES += ["bytes=7-3", "bytes=a-b", "bytes=0-1,5-9", "lines=0-1", "bytes=", "bytes=0-9999999999999999999"]
LONG_AGO, FAR_AWAY = "Thu, 01 Jan 2015 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"


async def test_ranges_and_conditions_are_answered_as_without_a_gateway(
    gateway: Gateway, viewer: ClientSession, publish: Publish
) -> None:
    path = f"/api/video/{await publish()}/480p/001.ts?v=1"
    whole = (await viewer.get(gateway.url(path))).headers
    etag, date = whole["ETag"], whole["Last-Modified"]
    conditions: list[dict[str, str]] = [
        {},
        *({"If-Range": value} for value in (etag, '"1-2"', f"W/{etag}", date, LONG_AGO, FAR_AWAY)),
        *({"If-None-Match": value} for value in (etag, f"W/{etag}", f'"1-2", {etag}', "*", '"1-2"')),
        *({"If-Modified-Since": value} for value in (date, LONG_AGO, FAR_AWAY)),
        {"If-Match": '"1-2"'},
        {"If-Unmodified-Since": LONG_AGO},
    ]
    for asked in RANGES:
        for condition in conditions:
            for method in ("GET", "HEAD") if asked in RANGES[:4] else ("GET",):
                headers = {"Origin": ORIGIN, **({"Range": asked} if asked else {}), **condition}
                ours = await viewer.request(method, gateway.url(path), headers=headers)
                theirs = await viewer.request(method, gateway.direct(path), headers=headers)
                assert (ours.status, await ours.read()) == (theirs.status, await theirs.read()), (method, headers)
                names = {*map(str.title, theirs.headers)} - OF_THE_SERVER
                if theirs.status != 200:  # headers that only the full response has
                    names -= {"Content-Type", "Accept-Ranges"}
                for name in names:
                    assert ours.headers.getall(name) == theirs.headers.getall(name), (method, headers, name)


async def test_a_new_version_is_served_and_the_old_one_remains(
    gateway: Gateway, viewer: ClientSession, publish: Publish
) -> None:
    video_id = await publish(labels=(480, 720))
    url = gateway.url(f"/api/video/{video_id}/720p/001.ts")
    assert await (await viewer.get(url)).read() == content_of(1, 720, 1)
    await publish(video_id=video_id, version=2, labels=(480,))

    async def is_new() -> bool:
        return await (await viewer.get(url)).read() == content_of(2, 480, 1)

    await until(is_new)
    assert await (await viewer.get(f"{url}?v=2")).read() == content_of(2, 480, 1)
    assert await (await viewer.get(f"{url}?v=1")).read() == content_of(1, 720, 1)


async def test_a_member_who_leaves_the_group_of_a_film_gets_a_404_within_ten_seconds(
    gateway: Gateway, viewer: ClientSession, publish: Publish, database: Database
) -> None:
    url = gateway.url(f"/api/video/{await publish()}/480p/000.ts?v=1")
    async with database.connection() as connection:
        await connection.execute("INSERT INTO groups (name) VALUES ('Club')")
        await connection.execute("INSERT INTO group_members (group_id, user_id) SELECT 1, id FROM users")
        await connection.execute("UPDATE videos SET group_ids = ARRAY[1]")
        await connection.execute("UPDATE users SET is_staff = false")
        assert (await viewer.get(url)).status == 200
        await connection.execute("DELETE FROM group_members")

    async def is_gone() -> bool:
        return (await viewer.get(url)).status == 404

    await until(is_gone)


async def test_a_deleted_film_is_a_404(
    gateway: Gateway, viewer: ClientSession, publish: Publish, database: Database, storage: Media
) -> None:
    video_id = await publish()
    url = gateway.url(f"/api/video/{video_id}/480p/000.ts?v=1")
    assert (await viewer.get(url)).status == 200
    async with database.connection() as connection:
        await videos.remove(connection, video_id)

    async def is_gone() -> bool:  # although its files still exist
        return (await viewer.get(url)).status == 404

    await until(is_gone)
    other = await publish()
    url = gateway.url(f"/api/video/{other}/480p/000.ts?v=1")
    assert (await viewer.get(url)).status == 200
    storage.remove_video(other)
    assert (await viewer.get(url.replace("000", "001"))).status == 404


async def test_of_a_film_being_encoded_only_segments_in_the_playlist_are_served(
    gateway: Gateway, viewer: ClientSession, publish: Publish, database: Database
) -> None:
    """Later files exist already, as those of a later unit may."""
    video_id = await publish()
    async with database.connection() as connection:
        await connection.execute("UPDATE encodes SET state = 'encoding'")
        job = await connection.fetchval(
            "INSERT INTO jobs (encode_id, kind, number, state, first_frame, frames, first_segment, segments) "
            "SELECT id, 'unit', 0, 'queued', 0, 100, 1, 1 FROM encodes RETURNING id"
        )
    url = gateway.url(f"/api/video/{video_id}/480p/")
    for _ in range(2):
        assert (await viewer.get(f"{url}000.ts?v=1")).status == 200
        assert (await viewer.get(f"{url}001.ts?v=1")).status == 404
    assert gateway.seen["verdicts"] == 4
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT wanted_at IS NOT NULL FROM jobs WHERE id = $1", job)
        await connection.execute("UPDATE jobs SET state = 'done'")
        await connection.execute("UPDATE encodes SET published_at = now()")
    assert (await viewer.get(f"{url}001.ts?v=1")).status == 200


BAD = [
    "480p/..%2f480p%2f000.ts",
    "480p/%2e%2e/480p/000.ts/x",
    "480p/x%2f..%2f000.ts",
    "480p//000.ts",
    "480p/000.ts//",
    "480p/0.ts",
    "480p/0000.ts",
    "480p/000.mp4",
    "480p/000.ts.bak",
    "480p/000.TS",
    "480p/000.ts?v=",
    "480p/000.ts?v=2",
    "480p/000.ts?v=0",
    "480p/000.ts?v=../1",
    "480p/003.ts?v=1",
    "480p/99999.ts?v=1",
    "360p/000.ts",
    "480P/000.ts",
    "480p/000.ts%20",
    "480p/000.ts;x",
    "..%2f..%2f..%2finternal/segment/1/480p/000.ts",
]


async def test_other_names_than_segments_are_a_404(gateway: Gateway, viewer: ClientSession, publish: Publish) -> None:
    video_id = await publish()
    for path in BAD:
        answer = await viewer.get(URL(gateway.url(f"/api/video/{video_id}/{path}"), encoded=True))
        assert answer.status == 404, path
        assert isinstance((await answer.json())["detail"], str)


async def test_unusual_urls_are_passed_to_the_web_server(
    gateway: Gateway, viewer: ClientSession, publish: Publish
) -> None:
    video_id = await publish()
    for path in ("480p/%30%30%30.ts", "480p/000.ts?x=1", "480p/000.ts?V=7", "480p/000.ts?v=1&x"):
        answer = await viewer.get(URL(gateway.url(f"/api/video/{video_id}/{path}"), encoded=True))
        assert (answer.status, await answer.read()) == (200, content_of(1, 480, 0))
    assert not gateway.seen["verdicts"]
