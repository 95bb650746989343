import asyncio
from datetime import datetime
from typing import Any

from tests.default_encode import LABELS
from tests.fixtures.app import Client
from tests.fixtures.media import Media
from tests.fixtures.published import Publish
from videoflix.accounts.queries import users
from videoflix.db.pool import Database
from videoflix.library.adding import queue_encode


async def test_the_list_is_empty_and_then_has_the_newest_first(logged_in: Client, publish: Publish) -> None:
    assert await (await logged_in.get("/api/video/")).json() == []
    ids = [await publish(title) for title in ("One", "Two", "Three")]
    films: list[dict[str, Any]] = []
    async with asyncio.timeout(3):
        while len(films) < len(ids):
            answer = await logged_in.get("/api/video/")
            assert answer.content_type == "application/json"
            films = await answer.json()
    assert [film["id"] for film in films] == ids[::-1]
    for film in films:
        assert set(film) == {"id", "created_at", "title", "description", "thumbnail_url", "category"}
        assert film["created_at"].endswith("Z")
        datetime.fromisoformat(film["created_at"])
        assert film["thumbnail_url"].startswith(f"http://127.0.0.1:{logged_in.port}/api/video/{film['id']}/")


async def test_the_list_is_sent_again_only_when_it_has_changed_and_packed_to_those_who_ask(
    logged_in: Client, publish: Publish, database: Database
) -> None:
    ids = [await publish(f"Film {number}") for number in range(10)]
    async with asyncio.timeout(3):
        while len(await (await logged_in.get("/api/video/")).json()) < len(ids):
            await asyncio.sleep(0.01)
    answer = await logged_in.get("/api/video/", headers={"Accept-Encoding": "identity"})
    packed = await logged_in.get("/api/video/", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert await packed.json() == await answer.json()
    assert int(packed.headers["Content-Length"]) < int(answer.headers["Content-Length"]) / 3
    etag = answer.headers["ETag"]
    assert (await logged_in.get("/api/video/", headers={"If-None-Match": etag})).status == 304
    async with database.connection() as connection:
        await connection.execute("UPDATE videos SET title = 'Another' WHERE id = $1", ids[0])
    async with asyncio.timeout(3):  # at once, long before what is remembered grows old
        while (await logged_in.get("/api/video/", headers={"If-None-Match": etag})).status != 200:
            await asyncio.sleep(0.01)


async def test_of_films_of_one_instant_the_higher_id_stands_first(
    logged_in: Client, publish: Publish, database: Database
) -> None:
    ids = [await publish() for _ in range(3)]
    async with database.connection() as connection:
        await connection.execute("UPDATE videos SET created_at = '2026-01-01'")
    assert [film["id"] for film in await (await logged_in.get("/api/video/")).json()] == ids[::-1]


async def test_only_what_can_be_played_is_listed(logged_in: Client, publish: Publish, database: Database) -> None:
    async with database.transaction() as connection:
        waiting = await connection.fetchval(
            "INSERT INTO videos (title, description, category) VALUES ('t', '', '') RETURNING id"
        )
        await queue_encode(connection, waiting)
    playable = await publish()
    assert [film["id"] for film in await (await logged_in.get("/api/video/")).json()] == [playable]


async def test_the_detail_has_everything(logged_in: Client, publish: Publish, storage: Media) -> None:
    video_id = await publish()
    film = await (await logged_in.get(f"/api/video/{video_id}/")).json()
    assert (film["status"], film["progress"], film["duration"], film["error"]) == ("ready", 1, 14, None)
    assert film["master_url"].endswith(f"/api/video/{video_id}/master.m3u8")
    assert [rendition["resolution"] for rendition in film["rungs"]] == ["480p", "720p", "1080p"]
    sizes = [sum(file.stat().st_size for file in storage.rendition(video_id, 1, label).iterdir()) for label in LABELS]
    assert [rendition["bytes"] for rendition in film["rungs"]] == sizes
    assert (film["captions"], film["storyboard_url"]) == ([], None)


async def test_an_unplayable_video_is_for_admins_alone(
    logged_in: Client, database: Database, password_hash: str
) -> None:
    async with database.transaction() as connection:
        video_id = await connection.fetchval(
            "INSERT INTO videos (title, description, category) VALUES ('t', '', '') RETURNING id"
        )
        await queue_encode(connection, video_id)
    detail = await (await logged_in.get(f"/api/video/{video_id}/")).json()
    assert (detail["status"], detail["progress"], detail["master_url"]) == ("queued", 0, None)
    placeholder = await logged_in.get(f"/api/video/{video_id}/thumbnail.jpg")
    assert (placeholder.status, placeholder.content_type) == (200, "image/svg+xml")
    async with database.connection() as connection:
        await users.insert_admin(connection, "viewer@example.org", password_hash)
        await connection.execute("UPDATE users SET is_staff = false WHERE email = 'viewer@example.org'")
    logged_in.session.cookie_jar.clear()
    await logged_in.post("/api/login/", json={"email": "viewer@example.org", "password": "securepassword"})
    for path in ("", "thumbnail.jpg", "master.m3u8", "480p/index.m3u8"):
        assert (await logged_in.get(f"/api/video/{video_id}/{path}")).status == 404


async def test_unknown_and_impossible_ids(logged_in: Client) -> None:
    for video_id in ("1", "0", "-1", "x", "1" * 30, "1.5", "%00", "٣"):
        answer = await logged_in.get(f"/api/video/{video_id}/")
        assert answer.status == 404
        assert isinstance((await answer.json())["detail"], str)
