"""How often the guard asks the database about one session while its user asks without pause."""

import asyncio

from bench.films import add_film
from bench.house import House, house
from bench.result import Result
from bench.wrk import load

SECONDS = 12
MAX = 3
# An idle connection tells PostgreSQL's statistics what it has done after ten seconds at the latest.
STATISTICS_SECONDS = 11

SCANS = "SELECT coalesce(seq_scan, 0) + coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = 'sessions'"


async def measure() -> list[Result]:
    async with house() as running:
        await add_film(running, "Asked for", [1000])
        before = await _scans(running)
        answered = (await load(running, "/api/video/", SECONDS)).requests
        queries = await _scans(running) - before
    what = f"session queries in {SECONDS} s of one session"
    return [Result(what, f"{queries} at {answered:,} requests", f"≤ {MAX}", queries <= MAX)]


async def _scans(running: House) -> int:
    """How often the table was read so far; every query about a session reads it once."""
    await asyncio.sleep(STATISTICS_SECONDS)
    async with running.database() as database, database.connection() as connection:
        return int(await connection.fetchval(SCANS))
