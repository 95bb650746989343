"""How many queries the access check sends for one session under constant requests."""

import asyncio

from bench.films import add_film
from bench.result import Result
from bench.server import Server, running_server
from bench.wrk import load

SECONDS = 12
MAX = 3
# An idle connection reports its statistics after ten seconds at the latest.
STATISTICS_SECONDS = 11

SCANS = "SELECT coalesce(seq_scan, 0) + coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = 'sessions'"


async def measure() -> list[Result]:
    async with running_server() as server:
        await add_film(server, "Film", [1000])
        before = await _scans(server)
        answered = (await load(server, "/api/video/", SECONDS)).requests
        queries = await _scans(server) - before
    what = f"session queries in {SECONDS} s of one session"
    return [Result(what, f"{queries} at {answered:,} requests", f"≤ {MAX}", queries <= MAX)]


async def _scans(server: Server) -> int:
    """The number of scans of the table. Every query for a session scans it once."""
    await asyncio.sleep(STATISTICS_SECONDS)
    async with server.database() as database, database.connection() as connection:
        return int(await connection.fetchval(SCANS))
