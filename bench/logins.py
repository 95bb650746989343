"""Logins per second, the latency of other requests meanwhile, and whether the timing reveals accounts."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from statistics import median
from time import perf_counter

import aiohttp

from bench.films import add_film
from bench.rate import get_latencies, p99
from bench.result import NotMeasured, Result
from bench.server import EMAIL, PASSWORD, Server, running_server
from videoflix.accounts.admins import ensure_admin

FILMS = 20
# Another account than that of the list: an account has so many sessions, and a login ends its oldest.
LOADED = "logins@videoflix.local"
CLIENTS = 32
SECONDS = 8
REQUESTS_PER_SECOND = 50
MAX_TIMES_REST = 3.0
SAMPLES = 100
MAX_APART = 0.10


async def measure() -> list[Result]:
    async with running_server() as server:
        for number in range(FILMS):
            await add_film(server, f"Film {number}", [1000])
        async with server.database() as database:
            await ensure_admin(server.settings, database, LOADED, PASSWORD)
        await _p99(server, 1)
        rest = await _p99(server, SECONDS)
        rate, busy = await _under_load(server)
        known, unknown = await _failed_logins(server)
    apart = abs(known - unknown) / max(known, unknown)
    return [
        Result(f"logins, {CLIENTS} clients", f"{rate:.0f}/s"),
        Result(
            "p99 of the list under this load",
            f"{busy * 1000:.1f} ms, {busy / rest:.1f} × the {rest * 1000:.1f} ms of an idle server",
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


async def _p99(server: Server, seconds: float) -> float:
    """The 99th percentile of the latency of the list in seconds, at a constant rate."""
    return p99(await get_latencies(server, "/api/video/", REQUESTS_PER_SECOND, seconds))


async def _under_load(server: Server) -> tuple[float, float]:
    """Logins per second, and the p99 of the list at the same time."""
    words = (server.url, LOADED, PASSWORD, str(CLIENTS), str(SECONDS + 1))
    load = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.login_load", *words, stdout=PIPE)
    assert load.stdout is not None
    try:
        await load.stdout.readline()
        busy = await _p99(server, SECONDS)
        output, _ = await load.communicate()
    finally:
        if load.returncode is None:
            load.kill()
    if load.returncode:
        raise NotMeasured("a login failed")
    return float(output), busy


async def _failed_logins(server: Server) -> tuple[float, float]:
    """Median seconds of the response to a wrong password, and to an unknown e-mail address."""

    async def refused(email: str) -> float:
        begin = perf_counter()
        async with session.post(f"{server.url}/api/login/", json={"email": email, "password": "wrong"}) as answer:
            await answer.read()
            if answer.status not in (400, 401):
                raise NotMeasured(f"a wrong password returns {answer.status}")
        return perf_counter() - begin

    known, unknown = [], []
    async with aiohttp.ClientSession() as session:
        await refused("warm-up@example.org")
        for number in range(SAMPLES):
            known.append(await refused(EMAIL))
            unknown.append(await refused(f"nobody-{number}@example.org"))
    return median(known), median(unknown)
