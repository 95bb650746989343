"""Requests per second of a media playlist, from one web process."""

from statistics import median

from bench.films import RUNG, add_film
from bench.house import house
from bench.result import Result
from bench.wrk import CONNECTIONS, load

SEGMENTS = 100
SECONDS = 4
RUNS = 5
MIN = 12_000


async def measure() -> list[Result]:
    async with house(WEB_PROCESSES="1") as running:
        path = f"/api/video/{await add_film(running, 'Playlist', [1000] * SEGMENTS)}/{RUNG.name}/index.m3u8"
        await load(running, path, 1)
        rate = median([(await load(running, path, SECONDS)).per_second for _ in range(RUNS)])
    what = f"playlist of {SEGMENTS} segments, {CONNECTIONS} connections"
    return [Result(what, f"{rate:,.0f}/s", f"≥ {MIN:,}/s", rate >= MIN)]
