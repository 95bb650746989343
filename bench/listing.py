"""Requests per second of the list of 20 films, from one web process: unchanged, and changing all the time."""

import asyncio
from statistics import median

from bench.films import add_film
from bench.house import House, house
from bench.result import Result
from bench.wrk import CONNECTIONS, load

FILMS = 20
SECONDS = 4
RUNS = 5
MIN, MIN_CHANGING = 8_000, 2_500
# One after the other, as fast as they go: more than there are requests, so that hardly one finds the list unchanged.
CHANGE = "DO $$ BEGIN FOR n IN 1..50 LOOP UPDATE videos SET title = title WHERE id = 1; COMMIT; END LOOP; END $$"


async def measure() -> list[Result]:
    async with house(WEB_PROCESSES="1") as running:
        for number in range(FILMS):
            await add_film(running, f"Film {number}", [1000])
        await load(running, "/api/video/", 1)
        rate = median([(await load(running, "/api/video/", SECONDS)).per_second for _ in range(RUNS)])
        changer = asyncio.create_task(_change(running))
        changing = median([(await load(running, "/api/video/", SECONDS)).per_second for _ in range(RUNS)])
        changer.cancel()
        await asyncio.gather(changer, return_exceptions=True)
    what = f"list of {FILMS} films, {CONNECTIONS} connections"
    return [
        Result(f"{what}, unchanged", f"{rate:,.0f}/s", f"≥ {MIN:,}/s", rate >= MIN),
        Result(
            f"{what}, changing all the time",
            f"{changing:,.0f}/s",
            f"≥ {MIN_CHANGING:,}/s",
            changing >= MIN_CHANGING,
        ),
    ]


async def _change(running: House) -> None:
    async with running.database() as database, database.connection() as connection:
        while True:
            await connection.execute(CHANGE)
