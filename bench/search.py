"""The latency of searches among 20,000 titles: titles, beginnings, and words with typos."""

import asyncio
import random
from collections.abc import Iterator
from statistics import median, quantiles
from time import perf_counter

import aiohttp
import psycopg

from bench.result import Result
from bench.server import Server, running_server
from bench.titles import add_titles
from videoflix.library.search_index import fill_search_index

TITLES = 20_000
SEARCHES = 1000
MAX_P99 = 0.020


async def measure() -> list[Result]:
    async with running_server(WEB_PROCESSES="1") as server:
        titles = await add_titles(server, TITLES)
        filled = await asyncio.to_thread(_fill, server)
        searches = list(_searches(titles))
        await _times(server, searches[:100])
        times = await _times(server, searches)
    p99 = quantiles(times, n=100)[-1]
    return [
        Result(
            f"search among {TITLES:,} titles, p50 and p99",
            f"{median(times) * 1000:.1f}, {p99 * 1000:.1f} ms",
            f"≤ {MAX_P99 * 1000:.0f} ms",
            p99 <= MAX_P99,
        ),
        Result("documents of an existing library, once", f"{filled:.1f} s"),
    ]


def _fill(server: Server) -> float:
    """Seconds for the documents of all titles. Autovacuum would follow within a minute."""
    begin = perf_counter()
    with psycopg.connect(server.settings.database_url, autocommit=True) as connection:
        fill_search_index(connection)
        seconds = perf_counter() - begin
        connection.execute("VACUUM ANALYZE")
    return seconds


def _searches(titles: list[str]) -> Iterator[str]:
    chance = random.Random(2)
    for number in range(SEARCHES):
        title = chance.choice(titles)
        beginning = title[: chance.randint(1, len(title))]
        word = chance.choice(title.split())
        yield (title, beginning, _typo(chance, title), _typo(chance, word))[number % 4]


def _typo(chance: random.Random, text: str) -> str:
    """The text with another letter somewhere."""
    place = chance.randrange(len(text))
    return text[:place] + chance.choice("aeinorst") + text[place + 1 :]


async def _times(server: Server, searches: list[str]) -> list[float]:
    """Seconds of each search, one after the other."""
    times = []
    async with aiohttp.ClientSession(headers=server.cookie, raise_for_status=True) as session:
        for text in searches:
            begin = perf_counter()
            async with session.get(f"{server.url}/api/search/", params={"q": text}) as answer:
                await answer.read()
            times.append(perf_counter() - begin)
    return times
