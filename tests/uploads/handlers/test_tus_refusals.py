"""What is no film, too large, too much for the disk, or has a bad name."""

import asyncio
import io
import random
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.films import Films
from tests.fixtures.app import Client
from tests.fixtures.media import Media
from tests.fixtures.services import EMAIL, PASSWORD
from tests.fixtures.tus import OCTETS, TUS, UPLOADS, Begin, Send, get_json, metadata, offset_of
from videoflix.app import create_app
from videoflix.db.pool import Database
from videoflix.library.adding import fingerprint
from videoflix.settings import Settings

ORIGIN = "http://127.0.0.1:5500"


def _zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("film.mp4", random.Random(1).randbytes(100_000))
    return packed.getvalue()


async def test_a_zip_that_is_called_a_film_is_refused_at_its_first_bytes(
    logged_in: Client, begin: Begin, send: Send, storage: Media
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
    told = await get_json(logged_in, address)
    assert (told["state"], told["expires_at"]) == ("refused", None)
    assert "zip archive" in told["detail"]
    assert storage.uploads() == []
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


async def _nothing_is_left(database: Database, storage: Media) -> bool:
    async with database.connection() as connection:
        videos: int = await connection.fetchval("SELECT count(*) FROM videos")
    return videos == 0 and storage.uploads() == [] and storage.originals() == []


async def test_after_its_last_byte_an_upload_is_judged(
    logged_in: Client,
    begin: Begin,
    send: Send,
    films: Films,
    database: Database,
    storage: Media,
    tmp_path: Path,
) -> None:
    sound = tmp_path / "sound.mp4"
    films.run("-i", str(films.make()), "-vn", "-c:a", "copy", str(sound))
    whole = films.make().read_bytes()
    reasons = {
        random.Random(1).randbytes(50_000): "cannot be read as a film",
        sound.read_bytes(): "This is an audio file",
        whole[: len(whole) // 2]: "its index, often at the end, is missing",
    }
    for content, reason in reasons.items():
        address = await begin(len(content), filename="film.mp4")
        assert (await send(address, 0, content[:-100])).status == 204
        answer = await send(address, len(content) - 100, content[-100:])
        assert answer.status == 422
        assert reason in (await answer.json())["detail"]
        told = await get_json(logged_in, address)
        assert (told["state"], told["video_id"], reason in told["detail"]) == ("refused", None, True)
    assert await _nothing_is_left(database, storage)


async def test_a_film_that_is_here_is_told_before_it_is_taken(
    logged_in: Client, begin: Begin, send: Send, film: bytes, database: Database, storage: Media
) -> None:
    await send(await begin(len(film), title="<Heat>"), 0, film)
    async with database.connection() as connection:
        await connection.execute("UPDATE videos SET fingerprint = NULL")  # it came in before they were taken
    address = await begin(len(film))
    answer = await send(address, 0, film)
    told = "This film is already in the library: “<Heat>” (video 1)."
    assert (answer.status, (await answer.json())["detail"]) == (422, told)
    assert (len(storage.uploads()), len(storage.originals())) == (0, 1)

    mark = fingerprint(storage.original(1)).hex()
    headers = {**TUS, "Upload-Length": str(len(film))}
    answer = await logged_in.post(UPLOADS, headers={**headers, **metadata(fingerprint=mark)})
    assert (answer.status, (await answer.json())["detail"]) == (422, told)
    answer = await logged_in.post(UPLOADS, headers={**headers, **metadata(fingerprint="no")})
    assert answer.status == 400
    assert (await send(await begin(len(film), again="yes", fingerprint=mark), 0, film)).status == 204
    assert len(storage.originals()) == 2


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
    settings: Settings, storage: Media, admin: int, aiohttp_client: Callable[..., Awaitable[Client]]
) -> None:
    client = await aiohttp_client(create_app(replace(settings, max_upload_size=0, disk_floor=10**9)))
    await client.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})
    half = (storage.free_bytes() - 10**9) * 6 // 10
    headers = {**TUS, "Upload-Length": str(half)}
    assert (await client.post(UPLOADS, headers=headers)).status == 201
    answer = await client.post(UPLOADS, headers=headers)  # the first one's room is promised
    assert answer.status == 507
    assert "DISK_FLOOR" in (await answer.json())["detail"]
    assert len(storage.uploads()) == 1


async def test_a_disk_that_has_filled_up_stops_a_part_before_it_begins(
    settings: Settings, film: bytes, begin: Begin, aiohttp_client: Callable[..., Awaitable[Client]]
) -> None:
    address = await begin(len(film))
    full = await aiohttp_client(create_app(replace(settings, disk_floor=10**18)))
    await full.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})
    assert (await full.patch(address, data=film, headers={**OCTETS, "Upload-Offset": "0"})).status == 507
    assert await offset_of(full, address) == 0


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
    told = await get_json(logged_in, address)
    assert (told["filename"], told["title"], told["category"], told["description"]) == (kept, title, markup, markup)
    assert (await send(address, 0, film)).status == 204
    async with database.connection() as connection:
        row = await connection.fetchrow("SELECT title, category, description FROM videos")
    assert row
    assert not any(set(text) & set("<>\"'") for text in row)
