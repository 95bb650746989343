"""Films come in by the protocol: in parts, broken off, twice at once, too long, too late, and what is none at all."""

import asyncio
import base64
import hashlib
import io
import random
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError

from tests.conftest import EMAIL, PASSWORD, Client, Wait
from tests.web.admin.conftest import OCTETS, TUS, UPLOADS, Begin, Send, metadata
from tests.web.conftest import MakeUser, Publish
from videoflix.db.pool import Database
from videoflix.intake import queue_encode
from videoflix.models import EncodeState
from videoflix.settings import Settings
from videoflix.storage import Storage
from videoflix.uploads import Dock, sweep
from videoflix.web.app import create_app

ORIGIN = "http://127.0.0.1:5500"


async def _offset(client: Client, address: str) -> int:
    answer = await client.head(address, headers=TUS)
    assert answer.status == 200, answer.status
    return int(answer.headers["Upload-Offset"])


async def _told(client: Client, address: str) -> dict[str, Any]:
    told: dict[str, Any] = await (await client.get(address)).json()
    return told


async def _is_told(client: Client, address: str) -> bool:
    return (await client.get(address)).status == 200


def _left(storage: Storage) -> list[Path]:
    return storage.uploads()


async def test_a_server_tells_what_it_can(logged_in: Client) -> None:
    answer = await logged_in.options(UPLOADS)
    assert answer.status == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Extension"] == "creation,creation-with-upload,termination,expiration,checksum"
    assert answer.headers["Tus-Max-Size"] == str(100 * 10**9)
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,md5,sha256"


async def test_a_film_in_parts_becomes_a_video(
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Storage, worker: None, wait: Wait
) -> None:
    address = await begin(len(film), filename="The.Third_Man.mp4", category="Noir", description="In Vienna.")
    assert await _offset(logged_in, address) == 0
    for first in range(0, len(film), 30_000):
        answer = await send(address, first, film[first : first + 30_000])
        assert answer.status == 204
        assert int(answer.headers["Upload-Offset"]) == min(first + 30_000, len(film))
    assert await _offset(logged_in, address) == len(film)
    told = await _told(logged_in, address)
    assert told["state"] == "done"
    assert storage.original(told["video_id"]).read_bytes() == film
    assert storage.original(told["video_id"]).stat().st_nlink == 1
    assert _left(storage) == []
    assert (await wait(told["video_id"])).state is EncodeState.READY
    video = await (await logged_in.get(f"/api/video/{told['video_id']}/")).json()
    assert (video["title"], video["category"], video["description"]) == ("The Third Man", "Noir", "In Vienna.")
    assert video["original_bytes"] == len(film)
    deeds = (await (await logged_in.get("/api/admin/audit/")).json())["items"]
    assert [(deed["who"], deed["action"], deed["label"]) for deed in deeds] == [
        (EMAIL, "video.add", "The Third Man"),
        (EMAIL, "upload.begin", "The Third Man"),
    ]


async def test_a_film_may_come_with_the_request_that_announces_it(logged_in: Client, film: bytes) -> None:
    headers = {**OCTETS, "Upload-Length": str(len(film))}
    answer = await logged_in.post(UPLOADS, data=film[:5000], headers=headers)
    assert (answer.status, answer.headers["Upload-Offset"]) == (201, "5000")
    assert answer.headers["Upload-Expires"].endswith(" GMT")
    answer = await logged_in.post(UPLOADS, data=film, headers=headers)
    assert (answer.status, answer.headers["Upload-Offset"]) == (201, str(len(film)))
    assert (await _told(logged_in, answer.headers["Location"]))["state"] == "done"


async def test_every_answer_tells_the_version_and_where_it_was(
    client: Client, logged_in: Client, begin: Begin, film: bytes
) -> None:
    address = await begin(len(film), title="Ä")
    answer = await logged_in.head(address, headers=TUS)
    assert answer.headers["Upload-Length"] == str(len(film))
    assert answer.headers["Upload-Metadata"] == metadata(filename="film.mp4", title="Ä")["Upload-Metadata"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Upload-Expires"].endswith(" GMT")
    for path in (address, UPLOADS + "nowhere/", UPLOADS + "00000000-0000-0000-0000-000000000000/"):
        answer = await logged_in.patch(path, headers=TUS)
        assert answer.headers["Tus-Resumable"] == "1.0.0"


@pytest.mark.parametrize("version", [None, "0.2.2", "1.0.1"])
async def test_another_version_is_refused(
    logged_in: Client, begin: Begin, film: bytes, version: str | None
) -> None:
    address = await begin(len(film))
    headers = {**OCTETS, "Upload-Length": "10", "Upload-Offset": "0", "Tus-Resumable": version or ""}
    if version is None:
        del headers["Tus-Resumable"]
    for method, path in (("POST", UPLOADS), ("HEAD", address), ("PATCH", address)):
        answer = await logged_in.request(method, path, headers=headers, data=None)
        assert (answer.status, answer.headers["Tus-Version"]) == (412, "1.0.0")
    assert await _offset(logged_in, address) == 0
    assert (await logged_in.delete(address, headers={"Tus-Resumable": "0.2.2"})).status == 412


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 400),
        ({"Upload-Length": "-1"}, 400),
        ({"Upload-Length": "ten"}, 400),
        ({"Upload-Length": "1e9"}, 400),
        ({"Upload-Length": ""}, 400),
        ({"Upload-Length": "0"}, 422),
        ({"Upload-Length": "100000000001"}, 413),
        ({"Upload-Length": "9" * 40}, 413),
        ({"Upload-Length": "9" * 4000}, 400),
        ({"Upload-Defer-Length": "1"}, 400),
        ({"Upload-Length": "10", "Upload-Concat": "partial"}, 400),
        ({"Upload-Length": "10", "Upload-Metadata": "filename no base64!"}, 400),
        ({"Upload-Length": "10", "Upload-Metadata": "filename YQ==,filename YQ=="}, 400),
        ({"Upload-Length": "10", **metadata(video="99")}, 400),
        ({"Upload-Length": "10", **metadata(video="1; DROP TABLE videos")}, 400),
        ({"Upload-Length": "10", **metadata(video="9" * 19)}, 400),
    ],
)
async def test_what_cannot_be_announced_leaves_nothing(
    logged_in: Client, storage: Storage, headers: dict[str, str], status: int
) -> None:
    answer = await logged_in.post(UPLOADS, headers={**TUS, **headers})
    assert answer.status == status
    assert isinstance((await answer.json())["detail"], str)
    assert (await _told(logged_in, UPLOADS))["total"] == 0
    assert _left(storage) == []


async def test_what_comes_with_an_announcement_is_checked_before_it(
    logged_in: Client, storage: Storage, film: bytes
) -> None:
    for headers, status in (
        ({"Content-Type": "text/plain"}, 415),
        ({"Upload-Length": "10"}, 413),
        ({"Upload-Checksum": "crc32 YQ=="}, 400),
        ({"Upload-Checksum": f"sha1 {base64.b64encode(bytes(20)).decode()}"}, 460),
    ):
        told = {**OCTETS, "Upload-Length": str(len(film)), **headers}
        assert (await logged_in.post(UPLOADS, data=film, headers=told)).status == status
    assert (await _told(logged_in, UPLOADS))["total"] == 0
    assert _left(storage) == []


@pytest.mark.parametrize(
    ("offset", "status"),
    [("0", 409), ("999", 409), ("1001", 409), ("9" * 30, 409), ("-1", 400), ("x", 400), ("", 400), ("1000.0", 400)],
)
async def test_another_offset_is_refused(
    logged_in: Client, begin: Begin, send: Send, film: bytes, offset: str, status: int
) -> None:
    address = await begin(len(film))
    assert (await send(address, 0, film[:1000])).status == 204
    assert (await send(address, offset, film[1000:])).status == status
    assert await _offset(logged_in, address) == 1000
    assert (await send(address, 1000, film[1000:])).status == 204


async def test_a_part_without_an_offset_or_of_another_type_is_refused(
    logged_in: Client, begin: Begin, film: bytes
) -> None:
    address = await begin(len(film))
    assert (await logged_in.patch(address, data=film, headers=OCTETS)).status == 400
    for kind in ("application/octet-stream", "text/plain", ""):
        headers = {**OCTETS, "Upload-Offset": "0", "Content-Type": kind}
        assert (await logged_in.patch(address, data=film, headers=headers)).status == 415
    assert await _offset(logged_in, address) == 0


async def test_more_than_was_announced_is_refused_and_the_film_stays_what_it_is(
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Storage
) -> None:
    async def without_a_length() -> AsyncIterator[bytes]:
        yield film[1000:]
        yield b"x"

    address = await begin(len(film))
    await send(address, 0, film[:1000])
    assert (await send(address, 1000, film[1000:] + b"x")).status == 413
    assert (await send(address, 1000, without_a_length())).status == 413
    assert await _offset(logged_in, address) == 1000
    assert (await send(address, 1000, film[1000:])).status == 204
    assert (await send(address, len(film), b"x")).status == 413
    assert (await send(address, len(film), b"")).status == 204
    assert storage.original((await _told(logged_in, address))["video_id"]).read_bytes() == film


@pytest.mark.parametrize("algorithm", ["sha1", "md5", "sha256"])
async def test_of_a_part_with_a_checksum_all_counts_or_nothing(
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Storage, algorithm: str
) -> None:
    def checksum(data: bytes) -> str:
        return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"

    address = await begin(len(film))
    wrong = await send(address, 0, b"z" + film[1:9000], Upload_Checksum=checksum(film[:9000]))
    assert wrong.status == 460
    assert await _offset(logged_in, address) == 0
    assert (await send(address, 0, film[:9000], Upload_Checksum=checksum(film[:9000]))).status == 204
    assert (await send(address, 9000, film[9000:], Upload_Checksum="crc32 YQ==")).status == 400
    assert (await send(address, 9000, film[9000:], Upload_Checksum=checksum(film[9000:]))).status == 204
    assert storage.original((await _told(logged_in, address))["video_id"]).read_bytes() == film


async def test_of_two_who_send_at_once_one_wins(
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videoflix.receiving.BUSY_SECONDS", 0.1)
    go_on = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield film[:20_000]
        await go_on.wait()
        yield film[20_000:]

    address = await begin(len(film))
    first = asyncio.create_task(send(address, 0, slowly()))
    file = storage.uploads()[0]
    async with asyncio.timeout(10):
        while file.stat().st_size < 4096:
            await asyncio.sleep(0.01)
    other = await send(address, 0, b"\1" * len(film))
    assert other.status == 423
    assert (await other.json())["detail"]
    go_on.set()
    assert (await first).status == 204
    assert storage.original((await _told(logged_in, address))["video_id"]).read_bytes() == film


async def test_of_eight_who_send_different_films_one_is_kept_whole(
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Storage
) -> None:
    address = await begin(len(film))
    variants = [film[:-1] + bytes([number]) for number in range(8)]
    answers = await asyncio.gather(*(send(address, 0, one) for one in variants))
    assert sorted(answer.status for answer in answers) == [204, *[409] * 7]
    winner = next(one for one, answer in zip(variants, answers, strict=True) if answer.status == 204)
    assert storage.original((await _told(logged_in, address))["video_id"]).read_bytes() == winner


async def test_after_a_lost_connection_it_goes_on_where_it_was(
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Storage
) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield film[:50_000]
        while storage.uploads()[0].stat().st_size < 50_000:
            await asyncio.sleep(0.01)
        raise ConnectionResetError("the lid is closed")

    address = await begin(len(film))
    with pytest.raises((ClientError, ConnectionResetError)):
        await send(address, 0, broken(), Content_Length=str(len(film)))
    async with asyncio.timeout(10):
        while await _offset(logged_in, address) < 50_000:
            await asyncio.sleep(0.01)
    assert await _offset(logged_in, address) == 50_000
    assert (await send(address, 50_000, film[50_000:])).status == 204
    assert storage.original((await _told(logged_in, address))["video_id"]).read_bytes() == film


async def test_a_client_that_is_silent_lets_go(
    logged_in: Client, begin: Begin, send: Send, film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videoflix.web.bodies.SILENT_SECONDS", 0.2)
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
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Storage, database: Database
) -> None:
    """As a crash leaves it: the file is longer than what was written down, or has lost something."""
    address = await begin(len(film))
    await send(address, 0, film[:20_000])
    file = storage.uploads()[0]
    with file.open("ab") as writing:
        writing.write(b"\0" * 7000)
    assert await _offset(logged_in, address) == 20_000
    with file.open("r+b") as cutting:
        cutting.truncate(15_000)
    assert await _offset(logged_in, address) == 15_000
    assert (await send(address, 15_000, film[15_000:])).status == 204
    assert storage.original((await _told(logged_in, address))["video_id"]).read_bytes() == film


async def test_what_is_called_off_is_gone(
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Storage
) -> None:
    address = await begin(len(film))
    await send(address, 0, film[:5000])
    assert (await logged_in.delete(address, headers=TUS)).status == 204
    assert _left(storage) == []
    assert (await logged_in.head(address, headers=TUS)).status == 410
    assert (await send(address, 5000, film[5000:])).status == 410
    assert (await logged_in.delete(address, headers=TUS)).status == 410
    assert not await _is_told(logged_in, address)
    actions = [deed["action"] for deed in (await _told(logged_in, "/api/admin/audit/"))["items"]]
    assert actions == ["upload.cancel", "upload.begin"]


async def test_one_that_is_over_is_taken_off_the_list_and_its_film_stays(
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Storage
) -> None:
    address = await begin(len(film))
    await send(address, 0, film)
    video_id = (await _told(logged_in, address))["video_id"]
    assert (await logged_in.delete(address)).status == 204
    assert (await _told(logged_in, UPLOADS))["total"] == 0
    assert storage.original(video_id).exists()


async def test_calling_off_ends_who_is_sending(
    logged_in: Client, begin: Begin, send: Send, film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videoflix.receiving.KEEP_SECONDS", 0.0)

    async def slowly() -> AsyncIterator[bytes]:
        yield film[:5000]
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
    storage: Storage,
    database: Database,
) -> None:
    old, young = await begin(len(film)), await begin(len(film))
    await send(old, 0, film[:5000])
    async with database.connection() as connection:
        await connection.execute("UPDATE uploads SET expires_at = now() WHERE received > 0")
    assert (await logged_in.head(old, headers=TUS)).status == 410
    assert (await send(old, 5000, film[5000:])).status == 410
    dock = Dock(settings, database, storage)
    await sweep(dock)
    assert [file.name for file in _left(storage)] == [young.split("/")[-2]]
    assert (await logged_in.head(old, headers=TUS)).status == 410
    async with database.connection() as connection:
        await connection.execute("UPDATE uploads SET expires_at = now() WHERE received > 0")
    await sweep(dock)
    assert (await logged_in.head(old, headers=TUS)).status == 404
    assert await _offset(logged_in, young) == 0


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
    settings: Settings, storage: Storage, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    (storage.root / "uploads" / "left").write_bytes(b"x")
    await sweep(Dock(settings, database, storage))
    assert len(_left(storage)) == 1  # it is young
    monkeypatch.setattr("videoflix.orphans.ORPHAN_SECONDS", -1.0)
    await sweep(Dock(settings, database, storage))
    assert _left(storage) == []


def _zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("film.mp4", random.Random(1).randbytes(100_000))
    return packed.getvalue()


async def test_a_zip_that_is_called_a_film_is_refused_at_its_first_bytes(
    logged_in: Client, begin: Begin, send: Send, storage: Storage
) -> None:
    packed = _zip()
    never = asyncio.Event()

    async def beginning() -> AsyncIterator[bytes]:
        yield packed[:5000]
        await never.wait()

    address = await begin(10**9, filename="film.mp4", filetype="video/mp4")
    answer = await send(address, 0, beginning())
    assert answer.status == 422
    assert "zip archive" in (await answer.json())["detail"]
    never.set()
    told = await _told(logged_in, address)
    assert (told["state"], told["expires_at"]) == ("refused", None)
    assert "zip archive" in told["detail"]
    assert _left(storage) == []
    assert (await logged_in.head(address, headers=TUS)).status == 422
    assert (await send(address, 0, packed)).status == 422


async def test_what_comes_in_drops_is_looked_at_as_well(
    logged_in: Client, begin: Begin, send: Send, film: bytes
) -> None:
    packed, address = _zip(), await begin(100_000)
    for first in range(0, 4000, 1000):
        assert (await send(address, first, packed[first : first + 1000])).status == 204
    assert (await send(address, 4000, packed[4000:5000])).status == 422
    small = await begin(11)
    assert (await send(small, 0, b"Hello, film")).status == 422


async def test_the_size_limit_holds_and_can_be_lifted(
    settings: Settings, admin: int, aiohttp_client: Callable[..., Awaitable[Client]]
) -> None:
    for most, status in ((1000, 413), (2000, 201), (0, 201)):
        client = await aiohttp_client(create_app(replace(settings, max_upload_size=most)))
        await client.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})
        answer = await client.post(UPLOADS, headers={**TUS, "Upload-Length": "1500"})
        assert answer.status == status
        told = (await client.options(UPLOADS)).headers.get("Tus-Max-Size")
        assert told == (str(most) if most else None)


async def test_without_room_it_is_refused_before_a_byte_comes(
    settings: Settings, storage: Storage, admin: int, aiohttp_client: Callable[..., Awaitable[Client]]
) -> None:
    client = await aiohttp_client(create_app(replace(settings, max_upload_size=0, disk_floor=10**9)))
    await client.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})
    half = (storage.free_bytes() - 10**9) * 6 // 10
    headers = {**TUS, "Upload-Length": str(half)}
    assert (await client.post(UPLOADS, headers=headers)).status == 201
    answer = await client.post(UPLOADS, headers=headers)  # the first one's room is promised
    assert answer.status == 507
    assert "DISK_FLOOR" in (await answer.json())["detail"]
    assert len(_left(storage)) == 1


async def test_a_disk_that_has_filled_up_stops_a_part_before_it_begins(
    settings: Settings, film: bytes, begin: Begin, aiohttp_client: Callable[..., Awaitable[Client]]
) -> None:
    address = await begin(len(film))
    full = await aiohttp_client(create_app(replace(settings, disk_floor=10**18)))
    await full.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})
    assert (await full.patch(address, data=film, headers={**OCTETS, "Upload-Offset": "0"})).status == 507
    assert await _offset(full, address) == 0


@pytest.mark.parametrize(
    ("filename", "kept", "title"),
    [
        ("../../../etc/passwd.mp4", "passwd.mp4", "passwd"),
        ("C:\\My Films\\Heat (1995).mkv", "Heat (1995).mkv", "Heat (1995)"),
        ("a\0b\r\nSet-Cookie: x.mp4", "ab  Set-Cookie: x.mp4", "ab Set-Cookie: x"),
        ("x" * 1000 + ".mp4", "x" * 255, "x" * 200),
        ("harmless\u202e4pm.exe", "harmless4pm.exe", "harmless4pm"),
        ("<img src=x onerror=alert(1)>.mp4", "<img src=x onerror=alert(1)>.mp4", "<img src=x onerror=alert(1)>"),
        ("', '); DROP TABLE videos; --", "', '); DROP TABLE videos; --", "', '); DROP TABLE videos; --"),
        ("", "", "Untitled"),
    ],
)
async def test_a_name_whatever_it_holds_is_stored_harmless_and_shown_as_text(
    logged_in: Client, begin: Begin, send: Send, film: bytes, database: Database, filename: str, kept: str, title: str
) -> None:
    markup = "<script>alert('category')</script>"
    address = await begin(len(film), filename=filename, category=markup, description=markup)
    told = await _told(logged_in, address)
    assert (told["filename"], told["title"], told["category"], told["description"]) == (kept, title, markup, markup)
    assert (await send(address, 0, film)).status == 204
    async with database.connection() as connection:
        row = await connection.fetchrow("SELECT title, category, description FROM videos")
    assert row
    assert not any(set(text) & set("<>\"'") for text in row)


async def test_a_client_that_can_only_post_says_what_it_means(
    logged_in: Client, begin: Begin, film: bytes
) -> None:
    address = await begin(len(film))

    async def post(method: str, **more: Any) -> int:
        headers = {**OCTETS, "Upload-Offset": "0", "X-HTTP-Method-Override": method}
        return (await logged_in.post(address, headers=headers, **more)).status

    assert await post("PATCH", data=film[:5000]) == 204
    assert await _offset(logged_in, address) == 5000
    assert await post("HEAD") == 200
    assert await post("PUT") == 405
    assert await post("DELETE") == 204
    assert (await logged_in.post(address, headers=TUS)).status == 405


async def test_uploads_are_for_administrators(
    client: Client, make_user: MakeUser, logged_in: Client, begin: Begin, film: bytes
) -> None:
    address = await begin(len(film))
    methods = [("OPTIONS", UPLOADS), ("POST", UPLOADS), ("GET", UPLOADS), ("PUT", address + "metadata/")]
    methods += [(method, address) for method in ("HEAD", "GET", "PATCH", "DELETE", "POST")]
    foreign = {**TUS, "Origin": "https://evil.example"}
    assert (await client.post(UPLOADS, headers={**foreign, "Upload-Length": "5"})).status == 403
    client.session.cookie_jar.clear()
    for method, path in methods:
        answer = await client.request(method, path, headers=TUS)
        assert (method, answer.status) == (method, 401)
        assert answer.headers["Tus-Resumable"] == "1.0.0"
    await make_user("bob@example.org")
    await client.post("/api/login/", json={"email": "bob@example.org", "password": PASSWORD})
    for method, path in methods:
        if (method, path) != ("OPTIONS", UPLOADS):
            assert (method, (await client.request(method, path, headers=TUS)).status) == (method, 403)


async def test_a_page_of_another_origin_may_upload_if_it_is_configured(
    client: Client, logged_in: Client, begin: Begin, film: bytes
) -> None:
    address = await begin(len(film))
    asked = "content-type,tus-resumable,upload-length,upload-metadata,upload-offset,x-http-method-override"
    for path, method in ((UPLOADS, "POST"), (address, "PATCH"), (address, "HEAD"), (address, "DELETE")):
        headers = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": asked}
        answer = await client.options(path, headers={**headers, "Origin": ORIGIN})
        assert answer.status == 200
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        assert method in answer.headers["Access-Control-Allow-Methods"]
        allowed = answer.headers["Access-Control-Allow-Headers"].lower().replace(" ", "").split(",")
        assert set(asked.split(",")) <= set(allowed)
        foreign = await client.options(path, headers={**headers, "Origin": "https://evil.example"})
        assert (foreign.status, "Access-Control-Allow-Origin" in foreign.headers) == (403, False)
    answer = await logged_in.head(address, headers={**TUS, "Origin": ORIGIN})
    exposed = answer.headers["Access-Control-Expose-Headers"].split(",")
    assert {"Location", "Upload-Offset", "Upload-Length", "Tus-Resumable", "Upload-Expires"} <= set(exposed)


@pytest.fixture
async def replaced(publish: Publish, storage: Storage) -> int:
    """A video with a film to replace."""
    video_id = await publish("Heat")
    storage.original(video_id).write_bytes(b"the old film")
    return video_id


async def test_a_film_takes_the_place_of_another(
    logged_in: Client,
    begin: Begin,
    send: Send,
    film: bytes,
    storage: Storage,
    replaced: int,
    worker: None,
    wait: Wait,
) -> None:
    address = await begin(len(film), video=str(replaced), title="Not this")
    await send(address, 0, film[:5000])
    assert storage.original(replaced).read_bytes() == b"the old film"
    assert (await send(address, 5000, film[5000:])).status == 204
    told = await _told(logged_in, address)
    assert (told["state"], told["video_id"], told["title"]) == ("done", replaced, "Heat")
    assert storage.original(replaced).read_bytes() == film
    assert _left(storage) == []
    playlist = f"/api/video/{replaced}/480p/index.m3u8"
    before = await (await logged_in.get(playlist)).text()
    assert "?v=1" in before or "?v=2" in before
    assert (await wait(replaced)).state is EncodeState.READY
    assert storage.labels(replaced, 2)
    video = await _told(logged_in, f"/api/video/{replaced}/")
    assert (video["title"], video["original_bytes"]) == ("Heat", len(film))
    deeds = (await _told(logged_in, "/api/admin/audit/"))["items"]
    assert [deed["action"] for deed in deeds] == ["video.replace", "upload.begin"]


async def test_what_is_in_the_making_is_not_replaced(
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Storage, database: Database, replaced: int
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
    offset = await _offset(logged_in, address)
    assert (await send(address, offset, film[offset:])).status == 204
    assert storage.original(replaced).read_bytes() == film


async def test_a_crash_before_the_new_film_has_its_place_is_made_good(
    logged_in: Client,
    begin: Begin,
    send: Send,
    film: bytes,
    storage: Storage,
    settings: Settings,
    database: Database,
    replaced: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def crash(*about: object) -> None:
        raise ConnectionResetError("the power is off")

    address = await begin(len(film), video=str(replaced))
    with monkeypatch.context() as patched:
        patched.setattr("videoflix.uploads.place", crash)
        assert (await send(address, 0, film)).status == 500
    async with database.connection() as connection:
        assert not await connection.fetchval("SELECT count(*) FROM due_jobs")
    assert storage.original(replaced).read_bytes() == b"the old film"
    await sweep(Dock(settings, database, storage))
    assert storage.original(replaced).read_bytes() == film
    assert await _offset(logged_in, address) == len(film)
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM due_jobs") == 1


async def test_a_video_that_is_deleted_meanwhile_is_not_replaced(
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Storage, database: Database, replaced: int
) -> None:
    address = await begin(len(film), video=str(replaced))
    async with database.connection() as connection:
        await connection.execute("DELETE FROM videos")
    answer = await send(address, 0, film)
    assert answer.status == 422
    assert "deleted" in (await answer.json())["detail"]
    assert _left(storage) == []
