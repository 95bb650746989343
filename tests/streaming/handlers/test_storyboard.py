"""Storyboards: their cues and sheets, who may see them, and how long browsers may cache them."""

from collections.abc import Awaitable, Callable

import pytest
from yarl import URL

from tests.fixtures.app import Client
from tests.fixtures.media import Media
from tests.fixtures.published import Publish
from videoflix.db.pool import Database

AddStoryboard = Callable[..., Awaitable[None]]

CUES = b"WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nstoryboard/000.jpg?v=1#xywh=0,0,160,90\n"
IMMUTABLE, ASK_AGAIN = "private, max-age=31536000, immutable", "private, no-cache"


@pytest.fixture
def add_storyboard(database: Database, storage: Media) -> AddStoryboard:
    """Gives a published film its storyboard."""

    async def add(video_id: int, version: int = 1) -> None:
        folder = storage.storyboard(video_id, version)
        folder.mkdir(parents=True)
        (folder / "000.jpg").write_bytes(b"\xff\xd8\xff sheet %d" % version)
        (folder / "cues.vtt").write_bytes(CUES)
        async with database.connection() as connection:
            await connection.execute(
                "UPDATE encodes SET has_storyboard = true WHERE video_id = $1 AND version = $2", video_id, version
            )

    return add


async def test_the_video_links_to_the_cues_and_the_cues_link_to_the_sheets(
    logged_in: Client, publish: Publish, add_storyboard: AddStoryboard
) -> None:
    video_id = await publish()
    await add_storyboard(video_id)
    film = await (await logged_in.get(f"/api/video/{video_id}/")).json()
    assert film["storyboard_url"] == f"http://127.0.0.1:{logged_in.port}/api/video/{video_id}/storyboard.vtt"
    answer = await logged_in.get(URL(film["storyboard_url"]).path)
    assert (answer.status, await answer.read()) == (200, CUES)
    assert answer.headers["Content-Type"] == "text/vtt; charset=utf-8"
    assert answer.headers["Cache-Control"] == ASK_AGAIN
    address = answer.url.join(URL((await answer.text()).splitlines()[-1])).path_qs
    assert address == f"/api/video/{video_id}/storyboard/000.jpg?v=1"
    sheet = await logged_in.get(address)
    assert (sheet.status, await sheet.read()) == (200, b"\xff\xd8\xff sheet 1")
    assert (sheet.headers["Content-Type"], sheet.headers["Cache-Control"]) == ("image/jpeg", IMMUTABLE)


async def test_a_sheet_is_immutable_only_with_the_current_version(
    logged_in: Client, publish: Publish, add_storyboard: AddStoryboard
) -> None:
    video_id = await publish()
    await add_storyboard(video_id)
    await publish(video_id=video_id, version=2)
    await add_storyboard(video_id, 2)
    for query, caching in (("?v=2", IMMUTABLE), ("?v=1", ASK_AGAIN), ("", ASK_AGAIN), ("?v=x", ASK_AGAIN)):
        sheet = await logged_in.get(f"/api/video/{video_id}/storyboard/000.jpg{query}")
        assert (sheet.status, sheet.headers["Cache-Control"]) == (200, caching)
        assert await sheet.read() == b"\xff\xd8\xff sheet 2"


async def test_a_film_without_a_storyboard_has_none(logged_in: Client, publish: Publish, storage: Media) -> None:
    video_id = await publish()
    folder = storage.storyboard(video_id, 1)
    folder.mkdir(parents=True)
    for name in ("000.jpg", "cues.vtt"):
        (folder / name).write_bytes(b"partial")
    for path in ("storyboard.vtt", "storyboard/000.jpg", "storyboard/000.jpg?v=1"):
        assert (await logged_in.get(f"/api/video/{video_id}/{path}")).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "storyboard.vtt/",
        "storyboard/",
        "storyboard/001.jpg",
        "storyboard/0.jpg",
        "storyboard/0000.jpg",
        "storyboard/000.jpg/",
        "storyboard/000.JPG",
        "storyboard/000.png",
        "storyboard/000.jpg%00",
        "storyboard/000.jpg%0a",
        "storyboard/cues.vtt",
        "storyboard/..%2fthumbnail.jpg",
        "storyboard/%2e%2e%2f480p%2f000.ts",
        "storyboard/..%5c000.jpg",
        "storyboard/%D9%A0%D9%A0%D9%A0.jpg",
        "storyboard/index.m3u8",
    ],
)
async def test_unknown_paths_are_not_found(
    logged_in: Client, publish: Publish, add_storyboard: AddStoryboard, path: str
) -> None:
    video_id = await publish()
    await add_storyboard(video_id)
    answer = await logged_in.get(URL(f"/api/video/{video_id}/{path}", encoded=True))
    assert answer.status == 404
    assert isinstance((await answer.json())["detail"], str)


@pytest.mark.parametrize("path", ["storyboard.vtt", "storyboard/000.jpg"])
async def test_a_storyboard_belongs_to_one_film(
    logged_in: Client, publish: Publish, add_storyboard: AddStoryboard, storage: Media, path: str
) -> None:
    video_id, other = await publish(), await publish()
    await add_storyboard(video_id)
    for wrong in (other, other + 1, 0, "x", "%00"):
        answer = await logged_in.get(URL(f"/api/video/{wrong}/{path}", encoded=True))
        assert answer.status == 404
    storage.remove_version(video_id, 1)
    assert (await logged_in.get(f"/api/video/{video_id}/{path}")).status == 404


@pytest.mark.parametrize("path", ["storyboard.vtt", "storyboard/000.jpg", "storyboard/000.jpg?v=1"])
async def test_a_storyboard_requires_a_login(
    client: Client, publish: Publish, add_storyboard: AddStoryboard, path: str
) -> None:
    video_id = await publish()
    await add_storyboard(video_id)
    answer = await client.get(f"/api/video/{video_id}/{path}")
    assert answer.status == 401
    assert "ETag" not in answer.headers


@pytest.mark.parametrize("path", ["storyboard.vtt", "storyboard/000.jpg"])
async def test_conditions_ranges_and_head(
    logged_in: Client, publish: Publish, add_storyboard: AddStoryboard, path: str
) -> None:
    video_id = await publish()
    await add_storyboard(video_id)
    url = f"/api/video/{video_id}/{path}"
    whole = await logged_in.get(url)
    body = await whole.read()
    for headers in (
        {"If-None-Match": whole.headers["ETag"]},
        {"If-Modified-Since": whole.headers["Last-Modified"]},
    ):
        answer = await logged_in.get(url, headers=headers)
        assert (answer.status, await answer.read()) == (304, b"")
    part = await logged_in.get(url, headers={"Range": "bytes=5-9"})
    assert (part.status, await part.read()) == (206, body[5:10])
    head = await logged_in.head(url)
    assert (head.status, head.headers["Content-Length"]) == (200, str(len(body)))
