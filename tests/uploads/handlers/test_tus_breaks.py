"""Connections break, clients are silent, two send at once, somebody calls it off: no byte is wrong or lost."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.fixtures.app import Client
from tests.fixtures.media import Media
from tests.fixtures.tus import TUS, UPLOADS, Begin, Send, get_json, offset_of
from videoflix.db.pool import Database
from videoflix.settings import Settings
from videoflix.uploads.context import UploadContext
from videoflix.uploads.ending import sweep

ORIGIN = "http://127.0.0.1:5500"


async def test_of_two_who_send_at_once_one_wins(
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videoflix.uploads.receiving.BUSY_SECONDS", 0.1)
    monkeypatch.setattr("videoflix.uploads.receiving.KEEP_SECONDS", 1000.0)
    go_on = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield film[:20_000]
        await go_on.wait()
        yield film[20_000:]

    address = await begin(len(film))
    first = asyncio.ensure_future(send(address, 0, slowly()))
    file = storage.uploads()[0]
    async with asyncio.timeout(10):
        while file.stat().st_size < 4096:
            await asyncio.sleep(0.01)
    other = await send(address, 0, b"\1" * len(film))
    assert other.status == 423
    assert (await other.json())["detail"]
    go_on.set()
    assert (await first).status == 204
    assert storage.original((await get_json(logged_in, address))["video_id"]).read_bytes() == film


async def test_of_eight_who_send_different_films_one_is_kept_whole(
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Media
) -> None:
    address = await begin(len(film))
    variants = [film[:-1] + bytes([number]) for number in range(8)]
    answers = await asyncio.gather(*(send(address, 0, one) for one in variants))
    statuses = sorted(answer.status for answer in answers)
    assert statuses[0] == 204
    assert set(statuses[1:]) <= {409, 423}
    winner = next(one for one, answer in zip(variants, answers, strict=True) if answer.status == 204)
    assert storage.original((await get_json(logged_in, address))["video_id"]).read_bytes() == winner


async def test_a_client_that_is_silent_lets_go(
    logged_in: Client, begin: Begin, send: Send, film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videoflix.uploads.bodies.SILENT_SECONDS", 0.5)
    over = asyncio.Event()

    async def silent() -> AsyncIterator[bytes]:
        yield film[:50_000]
        await over.wait()

    address = await begin(len(film))
    answer = await send(address, 0, silent())
    assert (answer.status, answer.headers["Upload-Offset"]) == (204, "50000")
    assert (await send(address, 50_000, film[50_000:])).status == 204
    over.set()


async def test_bytes_that_no_row_tells_of_do_not_count(
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Media, database: Database
) -> None:
    """As a crash leaves it: the file is longer than what was written down, or has lost something."""
    address = await begin(len(film))
    await send(address, 0, film[:20_000])
    file = storage.uploads()[0]
    with file.open("ab") as writing:
        writing.write(b"\0" * 7000)
    assert await offset_of(logged_in, address) == 20_000
    with file.open("r+b") as cutting:
        cutting.truncate(15_000)
    assert await offset_of(logged_in, address) == 15_000
    assert (await send(address, 15_000, film[15_000:])).status == 204
    assert storage.original((await get_json(logged_in, address))["video_id"]).read_bytes() == film


async def test_an_upload_whose_bytes_are_lost_is_gone(
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Media
) -> None:
    address = await begin(len(film))
    storage.uploads()[0].unlink()
    assert (await logged_in.head(address, headers=TUS)).status == 410
    assert (await send(address, 0, film)).status == 410


async def test_what_is_called_off_is_gone(
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Media
) -> None:
    address = await begin(len(film))
    await send(address, 0, film[:5000])
    assert (await logged_in.delete(address, headers=TUS)).status == 204
    assert storage.uploads() == []
    assert (await logged_in.head(address, headers=TUS)).status == 410
    assert (await send(address, 5000, film[5000:])).status == 410
    assert (await logged_in.delete(address, headers=TUS)).status == 410
    assert (await logged_in.get(address)).status == 404
    actions = [deed["action"] for deed in (await get_json(logged_in, "/api/admin/audit/"))["items"]]
    assert actions == ["upload.cancel", "upload.begin"]


async def test_one_that_is_over_is_taken_off_the_list_and_its_film_stays(
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Media
) -> None:
    address = await begin(len(film))
    await send(address, 0, film)
    video_id = (await get_json(logged_in, address))["video_id"]
    assert (await logged_in.delete(address)).status == 204
    assert (await get_json(logged_in, UPLOADS))["total"] == 0
    assert storage.original(video_id).exists()


async def test_calling_off_ends_who_is_sending(
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videoflix.uploads.receiving.KEEP_SECONDS", 0.0)

    async def slowly() -> AsyncIterator[bytes]:
        yield film[:5000]
        async with asyncio.timeout(60):
            while not storage.uploads()[0].stat().st_size:
                await asyncio.sleep(0.01)
        await logged_in.delete(address, headers=TUS)
        while True:
            yield film[5000:5001]
            await asyncio.sleep(0.01)

    address = await begin(10_000_000)
    assert (await send(address, 0, slowly())).status == 410


async def test_what_nobody_goes_on_with_expires_and_is_swept(
    logged_in: Client,
    begin: Begin,
    send: Send,
    film: bytes,
    settings: Settings,
    storage: Media,
    database: Database,
) -> None:
    old, young = await begin(len(film)), await begin(len(film))
    await send(old, 0, film[:5000])
    async with database.connection() as connection:
        await connection.execute("UPDATE uploads SET expires_at = now() WHERE received > 0")
    assert (await logged_in.head(old, headers=TUS)).status == 410
    assert (await send(old, 5000, film[5000:])).status == 410
    upload_context = UploadContext(settings, database, storage)
    await sweep(upload_context)
    assert [file.name for file in storage.uploads()] == [young.split("/")[-2]]
    assert (await logged_in.head(old, headers=TUS)).status == 410
    async with database.connection() as connection:
        await connection.execute("UPDATE uploads SET expires_at = now() WHERE received > 0")
    await sweep(upload_context)
    assert (await logged_in.head(old, headers=TUS)).status == 404
    assert await offset_of(logged_in, young) == 0


async def test_every_part_makes_it_live_longer(
    logged_in: Client, begin: Begin, send: Send, film: bytes, database: Database
) -> None:
    address = await begin(len(film))
    async with database.connection() as connection:
        await connection.execute("UPDATE uploads SET expires_at = now() + interval '1 hour'")
        await send(address, 0, film[:5000])
        left: timedelta = await connection.fetchval("SELECT expires_at - now() FROM uploads")
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)


async def test_a_file_that_no_upload_needs_is_swept(
    settings: Settings, storage: Media, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    (storage.root / "uploads" / "left").write_bytes(b"x")
    await sweep(UploadContext(settings, database, storage))
    assert len(storage.uploads()) == 1  # it is young
    monkeypatch.setattr("videoflix.storage.orphans.ORPHAN_SECONDS", -1.0)
    await sweep(UploadContext(settings, database, storage))
    assert storage.uploads() == []
