"""Requests per second for a media playlist, from one web process."""

from statistics import median

from bench.films import RENDITION, add_film
from bench.result import Result
from bench.server import running_server
from bench.wrk import CONNECTIONS, load

SEGMENTS = 100
SECONDS = 4
RUNS = 5
MIN = 12_000


async def measure() -> list[Result]:
    async with running_server(WEB_PROCESSES="1") as server:
        path = f"/api/video/{await add_film(server, 'Playlist', [1000] * SEGMENTS)}/{RENDITION.name}/index.m3u8"
        await load(server, path, 1)
        rate = median([(await load(server, path, SECONDS)).per_second for _ in range(RUNS)])
    what = f"playlist of {SEGMENTS} segments, {CONNECTIONS} connections"
    return [Result(what, f"{rate:,.0f}/s", f"≥ {MIN:,}/s", rate >= MIN)]
