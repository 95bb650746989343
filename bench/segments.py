"""Gigabytes and requests per second of small and large segments, from one web process."""

from statistics import median

from bench.films import RUNG, add_film
from bench.house import house
from bench.result import Result
from bench.wrk import CONNECTIONS, Load, load

SMALL, LARGE = 600_000, 5_000_000
SECONDS = 4
RUNS = 3
LEAST = 1.2


async def measure() -> list[Result]:
    async with house() as running:
        video_id = await add_film(running, "Segments", [SMALL, LARGE])
        folder = f"/api/video/{video_id}/{RUNG.name}"
        small, large = f"{folder}/000.ts?v=1", f"{folder}/001.ts?v=1"
        await load(running, large, 1)
        runs = [(await load(running, small, SECONDS), await load(running, large, SECONDS)) for _ in range(RUNS)]
    gigabytes = median(each.gigabytes_per_second for _, each in runs)
    return [
        Result(f"segments of 0.6 MB, {CONNECTIONS} connections", _told([each for each, _ in runs])),
        Result(
            f"segments of 5 MB, {CONNECTIONS} connections",
            _told([each for _, each in runs]),
            f"≥ {LEAST} GB/s",
            gigabytes >= LEAST,
        ),
    ]


def _told(runs: list[Load]) -> str:
    gigabytes = median(each.gigabytes_per_second for each in runs)
    return f"{gigabytes:.2f} GB/s, {median(each.per_second for each in runs):,.0f}/s"
