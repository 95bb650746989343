"""Requests per second for the list of 20 films, from one web process: unchanged, and with constant updates."""

import asyncio
from statistics import median

from bench.films import add_film
from bench.result import Result
from bench.server import Server, running_server
from bench.wrk import CONNECTIONS, load

FILMS = 20
SECONDS = 4
RUNS = 5
MIN, MIN_UPDATING = 8_000, 2_500
# Commits faster than requests come in, so that hardly a request finds the list unchanged.
UPDATE = "DO $$ BEGIN FOR n IN 1..50 LOOP UPDATE videos SET title = title WHERE id = 1; COMMIT; END LOOP; END $$"


async def measure() -> list[Result]:
    async with running_server(WEB_PROCESSES="1") as server:
        for number in range(FILMS):
            await add_film(server, f"Film {number}", [1000])
        await load(server, "/api/video/", 1)
        rate = median([(await load(server, "/api/video/", SECONDS)).per_second for _ in range(RUNS)])
        updater = asyncio.create_task(_update(server))
        updating = median([(await load(server, "/api/video/", SECONDS)).per_second for _ in range(RUNS)])
        updater.cancel()
        await asyncio.gather(updater, return_exceptions=True)
    what = f"list of {FILMS} films, {CONNECTIONS} connections"
    return [
        Result(f"{what}, unchanged", f"{rate:,.0f}/s", f"≥ {MIN:,}/s", rate >= MIN),
        Result(
            f"{what}, with constant updates",
            f"{updating:,.0f}/s",
            f"≥ {MIN_UPDATING:,}/s",
            updating >= MIN_UPDATING,
        ),
    ]


async def _update(server: Server) -> None:
    async with server.database() as database, database.connection() as connection:
        while True:
            await connection.execute(UPDATE)
