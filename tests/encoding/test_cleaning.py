import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import cast

import pytest

from tests.films import Films
from tests.fixtures.app import Client
from tests.fixtures.encoding import Bring, Wait
from tests.fixtures.media import Media
from tests.fixtures.published import Publish
from videoflix.db.pool import Database
from videoflix.encoding.cleaning import clean
from videoflix.encoding.context import JobContext
from videoflix.errors import OriginalRemoved
from videoflix.library.adding import queue_encode
from videoflix.library.queries import encodes, videos
from videoflix.queue.queues import TRANSCODE
from videoflix.settings import Settings
from videoflix.worker import Context, build, clean_accounts


async def test_what_is_over_is_forgotten_and_what_is_not_stays(job_context: JobContext, database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute("""
            INSERT INTO users (email, password_hash, created_at, activated_at) VALUES
                ('old-never@example.org', '', now() - interval '31 days', NULL),
                ('young-never@example.org', '', now() - interval '29 days', NULL),
                ('active@example.org', '', now() - interval '900 days', now());
            INSERT INTO sessions (id, user_id, expires_at, revoked_at, user_agent, address)
            SELECT gen_random_uuid(), id, now() + e, now() + r, x, '' FROM users, (VALUES
                (interval '-31 days', NULL, 'expired'), (interval '1 day', interval '-31 days', 'revoked'),
                (interval '1 day', NULL, 'live'), (interval '-1 day', NULL, 'just over')) v (e, r, x)
            WHERE email = 'active@example.org';
            INSERT INTO mail_tokens (hash, user_id, purpose, expires_at)
            SELECT decode(h, 'hex'), id, 'reset', now() + e FROM users, (VALUES
                ('01', interval '-31 days'), ('02', interval '-1 hour')) v (h, e)
            WHERE email = 'active@example.org';
            INSERT INTO audit (at, who, action, label) VALUES
                (now() - interval '731 days', '', '', 'old'), (now() - interval '729 days', '', '', 'recent');
        """)
    await clean_accounts(cast(Context, {"job_context": job_context}))
    async with database.connection() as connection:
        emails = [row[0] for row in await connection.fetch("SELECT email FROM users ORDER BY id")]
        agents = {row[0] for row in await connection.fetch("SELECT user_agent FROM sessions")}
        assert await connection.fetchval("SELECT count(*) FROM mail_tokens") == 1
        assert await connection.fetchval("SELECT string_agg(label, ',') FROM audit") == "recent"
    assert emails == ["young-never@example.org", "active@example.org"]
    assert agents == {"live", "just over"}


async def test_versions_that_are_newer_than_the_database_are_kept(
    job_context: JobContext, publish: Publish, storage: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database was restored from a backup."""
    monkeypatch.setattr("videoflix.storage.orphans.ORPHAN_SECONDS", -1.0)
    monkeypatch.setattr("videoflix.storage.orphans.ORIGINAL_SECONDS", -1.0)
    video_id = await publish(version=2)
    older, newer = storage.version(video_id, 1), storage.version(video_id, 3)
    for folder in (older, newer):
        folder.mkdir()
    await clean(job_context)
    assert newer.exists()
    assert not older.exists()


@pytest.fixture
def frugal(job_context: JobContext, settings: Settings) -> JobContext:
    """Where originals are not kept."""
    return JobContext(
        replace(settings, keep_originals=False), job_context.database, job_context.storage, job_context.queues
    )


@pytest.fixture
async def frugal_worker(frugal: JobContext) -> AsyncIterator[None]:
    running = build(frugal, TRANSCODE)
    task = asyncio.create_task(running.start())
    yield
    await running.stop()
    await task


async def test_an_original_that_is_not_kept_goes_when_the_last_job_ends(
    frugal_worker: None, bring: Bring, films: Films, storage: Media, database: Database, logged_in: Client
) -> None:
    video_id = await bring(films.make())
    async with asyncio.timeout(120):
        while storage.original(video_id).exists():
            await asyncio.sleep(0.05)
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM jobs WHERE state <> 'done'") == 0
    assert storage.thumbnail(video_id, 1).exists()
    detail = await (await logged_in.get(f"/api/video/{video_id}/")).json()
    assert (detail["status"], detail["original_bytes"]) == ("ready", None)
    async with database.transaction() as connection:
        with pytest.raises(OriginalRemoved):
            await queue_encode(connection, video_id)
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM encodes") == 1


async def test_an_original_is_not_given_up_while_it_may_be_needed(
    frugal: JobContext, worker: None, bring: Bring, wait: Wait, films: Films, storage: Media, database: Database
) -> None:
    video_id = await bring(films.make())
    await wait(video_id)
    async with asyncio.timeout(120), database.connection() as connection:
        while await connection.fetchval("SELECT count(*) FROM jobs WHERE state <> 'done'"):
            await asyncio.sleep(0.05)
    for needed in (
        "UPDATE encodes SET state = 'failed'",
        "UPDATE encodes SET state = 'ready'; UPDATE jobs SET state = 'failed', claim = NULL WHERE kind = 'thumbnail'",
        "UPDATE jobs SET state = 'queued', claim = NULL, not_before = 'infinity' WHERE kind = 'thumbnail'",
        "UPDATE jobs SET state = 'done'; INSERT INTO encodes (video_id, version) SELECT id, 9 FROM videos",
    ):
        async with database.connection() as connection:
            await connection.execute(needed)
        await clean(frugal)
        assert storage.original(video_id).exists()
    async with database.connection() as connection:
        await connection.execute("DELETE FROM encodes WHERE version = 9")
    await clean(frugal)
    assert not storage.original(video_id).exists()


async def test_the_clock_removes_what_a_crash_has_left_and_nothing_else(
    job_context: JobContext, storage: Media, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.connection() as connection:
        deleted, given_up, kept = [await videos.insert(connection, "Film", "", "") for _ in range(3)]
        await videos.remove(connection, deleted)
        await connection.execute("UPDATE videos SET original_bytes = NULL WHERE id = $1", given_up)
        encode_id = await encodes.insert(connection, kept)
        await connection.execute("UPDATE encodes SET version = 8 WHERE id = $1", encode_id)
    assert encode_id
    gone = [storage.original(deleted), storage.rendition(deleted, 1, 480), storage.original(given_up)]
    gone.append(storage.rendition(kept, 7, 480))
    stay = [storage.original(kept), storage.rendition(kept, 8, 480)]
    stay += [storage.original(99), storage.rendition(99, 1, 480)]
    for path in gone + stay:
        if path.parent.name == "originals":
            path.write_bytes(b"x")
        else:
            path.mkdir(parents=True)
    await clean(job_context)
    assert all(path.exists() for path in gone + stay)  # it is all young
    monkeypatch.setattr("videoflix.storage.orphans.ORPHAN_SECONDS", -1.0)
    monkeypatch.setattr("videoflix.storage.orphans.ORIGINAL_SECONDS", -1.0)
    await clean(job_context)
    assert not any(path.exists() for path in gone)
    assert all(path.exists() for path in stay)
