"""Logins per second, what they cost everybody else, and whether their time tells who has an account."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from statistics import median, quantiles
from time import perf_counter

import aiohttp

from bench.films import add_film
from bench.house import EMAIL, PASSWORD, House, house
from bench.result import NotMade, Result

FILMS = 20
CLIENTS = 32
SECONDS = 8
REQUESTS_PER_SECOND = 50
MAX_TIMES_REST = 3.0
SAMPLES = 100
MAX_APART = 0.10


async def measure() -> list[Result]:
    async with house() as running:
        for number in range(FILMS):
            await add_film(running, f"Film {number}", [1000])
        await _p99(running, 1)
        rest = await _p99(running, SECONDS)
        rate, busy = await _under_storm(running)
        known, unknown = await _failed_logins(running)
    apart = abs(known - unknown) / max(known, unknown)
    return [
        Result(f"logins, {CLIENTS} clients", f"{rate:.0f}/s"),
        Result(
            "p99 of the list meanwhile",
            f"{busy * 1000:.1f} ms, {busy / rest:.1f} × the {rest * 1000:.1f} ms at rest",
            f"≤ {MAX_TIMES_REST:.0f} ×",
            busy <= MAX_TIMES_REST * rest,
        ),
        Result(
            "failed login: known, unknown e-mail",
            f"{known * 1000:.1f}, {unknown * 1000:.1f} ms: {apart:.1%} apart",
            f"< {MAX_APART:.0%}",
            apart < MAX_APART,
        ),
    ]


async def _p99(running: House, seconds: float) -> float:
    """Of requests that come at their time, whether or not the one before has been answered."""

    async def ask() -> float:
        begin = perf_counter()
        async with session.get(f"{running.url}/api/video/") as answer:
            await answer.read()
        return perf_counter() - begin

    asked = []
    async with aiohttp.ClientSession(headers=running.cookie, raise_for_status=True) as session:
        begin = perf_counter()
        for number in range(int(seconds * REQUESTS_PER_SECOND)):
            await asyncio.sleep(begin + number / REQUESTS_PER_SECOND - perf_counter())
            asked.append(asyncio.create_task(ask()))
        times = await asyncio.gather(*asked)
    return quantiles(times, n=100)[-1]


async def _under_storm(running: House) -> tuple[float, float]:
    """Logins per second, and the p99 of the list in the midst of them."""
    words = (running.url, EMAIL, PASSWORD, str(CLIENTS), str(SECONDS + 1))
    storm = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.storm", *words, stdout=PIPE)
    assert storm.stdout is not None
    try:
        await storm.stdout.readline()
        busy = await _p99(running, SECONDS)
        output, _ = await storm.communicate()
    finally:
        if storm.returncode is None:
            storm.kill()
    if storm.returncode:
        raise NotMade("a login failed")
    return float(output), busy


async def _failed_logins(running: House) -> tuple[float, float]:
    """Medians of the seconds that it takes to refuse a wrong password, and an unknown e-mail."""

    async def refused(email: str) -> float:
        begin = perf_counter()
        async with session.post(f"{running.url}/api/login/", json={"email": email, "password": "wrong"}) as answer:
            await answer.read()
            if answer.status not in (400, 401):
                raise NotMade(f"a wrong password is answered with {answer.status}")
        return perf_counter() - begin

    known, unknown = [], []
    async with aiohttp.ClientSession() as session:
        await refused("warm-up@example.org")
        for number in range(SAMPLES):
            known.append(await refused(EMAIL))
            unknown.append(await refused(f"nobody-{number}@example.org"))
    return median(known), median(unknown)
