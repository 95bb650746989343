"""Thumbnails: who may see them, and how long browsers may cache them."""

import pytest
from yarl import URL

from tests.fixtures.app import Client
from tests.fixtures.media import Media
from tests.fixtures.published import Publish
from videoflix.db.pool import Database

IMMUTABLE, ASK_AGAIN = "private, max-age=31536000, immutable", "private, no-cache"


async def test_a_thumbnail_is_immutable_only_with_its_version(logged_in: Client, publish: Publish) -> None:
    video_id = await publish()
    (film,) = await (await logged_in.get("/api/video/")).json()
    image = await logged_in.get(URL(film["thumbnail_url"]).path_qs)
    assert (image.content_type, image.headers["Cache-Control"]) == ("image/jpeg", IMMUTABLE)
    unversioned = await logged_in.get(f"/api/video/{video_id}/thumbnail.jpg")
    assert unversioned.headers["Cache-Control"] == ASK_AGAIN


async def test_each_revision_has_its_own_address(
    logged_in: Client, publish: Publish, storage: Media, database: Database
) -> None:
    video_id = await publish()
    storage.thumbnail(video_id, 1, 2).write_bytes(b"\xff\xd8\xff another")
    async with database.connection() as connection:
        await connection.execute("UPDATE encodes SET thumbnail = 2")
    (film,) = await (await logged_in.get("/api/video/")).json()
    assert film["thumbnail_url"].endswith("/thumbnail.jpg?v=1.2")
    assert (await (await logged_in.get(f"/api/video/{video_id}/")).json())["thumbnail_url"] == film["thumbnail_url"]
    for query, caching in (("?v=1.2", IMMUTABLE), ("?v=1", ASK_AGAIN), ("", ASK_AGAIN), ("?v=1.3", ASK_AGAIN)):
        image = await logged_in.get(f"/api/video/{video_id}/thumbnail.jpg{query}")
        assert (await image.read(), image.headers["Cache-Control"]) == (b"\xff\xd8\xff another", caching)


async def test_a_thumbnail_requires_a_login(client: Client, publish: Publish) -> None:
    answer = await client.get(f"/api/video/{await publish()}/thumbnail.jpg")
    assert answer.status == 401
    assert "ETag" not in answer.headers


async def test_a_thumbnail_is_as_wide_as_asked_for_if_it_is_stored_so(
    logged_in: Client, publish: Publish, storage: Media, database: Database
) -> None:
    async def answers(widest: int) -> list[bytes]:
        """Of a film of its own, as films are cached."""
        video_id = await publish()
        for width in (320, 1280):
            storage.thumbnail(video_id, 1, width=width).write_bytes(b"\xff\xd8\xff %d" % width)
        async with database.connection() as connection:
            await connection.execute("UPDATE encodes SET thumbnail_width = $1 WHERE video_id = $2", widest, video_id)
        base = f"/api/video/{video_id}/thumbnail.jpg?v=1&width="
        return [await (await logged_in.get(f"{base}{width}")).read() for width in (320, 640, 1280)]

    small, standard, large = b"\xff\xd8\xff 320", b"\xff\xd8\xff picture", b"\xff\xd8\xff 1280"
    assert await answers(700) == [small, standard, large]
    assert await answers(500) == [small, standard, standard]
    assert await answers(0) == [standard, standard, standard]


@pytest.mark.parametrize("width", ["0", "321", "-320", "٣٢٠", "x", "640.0"])
async def test_a_width_that_thumbnails_never_have_is_not_found(
    logged_in: Client, publish: Publish, width: str
) -> None:
    answer = await logged_in.get(f"/api/video/{await publish()}/thumbnail.jpg?width={width}")
    assert answer.status == 404
