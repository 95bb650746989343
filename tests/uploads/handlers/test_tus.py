"""The protocol: what is announced, sent and asked for, and its own answers to what is wrong."""

import base64
import hashlib
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.fixtures.app import Client
from tests.fixtures.encoding import Wait
from tests.fixtures.media import Media
from tests.fixtures.published import MakeUser
from tests.fixtures.services import EMAIL, PASSWORD
from tests.fixtures.threads import threads_of
from tests.fixtures.tus import OCTETS, TUS, UPLOADS, Begin, Send, get_json, metadata, offset_of
from videoflix.library.models import EncodeState
from videoflix.storage.incoming import IncomingFile
from videoflix.storage.local import LocalStorage

ORIGIN = "http://127.0.0.1:5500"


async def test_a_server_tells_what_it_can(logged_in: Client) -> None:
    answer = await logged_in.options(UPLOADS)
    assert answer.status == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Extension"] == "creation,creation-with-upload,termination,expiration,checksum"
    assert answer.headers["Tus-Max-Size"] == str(100 * 10**9)
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,md5,sha256"


async def test_the_disk_is_used_beside_the_event_loop(
    begin: Begin, send: Send, film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    checking = threads_of(monkeypatch, LocalStorage, "check_free_space")
    opening = threads_of(monkeypatch, LocalStorage, "open_upload")
    closing = threads_of(monkeypatch, IncomingFile, "close")
    address = await begin(len(film))
    assert (await send(address, 0, film[:5000])).status == 204
    assert len(checking) >= 2
    assert opening
    assert closing
    assert threading.main_thread() not in (*checking, *opening, *closing)


async def test_a_film_in_parts_becomes_a_video(
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Media, worker: None, wait: Wait
) -> None:
    address = await begin(len(film), filename="The.Third_Man.mp4", category="Noir", description="In Vienna.")
    assert await offset_of(logged_in, address) == 0
    for first in range(0, len(film), 30_000):
        answer = await send(address, first, film[first : first + 30_000])
        assert answer.status == 204
        assert int(answer.headers["Upload-Offset"]) == min(first + 30_000, len(film))
    assert await offset_of(logged_in, address) == len(film)
    told = await get_json(logged_in, address)
    assert told["state"] == "done"
    assert storage.original(told["video_id"]).read_bytes() == film
    assert storage.original(told["video_id"]).stat().st_nlink == 1
    assert storage.uploads() == []
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
    assert (await get_json(logged_in, answer.headers["Location"]))["state"] == "done"


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
async def test_another_version_is_refused(logged_in: Client, begin: Begin, film: bytes, version: str | None) -> None:
    address = await begin(len(film))
    headers = {**OCTETS, "Upload-Length": "10", "Upload-Offset": "0", "Tus-Resumable": version or ""}
    if version is None:
        del headers["Tus-Resumable"]
    for method, path in (("POST", UPLOADS), ("HEAD", address), ("PATCH", address)):
        answer = await logged_in.request(method, path, headers=headers, data=None)
        assert (answer.status, answer.headers["Tus-Version"]) == (412, "1.0.0")
        assert method == "HEAD" or "Tus-Resumable: 1.0.0" in (await answer.json())["detail"]
    assert await offset_of(logged_in, address) == 0
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
    logged_in: Client, storage: Media, headers: dict[str, str], status: int
) -> None:
    answer = await logged_in.post(UPLOADS, headers={**TUS, **headers})
    assert answer.status == status
    assert isinstance((await answer.json())["detail"], str)
    assert (await get_json(logged_in, UPLOADS))["total"] == 0
    assert storage.uploads() == []


async def test_what_comes_with_an_announcement_is_checked_before_it(
    logged_in: Client, storage: Media, film: bytes
) -> None:
    for headers, status in (
        ({"Content-Type": "text/plain"}, 415),
        ({"Upload-Length": "10"}, 413),
        ({"Upload-Checksum": "crc32 YQ=="}, 400),
        ({"Upload-Checksum": f"sha1 {base64.b64encode(bytes(20)).decode()}"}, 460),
    ):
        told = {**OCTETS, "Upload-Length": str(len(film)), **headers}
        assert (await logged_in.post(UPLOADS, data=film, headers=told)).status == status
    assert (await get_json(logged_in, UPLOADS))["total"] == 0
    assert storage.uploads() == []


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
    assert await offset_of(logged_in, address) == 1000
    assert (await send(address, 1000, film[1000:])).status == 204


async def test_a_part_without_an_offset_or_of_another_type_is_refused(
    logged_in: Client, begin: Begin, film: bytes
) -> None:
    address = await begin(len(film))
    assert (await logged_in.patch(address, data=film, headers=OCTETS)).status == 400
    for kind in ("application/octet-stream", "text/plain", ""):
        headers = {**OCTETS, "Upload-Offset": "0", "Content-Type": kind}
        answer = await logged_in.patch(address, data=film, headers=headers)
        assert answer.status == 415
        assert "application/offset+octet-stream" in (await answer.json())["detail"]
    assert await offset_of(logged_in, address) == 0


async def test_more_than_was_announced_is_refused_and_the_film_stays_what_it_is(
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videoflix.uploads.receiving.KEEP_SECONDS", 1000.0)

    async def without_a_length() -> AsyncIterator[bytes]:
        yield film[1000:]
        yield b"x"

    address = await begin(len(film))
    await send(address, 0, film[:1000])
    assert (await send(address, 1000, film[1000:] + b"x")).status == 413
    assert (await send(address, 1000, without_a_length())).status == 413
    assert await offset_of(logged_in, address) == 1000
    assert (await send(address, 1000, film[1000:])).status == 204
    assert (await send(address, len(film), b"x")).status == 413
    assert (await send(address, len(film), b"")).status == 204
    assert storage.original((await get_json(logged_in, address))["video_id"]).read_bytes() == film


@pytest.mark.parametrize("algorithm", ["sha1", "md5", "sha256"])
async def test_of_a_part_with_a_checksum_all_counts_or_nothing(
    logged_in: Client, begin: Begin, send: Send, film: bytes, storage: Media, algorithm: str
) -> None:
    def checksum(data: bytes) -> str:
        return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"

    address = await begin(len(film))
    wrong = await send(address, 0, b"z" + film[1:9000], Upload_Checksum=checksum(film[:9000]))
    assert wrong.status == 460
    assert await offset_of(logged_in, address) == 0
    assert (await send(address, 0, film[:9000], Upload_Checksum=checksum(film[:9000]))).status == 204
    assert (await send(address, 9000, film[9000:], Upload_Checksum="crc32 YQ==")).status == 400
    assert (await send(address, 9000, film[9000:], Upload_Checksum=checksum(film[9000:]))).status == 204
    assert storage.original((await get_json(logged_in, address))["video_id"]).read_bytes() == film


async def test_a_client_that_can_only_post_says_what_it_means(logged_in: Client, begin: Begin, film: bytes) -> None:
    address = await begin(len(film))

    async def post(method: str, **more: Any) -> int:
        headers = {**OCTETS, "Upload-Offset": "0", "X-HTTP-Method-Override": method}
        return (await logged_in.post(address, headers=headers, **more)).status

    assert await post("PATCH", data=film[:5000]) == 204
    assert await offset_of(logged_in, address) == 5000
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
