"""Several videos at once: what can be done is done, and of the rest it is told why not."""

import pytest

from tests.fixtures.app import Client
from tests.fixtures.media import Media
from tests.fixtures.published import Publish
from videoflix.db.pool import Database
from videoflix.queue.queues import TRANSCODE, Queues

BULK = "/api/admin/videos/bulk/"


async def test_several_are_deleted_and_unknown_ones_are_told(
    logged_in: Client, publish: Publish, storage: Media
) -> None:
    first, second, kept = [await publish() for _ in range(3)]
    body = {"ids": [first, 99, second, first], "action": "delete"}
    answer = await logged_in.post(BULK, json=body)
    assert answer.status == 200
    assert await answer.json() == {"done": [first, second], "failed": [{"id": 99, "detail": "Not found."}]}
    left = await (await logged_in.get("/api/admin/videos/")).json()
    assert [one["id"] for one in left["items"]] == [kept]
    assert (storage.film(first).exists(), storage.film(kept).exists()) == (False, True)
    editing = await (await logged_in.get("/api/admin/audit/")).json()
    assert [one["target"] for one in editing["items"]] == [f"video:{second}", f"video:{first}"]


async def test_several_are_made_anew_and_the_workers_are_told_once(
    logged_in: Client, publish: Publish, storage: Media, queues: Queues
) -> None:
    films = [await publish() for _ in range(3)]
    for video_id in films[:2]:
        storage.original(video_id).write_bytes(b"film")
    told = await (await logged_in.post(BULK, json={"ids": films, "action": "encode"})).json()
    assert told["done"] == films[:2]
    assert [one["id"] for one in told["failed"]] == films[2:]
    assert await queues[TRANSCODE].count("queued") == 2


async def test_what_has_failed_is_tried_again(logged_in: Client, publish: Publish, database: Database) -> None:
    failed, ready = await publish(), await publish()
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO jobs (encode_id, kind, state) SELECT id, 'storyboard', 'failed' FROM encodes"
            " WHERE video_id = $1",
            failed,
        )
    told = await (await logged_in.post(BULK, json={"ids": [failed, ready], "action": "retry"})).json()
    assert told["done"] == [failed]
    assert told["failed"] == [{"id": ready, "detail": "This film is ready. No part of it has failed."}]


async def test_several_get_a_category_which_may_also_be_none(logged_in: Client, publish: Publish) -> None:
    films = [await publish(), await publish()]
    for category in ("<Noir>", ""):
        body = {"ids": films, "action": "category", "category": category}
        assert (await (await logged_in.post(BULK, json=body)).json())["done"] == films
        told = await (await logged_in.get("/api/admin/videos/")).json()
        assert [one["category"] for one in told["items"]] == [category, category]


@pytest.mark.parametrize(
    "body",
    [
        {"ids": [1], "action": "explode"},
        {"ids": [1], "action": "category"},
        {"ids": list(range(1, 502)), "action": "delete"},
        {"ids": [0], "action": "delete"},
        {"ids": [2**63], "action": "delete"},
        {"ids": ["1"], "action": "delete"},
        {"action": "delete"},
    ],
)
async def test_what_cannot_be_meant_changes_nothing(
    logged_in: Client, publish: Publish, body: dict[str, object]
) -> None:
    await publish()
    assert (await logged_in.post(BULK, json=body)).status == 400
    told = await (await logged_in.get("/api/admin/videos/")).json()
    assert [one["category"] for one in told["items"]] == ["Drama"]
