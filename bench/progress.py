"""What 1,000 viewers cost who report their positions every ten seconds."""

from collections.abc import Iterator
from statistics import median
from time import perf_counter

import aiohttp

from bench.accounts import add_accounts
from bench.processes import cpu_seconds, descendants
from bench.rate import latencies, p99
from bench.result import NotMeasured, Result
from bench.server import Server, running_server
from bench.titles import add_titles

VIEWERS, FILMS = 1000, 500
EVERY_SECONDS = 10.0
SECONDS = 40
MAX_P99, MAX_CORE = 0.020, 0.05


async def measure() -> list[Result]:
    async with running_server(WEB_PROCESSES="1") as server:
        await add_titles(server, FILMS)
        tokens = list((await add_accounts(server, VIEWERS)).values())
        before, begin = dict(_cpu(server)), perf_counter()
        times = await _report(server, tokens)
        taken = perf_counter() - begin
        used = {name: (seconds - before.get(name, 0)) / taken for name, seconds in _cpu(server)}
    highest, web = p99(times), used["web"]
    what = f"{VIEWERS:,} viewers reporting every {EVERY_SECONDS:.0f} s"
    return [
        Result(
            f"{what}, p50 and p99",
            f"{median(times) * 1000:.1f}, {highest * 1000:.1f} ms",
            f"≤ {MAX_P99 * 1000:.0f} ms",
            highest <= MAX_P99,
        ),
        Result(f"{what}: web process", f"{web:.1%} of a core", f"≤ {MAX_CORE:.0%}", web <= MAX_CORE),
        Result(f"{what}: PostgreSQL", f"{used['postgres']:.1%} of a core"),
    ]


async def _report(server: Server, tokens: list[str]) -> list[float]:
    """The seconds of each report. Each viewer watches a film of 5,400 seconds from a place of its own on."""
    connector = aiohttp.TCPConnector(limit=VIEWERS)
    async with aiohttp.ClientSession(connector=connector, raise_for_status=True) as session:

        async def report(number: int) -> None:
            viewer, turn = number % VIEWERS, number // VIEWERS
            position = viewer % 4000 + turn * EVERY_SECONDS
            body = {
                "position": position,
                "duration": 5400.0,
                "session": str(viewer),
                "played": [[max(0.0, position - EVERY_SECONDS), position]],
                "every": int(EVERY_SECONDS),
            }
            address = f"{server.url}/api/me/progress/{viewer % FILMS + 1}/"
            headers = {"Authorization": f"Bearer {tokens[viewer]}"}
            async with session.put(address, json=body, headers=headers) as answer:
                await answer.read()

        await latencies(report, VIEWERS / EVERY_SECONDS, EVERY_SECONDS)  # first requests, not measured
        return await latencies(report, VIEWERS / EVERY_SECONDS, SECONDS)


def _cpu(server: Server) -> Iterator[tuple[str, float]]:
    """Seconds of CPU time of the web process, and of PostgreSQL with its connections."""
    used = {"web": 0.0, "postgres": 0.0}
    for process in {*descendants(server.process_id)}:
        words = (process / "cmdline").read_text()
        name = "postgres" if "postgres" in words else "web" if "serve" in words.split("\0") else None
        if name is not None:
            used[name] += cpu_seconds(process)
    if not all(used.values()):
        raise NotMeasured("the processes of the server are not found")
    yield from used.items()
