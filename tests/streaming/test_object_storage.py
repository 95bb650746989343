"""A film in a bucket: uploaded, encoded, watched and deleted, while the store has its faults."""

import asyncio
import http.client
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from tests.fixtures.app import Client
from tests.fixtures.encoding import Wait
from tests.fixtures.services import EMAIL, PASSWORD
from tests.fixtures.store import Fault, Store
from tests.fixtures.tus import OCTETS, Begin, Send, get_json, offset_of
from videoflix.app import create_app
from videoflix.db.pool import Database
from videoflix.library.inventory import take
from videoflix.settings import Settings
from videoflix.storage import names
from videoflix.storage.storage import Storage

pytestmark = pytest.mark.usefixtures("in_store")


@pytest.fixture
def storage(s3: Storage) -> Storage:
    """For the worker."""
    return s3


def _keys(store: Store, bucket: str) -> list[str]:
    upstream = http.client.HTTPConnection("127.0.0.1", store.port)
    upstream.request("GET", f"/{bucket}?list-type=2")
    found = re.findall("<Key>([^<]*)</Key>", upstream.getresponse().read().decode())
    upstream.close()
    return found


async def test_a_film_lives_in_a_bucket(
    settings: Settings,
    logged_in: Client,
    aiohttp_client: Callable[..., Awaitable[Client]],
    begin: Begin,
    send: Send,
    film: bytes,
    worker: None,
    wait: Wait,
    database: Database,
    storage: Storage,
    store: Store,
    in_store: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = await begin(len(film))
    assert (await send(address, 0, film[:5000])).status == 204
    other = await aiohttp_client(create_app(settings))  # another host
    assert (await other.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})).status == 200
    assert await offset_of(other, address) == 5000
    headers = {**OCTETS, "Upload-Offset": "5000"}
    answer = await other.patch(address, data=film[5000:], headers=headers)
    assert (answer.status, answer.headers["Upload-Offset"]) == (204, str(len(film)))
    told = await get_json(logged_in, address)
    video_id = told["video_id"]
    await wait(video_id)
    await _jobs_are_done(database)
    assert storage.read(names.original(video_id)) == film
    assert all(key.startswith("our/films/") for key in _keys(store, in_store))
    assert not [key for key in _keys(store, in_store) if "/uploads/" in key]
    await _check_answers(logged_in, storage, video_id)
    redirecting = await aiohttp_client(create_app(replace(settings, delivery="redirect", signed_lifetime=60)))
    assert (await redirecting.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})).status == 200
    await _check_redirects(redirecting, storage, store, video_id)
    await _check_faults(logged_in, store, video_id, monkeypatch)

    found = await take(database, storage)
    assert (found.missing, found.orphans, found.strangers) == ([], [], [])
    assert found.usages[0].original == len(film)
    assert set(found.usages[0].renditions) == {480}
    assert (await logged_in.delete(f"/api/admin/videos/{video_id}/")).status == 204
    assert _keys(store, in_store) == []


async def _jobs_are_done(database: Database) -> None:
    """The pictures, too, which are made after the film."""
    async with asyncio.timeout(120):
        while True:
            async with database.connection() as connection:
                if not await connection.fetchval("SELECT count(*) FROM jobs WHERE state <> 'done'"):
                    return
            await asyncio.sleep(0.1)


async def _check_answers(client: Client, storage: Storage, video_id: int) -> None:
    """The same as from a disk, apart from the form of the ETag."""
    playlist = await (await client.get(f"/api/video/{video_id}/480p/index.m3u8")).text()
    name = re.findall(r"^[0-9]+\.ts\S*", playlist, re.MULTILINE)[0]
    path = f"/api/video/{video_id}/480p/{name}"
    content = storage.read(names.segment(video_id, 1, 480, 0))
    whole = await client.get(path)
    assert (whole.status, await whole.read()) == (200, content)
    assert whole.headers["Content-Type"] == "video/MP2T"
    assert whole.headers["Accept-Ranges"] == "bytes"
    etag, changed = whole.headers["ETag"], whole.headers["Last-Modified"]
    cases: list[tuple[dict[str, str], int, bytes]] = [
        ({"Range": "bytes=10-19"}, 206, content[10:20]),
        ({"Range": "bytes=-7"}, 206, content[-7:]),
        ({"Range": f"bytes={len(content)}-"}, 416, b""),
        ({"Range": "bytes=0-1", "If-Range": etag}, 206, content[:2]),
        ({"Range": "bytes=0-1", "If-Range": '"another"'}, 200, content),
        ({"If-None-Match": etag}, 304, b""),
        ({"If-Modified-Since": changed}, 304, b""),
    ]
    for headers, status, body in cases:
        answer = await client.get(path, headers=headers)
        assert (answer.status, await answer.read()) == (status, body), headers
    head = await client.head(path)
    assert (head.status, head.headers["Content-Length"], await head.read()) == (200, str(len(content)), b"")
    for name in ("thumbnail.jpg", "thumbnail.jpg?width=320", "storyboard/000.jpg"):
        picture = await client.get(f"/api/video/{video_id}/{name}")
        assert (await picture.read())[:3] == b"\xff\xd8\xff"
    missing = await client.get(f"/api/video/{video_id}/480p/999.ts")
    assert missing.status == 404


async def _check_redirects(client: Client, storage: Storage, store: Store, video_id: int) -> None:
    """The store sends the segments, to those whom the web server lets in."""
    path, content = f"/api/video/{video_id}/480p/000.ts", storage.read(names.segment(video_id, 1, 480, 0))
    answer = await client.get(path, allow_redirects=False)
    assert (answer.status, answer.headers["Cache-Control"]) == (302, "private, max-age=30")
    address = answer.headers["Location"]
    assert address.startswith(f"{store.address}/")
    assert "X-Amz-Expires=60" in address
    assert store.address in (await client.get(f"/watch/{video_id}/")).headers["Content-Security-Policy"]
    async with aiohttp.ClientSession() as anybody, anybody.get(address, headers={"Range": "bytes=10-19"}) as part:
        assert (part.status, await part.read()) == (206, content[10:20])
    whole = await client.get(path)  # as players follow it
    assert (await whole.read(), whole.headers["Content-Type"]) == (content, "video/MP2T")
    head = await client.head(path, allow_redirects=True)
    assert (head.status, head.headers["Content-Length"]) == (200, str(len(content)))
    assert (await client.get(f"/api/video/{video_id}/480p/999.ts")).status == 404
    client.session.cookie_jar.clear()
    assert (await client.get(path, allow_redirects=False)).status == 401


async def _check_faults(client: Client, store: Store, video_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/api/video/{video_id}/480p/000.ts?v=1"
    store.faults = [Fault("GET", status=503, code="SlowDown")]
    answer = await client.get(path)
    body: dict[str, Any] = await answer.json()
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert body["detail"] == "The storage cannot be used: it answers SlowDown."
    store.faults = [Fault("GET", times=1), Fault("GET", status=403, code="AccessDenied")]
    monkeypatch.setattr("videoflix.http.stored_object.PIECE_BYTES", 1000)
    with pytest.raises(aiohttp.ClientError):  # not a part for the whole
        await (await client.get(path)).read()
    store.faults = [Fault("GET", seconds=0.01)]
    assert (await client.get(path)).status == 200
