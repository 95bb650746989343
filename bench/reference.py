"""Requests per second for the OpenAPI document, compressed as browsers get it, from one web process."""

from statistics import median

from bench.result import Result
from bench.server import running_server
from bench.wrk import CONNECTIONS, load

PATH = "/api/openapi.json"
SECONDS = 4
RUNS = 5
MIN = 10_000


async def measure() -> list[Result]:
    async with running_server(WEB_PROCESSES="1") as server:
        await load(server, PATH, 1, headers=("Accept-Encoding: gzip",))
        rate = median(
            [(await load(server, PATH, SECONDS, headers=("Accept-Encoding: gzip",))).per_second for _ in range(RUNS)]
        )
    return [Result(f"OpenAPI document, {CONNECTIONS} connections", f"{rate:,.0f}/s", f"≥ {MIN:,}/s", rate >= MIN)]
