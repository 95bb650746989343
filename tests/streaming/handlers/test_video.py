"""Playlists and segments over HTTP."""

import pytest
from yarl import URL

from tests.fixtures.app import Client
from tests.fixtures.media import Media
from tests.fixtures.published import Publish, content_of
from videoflix.db.pool import Database
from videoflix.library.queries import videos


@pytest.fixture(autouse=True, params=["sendfile", "without sendfile"])
def sendfile(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs every test of this module twice: with TLS, and on other event loops, sendfile is not available."""
    if request.param != "sendfile":
        monkeypatch.setattr("videoflix.streaming.handlers.video.can_sendfile", lambda _: False)


async def test_a_playlist_lists_the_segments(logged_in: Client, publish: Publish) -> None:
    video_id = await publish()
    answer = await logged_in.get(f"/api/video/{video_id}/480p/index.m3u8")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    names = [line for line in (await answer.text()).splitlines() if not line.startswith("#")]
    assert names == ["000.ts?v=1", "001.ts?v=1", "002.ts?v=1"]
    for number, name in enumerate(names):
        segment = await logged_in.get(answer.url.join(URL(name)).path_qs)
        assert segment.status == 200
        assert segment.headers["Content-Type"] == "video/MP2T"
        assert segment.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert await segment.read() == content_of(1, 480, number)


async def test_a_segment_with_and_without_a_trailing_slash(logged_in: Client, publish: Publish) -> None:
    video_id = await publish()
    for end in ("", "/"):
        answer = await logged_in.get(f"/api/video/{video_id}/720p/001.ts{end}", allow_redirects=False)
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert all(name in answer.headers for name in ("ETag", "Last-Modified", "Accept-Ranges"))
        assert await answer.read() == content_of(1, 720, 1)


async def test_a_resolution_above_the_source_gets_the_best_rendition(logged_in: Client, publish: Publish) -> None:
    video_id = await publish(labels=(480, 720))
    playlist = await (await logged_in.get(f"/api/video/{video_id}/1080p/index.m3u8")).text()
    assert playlist == await (await logged_in.get(f"/api/video/{video_id}/720p/index.m3u8")).text()
    segment = await logged_in.get(f"/api/video/{video_id}/1080p/002.ts?v=1")
    assert await segment.read() == content_of(1, 720, 2)


async def test_resolutions_besides_the_three_exist_for_films_that_have_them(
    logged_in: Client, publish: Publish
) -> None:
    film, other = await publish(labels=(360, 480, 720, 1440)), await publish()
    for asked, label in (("360p", 360), ("480p", 480), ("1080p", 720), ("1440p", 1440)):
        assert (await logged_in.get(f"/api/video/{film}/{asked}/index.m3u8")).status == 200
        for segment in ("001.ts", "001.ts?v=1"):
            answer = await logged_in.get(f"/api/video/{film}/{asked}/{segment}")
            assert await answer.read() == content_of(1, label, 1)
    for missing in (f"{film}/240p", f"{film}/2160p", f"{other}/1440p", f"{other}/360p"):
        for name in ("index.m3u8", "000.ts"):
            assert (await logged_in.get(f"/api/video/{missing}/{name}")).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "360p/index.m3u8",
        "540p/index.m3u8",
        "480P/index.m3u8",
        "480p/index.m3u",
        "..%2f480p/index.m3u8",
        "480p/003.ts",
        "480p/9999.ts",
        "480p/0.ts",
        "480p/000.mp4",
        "480p/..%2f480p%2f000.ts",
        "480p/%2e%2e%2f000.ts",
        "480p/..%5c000.ts",
        "480p/000.ts%00",
        "480p/000.ts?v=2",
        "480p/000.ts?v=0",
        "480p/000.ts?v=01",
        "480p/000.ts?v=",
        "480p/000.ts?v=../1",
        "480p/000.ts?v=%D9%A1",
        "480p/000.ts/000.ts",
        "thumbnail.png",
    ],
)
async def test_unknown_paths_are_not_found(logged_in: Client, publish: Publish, path: str) -> None:
    video_id = await publish()
    answer = await logged_in.get(URL(f"/api/video/{video_id}/{path}", encoded=True))
    assert answer.status == 404
    assert isinstance((await answer.json())["detail"], str)


@pytest.mark.parametrize("path", ["", "480p/index.m3u8", "master.m3u8", "480p/000.ts", "thumbnail.jpg"])
async def test_films_require_a_login(client: Client, publish: Publish, path: str) -> None:
    video_id = await publish()
    answer = await client.get(f"/api/video/{video_id}/{path}")
    assert answer.status == 401
    assert "ETag" not in answer.headers


async def test_the_master_lists_every_rendition(logged_in: Client, publish: Publish) -> None:
    video_id = await publish()
    answer = await logged_in.get(f"/api/video/{video_id}/master.m3u8")
    lines = (await answer.text()).splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        "480p/index.m3u8",
        "720p/index.m3u8",
        "1080p/index.m3u8",
    ]


@pytest.mark.parametrize("path", ["480p/index.m3u8", "master.m3u8", "480p/000.ts", "thumbnail.jpg"])
async def test_conditions_ranges_and_head(logged_in: Client, publish: Publish, path: str) -> None:
    url = f"/api/video/{await publish()}/{path}"
    whole = await logged_in.get(url)
    body = await whole.read()
    etag, modified = whole.headers["ETag"], whole.headers["Last-Modified"]
    for headers in ({"If-None-Match": etag}, {"If-Modified-Since": modified}):
        answer = await logged_in.get(url, headers=headers)
        assert (answer.status, await answer.read()) == (304, b"")
    part = await logged_in.get(url, headers={"Range": "bytes=5-9"})
    assert (part.status, await part.read()) == (206, body[5:10])
    assert part.headers["Content-Range"] == f"bytes 5-9/{len(body)}"
    part = await logged_in.get(url, headers={"Range": "bytes=-4", "If-Range": modified})
    assert (part.status, await part.read()) == (206, body[-4:])
    beyond = await logged_in.get(url, headers={"Range": f"bytes={len(body)}-"})
    assert beyond.status == 416
    assert beyond.headers["Content-Range"] == f"bytes */{len(body)}"
    head = await logged_in.head(url)
    assert (head.status, await head.read()) == (200, b"")
    assert head.headers["Content-Length"] == str(len(body))


async def test_an_older_version_can_be_played_to_its_end(logged_in: Client, publish: Publish, storage: Media) -> None:
    video_id = await publish(labels=(480, 720))
    await publish(video_id=video_id, version=2, labels=(480,))
    old = await logged_in.get(f"/api/video/{video_id}/720p/001.ts?v=1")
    assert await old.read() == content_of(1, 720, 1)
    new = await logged_in.get(f"/api/video/{video_id}/720p/001.ts")
    assert await new.read() == content_of(2, 480, 1)
    assert "?v=2" in await (await logged_in.get(f"/api/video/{video_id}/720p/index.m3u8")).text()
    storage.remove_version(video_id, 1)
    assert (await logged_in.get(f"/api/video/{video_id}/720p/001.ts?v=1")).status == 404


async def test_an_unpublished_version_is_not_served(logged_in: Client, publish: Publish, storage: Media) -> None:
    video_id = await publish()
    folder = storage.rendition(video_id, 2, 480)
    folder.mkdir(parents=True)
    (folder / "000.ts").write_bytes(b"partial")
    assert (await logged_in.get(f"/api/video/{video_id}/480p/000.ts?v=2")).status == 404


async def test_a_deleted_film_is_not_found(logged_in: Client, publish: Publish, database: Database) -> None:
    video_id = await publish()
    async with database.connection() as connection:
        await videos.remove(connection, video_id)
    assert (await logged_in.get(f"/api/video/{video_id}/480p/index.m3u8")).status == 404
