"""Queries that run often must not read whole tables: their plans on a library of some size."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

from videoflix.db.loader import Queries
from videoflix.db.pool import Database
from videoflix.queue.models import JobKind

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
    ("monitoring", "samples", ()),
    ("monitoring", "work", (None, 50, 0)),
    ("monitoring", "work", ("failed", 50, 0)),
    ("admin_videos", "page", (None, None, None, None, None, "bytes", True, 50, 0)),
    ("admin_videos", "entries", (list(range(1, 51)), "")),
    ("export", "page", ("", 100, 100)),
    ("encodes", "progress", (995,)),
    ("films", "film", (995,)),
    ("videos", "listing", ("",)),
    ("videos", "detail", (995, "", True)),
    ("encoding", "remove_superseded", (timedelta(hours=6),)),
]

QUERIES_OF_ONE_VIDEO: list[tuple[str, str, tuple[object, ...]]] = [
    ("admin_videos", "entries", ([995], "")),
    ("encodes", "progress", (995,)),
    ("films", "film", (995,)),
    ("videos", "detail", (995, "", True)),
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
