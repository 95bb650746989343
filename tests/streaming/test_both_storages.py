"""A film that is moved from the disk to a bucket: who sends it and uploads that were begun before."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from tests.fixtures.app import Client
from tests.fixtures.encoding import Wait
from tests.fixtures.media import Media
from tests.fixtures.published import Publish, content_of
from tests.fixtures.services import EMAIL, PASSWORD
from tests.fixtures.store import Store
from tests.fixtures.tus import OCTETS, TUS, UPLOADS, get_json, metadata
from videoflix.app import create_app
from videoflix.db.pool import Database
from videoflix.encoding.context import JobContext
from videoflix.queue.queues import Queues
from videoflix.settings import Settings
from videoflix.storage import names
from videoflix.storage.both import BothStorage
from videoflix.storage.moving import move
from videoflix.storage.moving_to_store import ToStore


@pytest.fixture
def settings(both: BothStorage, environ: dict[str, str]) -> Settings:
    """A server that reads both, and writes to the bucket."""
    return Settings.from_env(environ)


@pytest.fixture
def job_context(settings: Settings, database: Database, both: BothStorage, queues: Queues) -> JobContext:
    return JobContext(settings, database, both, queues)


async def test_the_one_who_has_a_film_sends_it(
    settings: Settings,
    publish: Publish,
    storage: Media,
    both: BothStorage,
    database: Database,
    store: Store,
    admin: int,
    aiohttp_client: Callable[..., Awaitable[Client]],
) -> None:
    video_id = await publish(labels=(480,))
    path = f"/api/video/{video_id}/480p/"
    clients = {}
    for delivery in ("web", "nginx", "redirect", "cdn"):
        told = replace(settings, delivery=delivery, cdn_url="https://cdn.example.org", cdn_secret="s" * 16)
        clients[delivery] = await aiohttp_client(create_app(told))
        answer = await clients[delivery].post("/api/login/", json={"email": EMAIL, "password": PASSWORD})
        assert answer.status == 200

    async def found(delivery: str) -> tuple[int, bool, str]:
        """The status of a segment, whether it is in the answer, and where else it is."""
        answer = await clients[delivery].get(f"{path}001.ts", allow_redirects=False)
        elsewhere = answer.headers.get("Location") or answer.headers.get("X-Accel-Redirect") or ""
        return answer.status, await answer.read() == content_of(1, 480, 1), elsewhere

    async def playlist() -> str:
        return await (await clients["cdn"].get(f"{path}index.m3u8")).text()

    file = f"/protected/films/{video_id}/1/480p/001.ts"
    assert [await found(each) for each in ("web", "redirect", "cdn")] == [(200, True, "")] * 3
    assert await found("nginx") == (200, False, file)
    assert "cdn.example.org" not in await playlist()

    await move(database, ToStore(both), video_id, lambda count: None)
    assert [await found(each) for each in ("web", "nginx", "cdn")] == [(200, True, "")] * 3
    status, is_here, elsewhere = await found("redirect")
    assert (status, is_here, elsewhere.startswith(f"{store.address}/")) == (302, False, True)
    assert "https://cdn.example.org" in await playlist()
    assert (await clients["web"].get(f"{path}999.ts")).status == 404
    part = await clients["web"].get(f"{path}001.ts", headers={"Range": "bytes=10-19"})
    assert (part.status, await part.read()) == (206, content_of(1, 480, 1)[10:20])


async def test_a_response_goes_on_while_its_film_is_moved(
    settings: Settings, publish: Publish, storage: Media, both: BothStorage, database: Database
) -> None:
    """As it is sent in pieces without sendfile."""
    video_id = await publish(labels=(480,))
    name, content = names.segment(video_id, 1, 480, 1), content_of(1, 480, 1)
    stored = await both.objects.find(name)
    assert stored
    assert await both.objects.read(name, stored, 0, 10) == content[:10]
    await move(database, ToStore(both), video_id, lambda count: None)
    assert await both.objects.read(name, stored, 10, 10) == content[10:20]
    both.remove(name)
    with pytest.raises(FileNotFoundError):
        await both.objects.read(name, stored, 20, 10)


async def test_an_upload_that_was_begun_on_the_disk_becomes_a_film_in_the_bucket(
    settings: Settings,
    environ: dict[str, str],
    aiohttp_client: Callable[..., Awaitable[Client]],
    admin: int,
    film: bytes,
    worker: None,
    wait: Wait,
    both: BothStorage,
    storage: Media,
) -> None:
    before = await aiohttp_client(create_app(replace(settings, storage=("local",))))
    after = await aiohttp_client(create_app(settings))
    for client in (before, after):
        assert (await client.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})).status == 200
    about = {**TUS, "Upload-Length": str(len(film)), **metadata(filename="film.mp4")}
    address = (await before.post(UPLOADS, headers=about)).headers["Location"]
    headers = {**OCTETS, "Upload-Offset": "0"}
    assert (await before.patch(address, data=film[:5000], headers=headers)).status == 204
    answer = await after.patch(address, data=film[5000:], headers={**OCTETS, "Upload-Offset": "5000"})
    assert (answer.status, answer.headers["Upload-Offset"]) == (204, str(len(film)))
    video_id = (await get_json(after, address))["video_id"]
    await wait(video_id)
    assert both.store.read(names.original(video_id)) == film
    assert both.store.labels(video_id, 1) == (480,)
    assert storage.uploads() == storage.films() == []
