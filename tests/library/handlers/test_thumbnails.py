"""An administrator chooses the picture of a film: one of the candidates, a frame, or one that is uploaded."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from tests.films import Films
from tests.fixtures.app import Client
from tests.fixtures.encoding import Bring
from tests.fixtures.media import Media
from tests.fixtures.published import MakeUser, Publish
from tests.fixtures.services import EMAIL, PASSWORD
from videoflix.db.pool import Database
from videoflix.library.models import ThumbnailChoice, ThumbnailSource
from videoflix.library.queries import thumbnails
from videoflix.queue.queues import TRANSCODE, Queues

IMMUTABLE, ASK_AGAIN = "private, max-age=31536000, immutable", "private, no-cache"
PNG = b"\x89PNG\r\n\x1a\n and so on"


@pytest.fixture
async def film(publish: Publish, storage: Media) -> int:
    """One with its original and three candidates."""
    video_id = await publish()
    storage.original(video_id).write_bytes(b"film")
    storage.candidates(video_id, 1).mkdir()
    for number in (0, 2, 3):
        storage.candidate(video_id, 1, number).write_bytes(b"\xff\xd8\xff candidate %d" % number)
    return video_id


def _path(video_id: int | str) -> str:
    return f"/api/admin/videos/{video_id}/thumbnail/"


async def _wish(database: Database, video_id: int) -> ThumbnailChoice | None:
    async with database.connection() as connection:
        return await thumbnails.chosen(connection, video_id)


async def _until_another(client: Client, video_id: int, before: str) -> str:
    async with asyncio.timeout(120):
        while True:
            told = await (await client.get(f"/api/admin/videos/{video_id}/")).json()
            url: str = told["thumbnail_url"]
            assert told["thumbnail_error"] is None
            if url != before:
                return url
            await asyncio.sleep(0.05)


@pytest.fixture
def shown(films: Films, tmp_path: Path, logged_in: Client) -> Callable[[str], Awaitable[float]]:
    """How bright the picture is that an address leads to; it may be kept for ever."""

    async def shown(url: str) -> float:
        async with asyncio.timeout(60):
            while True:
                answer = await logged_in.get(URL(url).path_qs)
                if answer.headers["Cache-Control"] == IMMUTABLE:
                    break
                await asyncio.sleep(0.01)
        assert answer.content_type == "image/jpeg"
        (tmp_path / "shown.jpg").write_bytes(await answer.read())
        gray = films.run("-i", str(tmp_path / "shown.jpg"), "-vf", "format=gray", "-f", "rawvideo", "pipe:1")
        return sum(gray) / len(gray)

    return shown


async def test_a_film_gets_the_picture_that_is_chosen_in_each_of_the_three_ways(
    logged_in: Client,
    worker: None,
    bring: Bring,
    films: Films,
    shown: Callable[[str], Awaitable[float]],
) -> None:
    """The film gets brighter by 20 every second, from 20 on."""
    source = films.make(seconds=10, picture="color", audio=False, options=("-vf", "geq=lum=20+20*T:cb=128:cr=128"))
    video_id = await bring(source)
    url = f"http://127.0.0.1:{logged_in.port}/api/video/{video_id}/thumbnail.jpg?v=1"
    told: dict[str, Any] = {"candidates": []}
    async with asyncio.timeout(120):
        while len(told["candidates"]) < 5:
            told = await (await logged_in.get(f"/api/admin/videos/{video_id}/thumbnails/")).json()
            await asyncio.sleep(0.05)
    assert [one["number"] for one in told["candidates"]] == [0, 1, 2, 3, 4]
    await shown(url)

    answer = await logged_in.put(_path(video_id), json={"at": 8.5})
    assert answer.status == 202
    url = await _until_another(logged_in, video_id, url)
    assert url.endswith("?v=1.2")
    assert await shown(url) == pytest.approx((20 + 20 * 8.5 - 16) / 219 * 255, abs=12)

    candidate = await (await logged_in.get(URL(told["candidates"][0]["url"]).path_qs)).read()
    await logged_in.put(_path(video_id), json={"candidate": 0})
    url = await _until_another(logged_in, video_id, url)
    await shown(url)
    assert await (await logged_in.get(URL(url).path_qs)).read() == candidate

    white = films.run("-f", "lavfi", "-i", "color=white:size=64x36", "-frames:v", "1", "-f", "mjpeg", "pipe:1")
    await logged_in.put(_path(video_id), data=white, headers={"Content-Type": "image/jpeg"})
    url = await _until_another(logged_in, video_id, url)
    assert url.endswith("?v=1.4")
    assert await shown(url) > 250
    (listed,) = await (await logged_in.get("/api/video/")).json()
    assert listed["thumbnail_url"] == url
    editing = await (await logged_in.get("/api/admin/audit/")).json()
    details = [one["detail"] for one in editing["items"]]
    assert details[1:] == [{"candidate": 0}, {"frame": 8.5}]
    assert set(details[0]) == {"bytes"}


async def test_why_a_picture_could_not_be_made_is_told(
    logged_in: Client,
    worker: None,
    bring: Bring,
    wait: Callable[[int], Awaitable[object]],
    films: Films,
    database: Database,
) -> None:
    video_id = await bring(films.make())
    await wait(video_id)
    async with asyncio.timeout(120), database.connection() as connection:
        while await connection.fetchval("SELECT state FROM jobs WHERE kind = 'thumbnail'") != "done":
            await asyncio.sleep(0.05)
    broken, headers = b"\xff\xd8\xff no picture", {"Content-Type": "image/jpeg"}
    assert (await logged_in.put(_path(video_id), data=broken, headers=headers)).status == 202
    async with asyncio.timeout(120):
        while True:
            told = await (await logged_in.get(f"/api/admin/videos/{video_id}/thumbnails/")).json()
            if told["error"]:
                break
            await asyncio.sleep(0.05)
    assert told["error"].startswith("The picture cannot be read")
    film = await (await logged_in.get(f"/api/admin/videos/{video_id}/")).json()
    assert (film["status"], film["error"], film["thumbnail_error"]) == ("ready", None, told["error"])


async def test_the_candidates_are_listed_and_shown(logged_in: Client, film: int) -> None:
    told = await (await logged_in.get(f"/api/admin/videos/{film}/thumbnails/")).json()
    base = f"http://127.0.0.1:{logged_in.port}/api"
    assert told == {
        "candidates": [{"number": n, "url": f"{base}/admin/videos/{film}/thumbnails/{n}.jpg"} for n in (0, 2, 3)],
        "url": f"{base}/video/{film}/thumbnail.jpg?v=1",
        "error": None,
    }
    picture = await logged_in.get(URL(told["candidates"][1]["url"]).path)
    assert (picture.content_type, await picture.read()) == ("image/jpeg", b"\xff\xd8\xff candidate 2")
    assert picture.headers["Cache-Control"] == ASK_AGAIN


@pytest.mark.parametrize(
    "path", ["1/thumbnails/1.jpg", "1/thumbnails/10.jpg", "1/thumbnails/%2e%2e%2fx.jpg", "9/thumbnails/"]
)
async def test_what_is_not_there_is_a_404(logged_in: Client, film: int, path: str) -> None:
    assert film == 1
    assert (await logged_in.get(URL(f"/api/admin/videos/{path}", encoded=True))).status == 404


async def test_a_choice_is_written_down_and_told_to_the_worker(
    logged_in: Client, film: int, database: Database, queues: Queues
) -> None:
    assert (await logged_in.put(_path(film), json={"candidate": 2})).status == 202
    assert await _wish(database, film) == ThumbnailChoice(2, ThumbnailSource.CANDIDATE, 2.0)
    assert await queues[TRANSCODE].count("queued") == 1
    assert (await logged_in.put(_path(film), json={"at": 0})).status == 202
    assert await _wish(database, film) == ThumbnailChoice(3, ThumbnailSource.FRAME, 0.0)


@pytest.mark.parametrize(
    "body",
    [{"candidate": 1}, {"candidate": -1}, {"at": 14}, {"at": -1}, {"candidate": 0, "at": 1}, {}, {"at": "x"}, [], 1],
)
async def test_what_cannot_be_chosen_changes_nothing(
    logged_in: Client, film: int, database: Database, body: object
) -> None:
    assert (await logged_in.put(_path(film), json=body)).status == 400
    assert await _wish(database, film) == ThumbnailChoice(1, ThumbnailSource.BEST, None)


async def test_without_the_original_there_are_still_candidates_and_uploads(
    logged_in: Client, film: int, storage: Media
) -> None:
    storage.original(film).unlink()
    answer = await logged_in.put(_path(film), json={"at": 3})
    assert (answer.status, "original" in (await answer.json())["detail"]) == (409, True)
    assert (await logged_in.put(_path(film), json={"candidate": 0})).status == 202
    assert (await logged_in.put(_path(film), data=PNG, headers={"Content-Type": "image/png"})).status == 202
    assert storage.thumbnail_source(film).read_bytes() == PNG


async def test_an_uploaded_picture_is_kept_until_something_else_is_chosen(
    logged_in: Client, film: int, storage: Media
) -> None:
    headers = {"Content-Type": "image/webp"}
    for picture in (b"RIFF1234WEBP one", b"RIFF1234WEBP another"):
        assert (await logged_in.put(_path(film), data=picture, headers=headers)).status == 202
        assert storage.thumbnail_source(film).read_bytes() == picture
    assert (await logged_in.put(_path(film), json={"candidate": 0})).status == 202
    assert not storage.thumbnail_source(film).exists()


@pytest.mark.parametrize(
    ("content_type", "picture", "status"),
    [
        ("image/png", b"GIF89a", 415),
        ("image/gif", b"GIF89a", 415),
        ("image/svg+xml", b"<svg/>", 415),
        ("image/jpeg", b"", 415),
        ("image/jpeg", b"\xff\xd8\xff" + bytes(10 * 1024 * 1024), 413),
        ("text/plain", b"x", 400),
    ],
)
async def test_no_other_file_is_taken(
    logged_in: Client,
    film: int,
    storage: Media,
    database: Database,
    content_type: str,
    picture: bytes,
    status: int,
) -> None:
    answer = await logged_in.put(_path(film), data=io.BytesIO(picture), headers={"Content-Type": content_type})
    assert answer.status == status
    assert isinstance((await answer.json())["detail"], str)
    assert not storage.thumbnail_source(film).exists()
    assert await _wish(database, film) == ThumbnailChoice(1, ThumbnailSource.BEST, None)


async def test_nine_megabytes_are_a_picture(logged_in: Client, film: int, storage: Media) -> None:
    headers = {"Content-Type": "image/jpeg"}
    picture = io.BytesIO(b"\xff\xd8\xff" + bytes(9 * 1024 * 1024))
    answer = await logged_in.put(_path(film), data=picture, headers=headers)
    assert answer.status == 202
    assert storage.thumbnail_source(film).stat().st_size == 9 * 1024 * 1024 + 3


async def test_an_unknown_video_keeps_no_picture(logged_in: Client, storage: Media) -> None:
    answer = await logged_in.put(_path(9), data=PNG, headers={"Content-Type": "image/png"})
    assert answer.status == 404
    assert (await logged_in.put(_path(9), json={"candidate": 0})).status == 404
    assert not storage.film(9).exists()


async def test_candidates_are_for_administrators(client: Client, admin: int, film: int, make_user: MakeUser) -> None:
    path = f"/api/admin/videos/{film}/thumbnails/0.jpg"
    assert (await client.get(path)).status == 401
    await make_user("bob@example.org")
    for email, status in (("bob@example.org", 403), (EMAIL, 200)):
        client.session.cookie_jar.clear()
        await client.post("/api/login/", json={"email": email, "password": PASSWORD})
        assert (await client.get(path)).status == status
