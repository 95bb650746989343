"""An upload takes the place of a film that is there."""

import asyncio
from uuid import UUID

import pytest

from tests.fixtures.app import Client
from tests.fixtures.encoding import Wait
from tests.fixtures.locks import until_one_waits
from tests.fixtures.media import Media
from tests.fixtures.published import Publish
from tests.fixtures.tus import TUS, UPLOADS, Begin, Send, get_json, metadata, offset_of
from videoflix.db.pool import Database
from videoflix.library.adding import fingerprint, queue_encode
from videoflix.library.models import EncodeState
from videoflix.library.queries import videos
from videoflix.settings import Settings
from videoflix.uploads import queries as rows
from videoflix.uploads.context import UploadContext
from videoflix.uploads.ending import sweep

ORIGIN = "http://127.0.0.1:5500"


@pytest.fixture
async def replaced(publish: Publish, storage: Media) -> int:
    """A video with a film to replace."""
    video_id = await publish("Heat")
    storage.original(video_id).write_bytes(b"the old film")
    return video_id


async def test_a_film_takes_the_place_of_another(
    logged_in: Client,
    begin: Begin,
    send: Send,
    film: bytes,
    storage: Media,
    replaced: int,
    worker: None,
    wait: Wait,
) -> None:
    address = await begin(len(film), video=str(replaced), title="Not this")
    await send(address, 0, film[:5000])
    assert storage.original(replaced).read_bytes() == b"the old film"
    assert (await send(address, 5000, film[5000:])).status == 204
    told = await get_json(logged_in, address)
    assert (told["state"], told["video_id"], told["title"]) == ("done", replaced, "Heat")
    assert storage.original(replaced).read_bytes() == film
    assert storage.uploads() == []
    assert (await wait(replaced)).state is EncodeState.READY
    assert storage.labels(replaced, 2)
    video = await get_json(logged_in, f"/api/video/{replaced}/")
    assert (video["title"], video["original_bytes"]) == ("Heat", len(film))
    deeds = (await get_json(logged_in, "/api/admin/audit/"))["items"]
    assert [deed["action"] for deed in deeds] == ["video.replace", "upload.begin"]


async def test_a_replaced_film_is_known_by_the_new_one(
    begin: Begin, send: Send, film: bytes, storage: Media, database: Database, replaced: int
) -> None:
    before = fingerprint(storage.original(replaced))
    async with database.connection() as connection:
        await videos.set_fingerprint(connection, replaced, before)
    await send(await begin(len(film), video=str(replaced)), 0, film)
    async with database.connection() as connection:
        assert await videos.known(connection, fingerprint(storage.original(replaced)))
        assert not await videos.known(connection, before)


async def test_what_is_in_the_making_is_not_replaced(
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Media, database: Database, replaced: int
) -> None:
    address = await begin(len(film), video=str(replaced))
    async with database.transaction() as connection:
        assert await queue_encode(connection, replaced)
    headers = {**TUS, "Upload-Length": "10", **metadata(video=str(replaced))}
    assert (await logged_in.post(UPLOADS, headers=headers)).status == 409
    assert (await send(address, 0, film)).status == 409
    assert storage.original(replaced).read_bytes() == b"the old film"
    async with database.connection() as connection:
        await connection.execute("DELETE FROM encodes WHERE state = 'queued'")
    offset = await offset_of(logged_in, address)
    assert (await send(address, offset, film[offset:])).status == 204
    assert storage.original(replaced).read_bytes() == film


async def test_an_upload_is_edited_while_it_takes_the_place_of_a_film(
    logged_in: Client, begin: Begin, database: Database, replaced: int
) -> None:
    """Both lock the video and the upload: in one order, or they would wait for each other."""
    address = await begin(1000, video=str(replaced))
    async with database.transaction() as connection:
        await videos.lock(connection, replaced)
        editing = asyncio.create_task(logged_in.put(f"{address}metadata/", json={"title": "Heat (1995)"}))
        await until_one_waits(database)
        assert await rows.begin_placing(connection, UUID(address.rstrip("/").rpartition("/")[2]))
    assert (await editing).status == 200
    assert (await get_json(logged_in, f"/api/video/{replaced}/"))["title"] == "Heat (1995)"


async def test_a_crash_before_the_new_film_has_its_place_is_made_good(
    logged_in: Client,
    begin: Begin,
    send: Send,
    film: bytes,
    storage: Media,
    settings: Settings,
    database: Database,
    replaced: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def crash(*about: object) -> None:
        raise ConnectionResetError("the power is off")

    address = await begin(len(film), video=str(replaced))
    with monkeypatch.context() as patched:
        patched.setattr("videoflix.uploads.finishing.place", crash)
        assert (await send(address, 0, film)).status == 500
    async with database.connection() as connection:
        assert not await connection.fetchval("SELECT count(*) FROM due_jobs")
    assert storage.original(replaced).read_bytes() == b"the old film"
    await sweep(UploadContext(settings, database, storage))
    assert storage.original(replaced).read_bytes() == film
    assert await offset_of(logged_in, address) == len(film)
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM due_jobs") == 1


async def test_a_video_that_is_deleted_meanwhile_is_not_replaced(
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Media, database: Database, replaced: int
) -> None:
    address = await begin(len(film), video=str(replaced))
    async with database.connection() as connection:
        await connection.execute("DELETE FROM videos")
    answer = await send(address, 0, film)
    assert answer.status == 422
    assert "deleted" in (await answer.json())["detail"]
    assert storage.uploads() == []
