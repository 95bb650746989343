"""The latency of the home page and of its data, for a viewer who has begun many of 500 films, at 50 requests/s."""

from statistics import median

from bench.rate import get_latencies, p99
from bench.result import Result
from bench.server import Server, running_server
from bench.titles import add_titles

FILMS = 500
SECONDS = 10
PER_SECOND = 50
MAX_P99 = 0.020
BEGUN = """
INSERT INTO watch_progress (profile_id, video_id, position, duration, resume_at, played_at)
SELECT p.id, v.id, 600, 5400, 600, now() - v.id * interval '1 minute'
FROM profiles p, videos v
WHERE v.id % 3 = 0
"""
LISTED = """
INSERT INTO watch_list (profile_id, video_id) SELECT p.id, v.id FROM profiles p, videos v WHERE v.id % 5 = 0
"""


async def measure() -> list[Result]:
    async with running_server(WEB_PROCESSES="1") as server:
        await add_titles(server, FILMS)
        await _watch(server)
        return [await _latency(server, path) for path in ("/", "/api/home/")]


async def _latency(server: Server, path: str) -> Result:
    await get_latencies(server, path, PER_SECOND, 2)
    times = await get_latencies(server, path, PER_SECOND, SECONDS)
    highest = p99(times)
    return Result(
        f"{path} of {FILMS} films at {PER_SECOND}/s, p50 and p99",
        f"{median(times) * 1000:.1f}, {highest * 1000:.1f} ms",
        f"≤ {MAX_P99 * 1000:.0f} ms",
        highest <= MAX_P99,
    )


async def _watch(server: Server) -> None:
    async with server.database() as database, database.connection() as connection:
        await connection.execute(BEGUN)
        await connection.execute(LISTED)
