"""Queries that run often must not read whole tables: their plans on a library of some size."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from msgspec.structs import astuple

from videoflix.accounts.models import Viewer
from videoflix.db.loader import Queries
from videoflix.db.pool import Database
from videoflix.queue.models import JobKind

VIEWER = astuple(Viewer(max_age=18, group_ids=(1, 2)))

# 1000 films, each with 20 jobs and 60 segments. Only the last ten are not complete.
FILL = """
INSERT INTO videos (title, description, category) SELECT 'Film ' || n, '', '' FROM generate_series(1, 1000) n;
INSERT INTO encodes (video_id, version, state, duration, published_at)
SELECT id, 1, CASE WHEN id > 990 THEN 'encoding' ELSE 'ready' END, 120, now() FROM videos;
INSERT INTO renditions (encode_id, label, width, height)
SELECT id, 480 * n, 1, 1 FROM encodes, generate_series(1, 3) n;
INSERT INTO segments (encode_id, label, number, duration, bytes)
SELECT encode_id, label, n, 6, 1000 FROM renditions, generate_series(0, 19) n;
INSERT INTO jobs (encode_id, kind, number, frames, state, claim, heartbeat_at)
SELECT e.id, 'unit', n, 150, of_job.state, CASE of_job.state WHEN 'running' THEN gen_random_uuid() END, now()
FROM encodes e
CROSS JOIN generate_series(0, 19) n
CROSS JOIN LATERAL (
    SELECT CASE WHEN video_id <= 990 OR n < 5 THEN 'done' WHEN n = 5 THEN 'running' ELSE 'queued' END
) AS of_job (state);
ANALYZE;
"""

QUERIES: list[tuple[str, str, tuple[object, ...]]] = [
    ("jobs", "beat", (uuid4(), 0.5, 1.0)),
    ("jobs", "complete", (uuid4(),)),
    ("jobs", "waiting", (list(JobKind),)),
    ("jobs", "claim", ("unit", uuid4(), [])),
    ("jobs", "any_waits", ()),
    ("monitoring", "samples", ()),
    ("monitoring", "queue_seconds", ()),
    ("monitoring", "work", (None, 50, 0)),
    ("monitoring", "work", ("failed", 50, 0)),
    ("monitoring", "work_by_film", (None, 50, 0)),
    ("admin_videos", "page", (None, None, None, None, None, "bytes", True, 50, 0, None, None, [])),
    ("admin_videos", "entries", (list(range(1, 51)), "")),
    ("export", "page", ("", 100, 100)),
    ("encodes", "progress", (995,)),
    ("films", "film", (995,)),
    ("videos", "listing", ("", VIEWER)),
    ("videos", "detail", (995, "", VIEWER)),
    ("encoding", "remove_superseded", (timedelta(hours=6),)),
]

QUERIES_OF_ONE_VIDEO: list[tuple[str, str, tuple[object, ...]]] = [
    ("admin_videos", "entries", ([995], "")),
    ("encodes", "progress", (995,)),
    ("films", "film", (995,)),
    ("videos", "detail", (995, "", VIEWER)),
]


async def test_frequent_queries_do_not_scan_all_jobs_or_segments(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute(FILL)
        for mode in ("force_custom_plan", "force_generic_plan"):
            await connection.execute(f"SET plan_cache_mode = {mode}")
            for file, name, arguments in QUERIES:
                query = getattr(Queries(file), name)
                plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {query}", *arguments))
                nodes = _nodes(plan[0]["Plan"])
                scanned = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
                assert not scanned & {"jobs", "segments"}, f"{name} in {file}.sql with {mode}"


# 100 viewers who have begun every second film, have every tenth on their lists, and a document for each film.
FILL_WATCHING = """
INSERT INTO users (email, email_key, password_hash) SELECT n || '@example.org', n || '@example.org', ''
FROM generate_series(1, 100) n;
INSERT INTO watch_progress (profile_id, video_id, position, duration, resume_at, played_at)
SELECT p.id, v.id, 60, 120, 60, now() - v.id * interval '1 minute' FROM profiles p, videos v WHERE v.id % 2 = 0;
INSERT INTO watch_list (profile_id, video_id) SELECT p.id, v.id FROM profiles p, videos v WHERE v.id % 10 = 0;
UPDATE search_documents SET is_stale = false, title = 'film ' || video_id,
    title_words = array_to_tsvector(ARRAY['film', video_id::text]),
    words = array_to_tsvector(ARRAY['film', video_id::text]);
INSERT INTO search_trigrams (trigram, video_id)
SELECT left((video_id * n)::text || 'xyz', 3), video_id FROM search_documents, generate_series(1, 20) n
ON CONFLICT DO NOTHING;
ANALYZE;
"""
NOW = datetime.now(UTC)

WATCHING_QUERIES: list[tuple[str, str, tuple[object, ...]]] = [
    ("watching", "playable_duration", (500,)),
    ("watching", "lock_progress", ([1, 2, 3], [10, 20, 30])),
    ("watching", "progress", (1, 10)),
    ("watching", "states", (1, list(range(1, 41)))),
    ("watching", "continuing", (1, NOW, 20, 0, VIEWER)),
    ("watching", "history", (1, 20, 0, VIEWER)),
    ("watching", "my_list", (1, 20, 0, VIEWER)),
    ("watching", "home", (1, list(range(1, 41)), NOW, 20, VIEWER)),
    ("watching", "next_of_series", (1, VIEWER, 1)),
    ("cards", "cards", (list(range(1, 41)), "", VIEWER, False)),
    ("cards", "cards", (list(range(1, 41)), "", VIEWER, True)),
    ("cards", "older_of_category", (500, VIEWER)),
    ("series", "visible_episodes", (1, VIEWER)),
    ("series", "neighbours", (1, VIEWER)),
    ("search", "has_stale", ()),
    ("search", "lock_stale", (100,)),
    ("search", "with_title", ("film 5", "film 5\U0010ffff", 50, VIEWER)),
    ("search", "with_title_words", ("'500':*", 50, 1000, VIEWER)),
    ("search", "with_words", ("'500':*", 50, 1000, VIEWER)),
    ("search", "similar", (["123", "456", "789"], 50, 0.4, 500, VIEWER)),
]


async def test_what_viewers_ask_for_does_not_scan_what_all_viewers_have_watched(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute(FILL + FILL_WATCHING)
        for file, name, arguments in WATCHING_QUERIES:
            query = getattr(Queries(file), name)
            plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {query}", *arguments))
            nodes = _nodes(plan[0]["Plan"])
            scanned = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
            assert not scanned & {"watch_progress", "search_trigrams", "encodes"}, f"{name} in {file}.sql"


async def test_one_video_does_not_cost_the_versions_of_all_others(database: Database) -> None:
    """PostgreSQL would evaluate the view `playable` for the whole table if the subquery had no LIMIT."""
    async with database.connection() as connection:
        await connection.execute(FILL)
        for file, name, arguments in QUERIES_OF_ONE_VIDEO:
            query = getattr(Queries(file), name)
            plan = json.loads(await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", *arguments))
            assert max(node["Actual Rows"] for node in _nodes(plan[0]["Plan"])) < 500, f"{name} in {file}.sql"


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)
