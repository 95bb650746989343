"""What nginx learns about a segment, and how long it may cache the answer."""

import threading

import pytest

from tests.fixtures.app import Client
from tests.fixtures.published import Publish
from tests.fixtures.threads import threads_of
from videoflix.db.pool import Database
from videoflix.storage.local import LocalStorage


async def test_the_answer_for_a_complete_film_may_be_cached(logged_in: Client, publish: Publish) -> None:
    video_id = await publish(labels=(480, 720))
    for requested, folder in (("480p/000.ts", "480p"), ("1080p/002.ts", "720p"), ("1080p/002.ts?v=1", "720p")):
        answer = await logged_in.get(f"/internal/segment/{video_id}/{requested}")
        assert (answer.status, answer.headers["X-Film-Path"]) == (204, f"{video_id}/1/{folder}")
        assert "X-Accel-Expires" not in answer.headers


async def test_each_version_has_its_own_folder(logged_in: Client, publish: Publish) -> None:
    video_id = await publish(labels=(480, 720))
    await publish(video_id=video_id, version=2, labels=(480,))
    for requested, folder in (
        ("720p/000.ts?v=1", "1/720p"),
        ("720p/000.ts?v=2", "2/480p"),
        ("720p/000.ts", "2/480p"),
    ):
        answer = await logged_in.get(f"/internal/segment/{video_id}/{requested}")
        assert answer.headers["X-Film-Path"] == f"{video_id}/{folder}"


async def test_an_older_version_is_looked_up_beside_the_event_loop(
    logged_in: Client, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    video_id = await publish()
    await publish(video_id=video_id, version=2)
    threads = threads_of(monkeypatch, LocalStorage, "labels")
    assert (await logged_in.get(f"/internal/segment/{video_id}/480p/000.ts?v=1")).status == 204
    assert threads
    assert threading.main_thread() not in threads


async def test_the_answer_for_an_unfinished_film_may_not_be_cached(
    logged_in: Client, publish: Publish, database: Database
) -> None:
    video_id = await publish()
    async with database.connection() as connection:
        await connection.execute("UPDATE encodes SET state = 'encoding'")
    answer = await logged_in.get(f"/internal/segment/{video_id}/480p/000.ts")
    assert answer.headers["X-Film-Path"] == f"{video_id}/1/480p"
    assert answer.headers["X-Accel-Expires"] == "0"


async def test_a_missing_segment_has_no_folder(logged_in: Client, publish: Publish) -> None:
    video_id = await publish()
    for requested in ("480p/003.ts", "480p/0.ts", "360p/000.ts", "480p/000.ts?v=2", "480p/000.ts?v=..%2F1"):
        answer = await logged_in.get(f"/internal/segment/{video_id}/{requested}")
        assert (answer.status, answer.headers["X-Accel-Expires"]) == (204, "0")
        assert "X-Film-Path" not in answer.headers


async def test_a_login_is_required(client: Client, publish: Publish) -> None:
    answer = await client.get(f"/internal/segment/{await publish()}/480p/000.ts")
    assert answer.status == 401
    assert "X-Film-Path" not in answer.headers
