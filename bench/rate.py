"""Sends requests at a constant rate, whatever the server takes for them, and measures their latency."""

import asyncio
from collections.abc import Awaitable, Callable
from statistics import quantiles
from time import perf_counter

import aiohttp

from bench.server import Server


async def latencies(ask: Callable[[int], Awaitable[None]], per_second: float, seconds: float) -> list[float]:
    """The seconds that each call of `ask` took. It is called with the number of the request."""

    async def timed(number: int) -> float:
        begin = perf_counter()
        await ask(number)
        return perf_counter() - begin

    asked = []
    begin = perf_counter()
    for number in range(int(seconds * per_second)):
        await asyncio.sleep(begin + number / per_second - perf_counter())
        asked.append(asyncio.create_task(timed(number)))
    return await asyncio.gather(*asked)


async def get_latencies(server: Server, path: str, per_second: float, seconds: float) -> list[float]:
    """The seconds that each request for a path took, logged in."""
    async with aiohttp.ClientSession(headers=server.cookie, raise_for_status=True) as session:

        async def ask(number: int) -> None:
            async with session.get(server.url + path) as answer:
                await answer.read()

        return await latencies(ask, per_second, seconds)


def p99(times: list[float]) -> float:
    return quantiles(times, n=100)[-1]
