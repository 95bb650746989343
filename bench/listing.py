"""Requests per second of the list of 20 films."""

from bench.films import add_film
from bench.house import house
from bench.result import Result
from bench.wrk import CONNECTIONS, load

FILMS = 20
SECONDS = 4
LEAST = 1500


async def measure() -> list[Result]:
    async with house() as running:
        for number in range(FILMS):
            await add_film(running, f"Film {number}", [1000])
        await load(running, "/api/video/", 1)
        rate = (await load(running, "/api/video/", SECONDS)).per_second
    what = f"list of {FILMS} films, {CONNECTIONS} connections"
    return [Result(what, f"{rate:,.0f}/s", f"≥ {LEAST:,}/s", rate >= LEAST)]
