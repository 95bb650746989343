"""Two encoding hosts of one core against one, with an S3 store, and three web hosts behind nginx against one."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from statistics import median
from time import perf_counter

import aiohttp
from msgspec.structs import replace

from bench.films import RENDITION, add_film
from bench.nginx import gateway
from bench.pipeline import Pipeline, make_film, open_pipeline
from bench.processes import cpu_seconds
from bench.rate import get_latencies
from bench.result import NotMeasured, Result
from bench.server import Server, folder, log_in
from bench.wrk import CONNECTIONS, load
from tests.fixtures.store import running_moto
from tests.hosts.network import Host, Network, network
from videoflix.accounts.admins import ensure_admin

BUCKET = "films"
START_SECONDS = 60.0

FILM_SECONDS, MEGABITS, MIN_ENCODE = 90, 8, 1.8

WEB_HOSTS, FILMS, SEGMENTS, SECONDS, WEB_RUNS = 3, 20, 100, 4, 5
MIN_WEB, MAX_CPU, PER_HOST = 2.6, 1.05, 200
# One core per host, and one each for nginx and wrk.
CORES = WEB_HOSTS + 2


async def measure() -> list[Result]:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2 or os.geteuid() != 0:
        raise NotMeasured("two cores and root are needed")
    with folder() as logs:
        async with network({}, {}, logs) as bridge:
            return await _measure(bridge, cores)


async def _measure(bridge: Network, cores: list[int]) -> list[Result]:
    with running_moto(bridge.address) as port:
        store = await _bucket(f"http://{bridge.address}:{port}")
        async with open_pipeline(**store) as pipeline:
            bridge.environ |= pipeline.environ
            return [await _encode(pipeline, bridge, cores), *await _web(pipeline, bridge, cores)]


async def _bucket(url: str) -> dict[str, str]:
    """Make a bucket. The settings for it."""
    async with aiohttp.ClientSession() as session, session.put(f"{url}/{BUCKET}") as answer:
        answer.raise_for_status()
    keys = {"S3_ACCESS_KEY_ID": "a-key", "S3_SECRET_ACCESS_KEY": "a-secret-of-the-store"}
    return {"STORAGE": "s3", "S3_BUCKET": BUCKET, "S3_ENDPOINT": url, **keys}


async def _encode(pipeline: Pipeline, bridge: Network, cores: list[int]) -> Result:
    film = pipeline.place / "film.mp4"
    await make_film(pipeline.settings.ffmpeg, film, seconds=FILM_SECONDS, megabits=MEGABITS)
    one, two = [await _seconds(pipeline, bridge, cores[:count], film) for count in (1, 2)]
    what = f"{FILM_SECONDS} s of 1080p30 on one host and on two, with an S3 store"
    return Result(what, f"{one:.1f} s, {two:.1f} s: {one / two:.2f} ×", f"≥ {MIN_ENCODE} ×", one / two >= MIN_ENCODE)


async def _seconds(pipeline: Pipeline, bridge: Network, cores: Sequence[int], film: Path) -> float:
    async with _hosts(bridge, cores, "worker", "transcode") as hosts:
        async with asyncio.timeout(START_SECONDS):
            while not all("worker is ready" in host.log for host in hosts):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        begin = perf_counter()
        video_id = await pipeline.add(film)
        await pipeline.wait_for(video_id)
        took = perf_counter() - begin
    await pipeline.remove(video_id)
    return took


async def _web(pipeline: Pipeline, bridge: Network, cores: list[int]) -> list[Result]:
    """Where there are fewer than CORES, all hosts share what nginx and wrk leave."""
    settings = pipeline.settings
    await ensure_admin(settings, pipeline.job_context.database, settings.admin_email, settings.admin_password)
    free = cores[2:] if len(cores) >= CORES else cores[1:]
    async with _hosts(bridge, [free[number % len(free)] for number in range(WEB_HOSTS)], "serve") as hosts:
        urls = [host.url("").rstrip("/") for host in hosts]
        for url in urls:
            await _ready(url)
        server = Server(os.getpid(), urls[0], {"Cookie": await log_in(urls[0])}, settings)
        for number in range(FILMS):
            video_id = await add_film(server, f"Film {number}", [1000] * SEGMENTS)
        paths = {
            f"list of {FILMS} films": "/api/video/",
            f"playlist of {SEGMENTS} segments": f"/api/video/{video_id}/{RENDITION.name}/index.m3u8",
        }
        os.sched_setaffinity(0, set(cores) - set(free))  # nginx and wrk inherit it
        try:
            async with (
                gateway(server, pipeline.place / "one") as one,
                gateway(server, pipeline.place / "three", *urls[1:]) as three,
            ):
                for url in (one, three):
                    await load(server, "/api/video/", 1, at=url)
                if len(cores) >= CORES:
                    return [await _compare_rates(server, (one, three), *each) for each in paths.items()]
                return [await _compare_costs(server, hosts, (one, three), *each) for each in paths.items()]
        finally:
            os.sched_setaffinity(0, cores)


@asynccontextmanager
async def _hosts(bridge: Network, cores: Sequence[int], *command: str) -> AsyncIterator[list[Host]]:
    """New hosts that run a command of Videoflix, with an empty data folder and a core each."""
    hosts = []
    for core in cores:
        name = f"host-{len(bridge.hosts)}"
        hosts.append(bridge.add(name, 0, DATA_DIR=str(bridge.logs / name)))
        os.sched_setaffinity(hosts[-1].start(*command).pid, [core])
    try:
        yield hosts
    finally:
        for host in hosts:
            await asyncio.to_thread(host.close)


async def _compare_rates(server: Server, gateways: tuple[str, str], what: str, path: str) -> Result:
    """Requests per second without pause, of one host and of all in turn, with as many connections for each host."""
    rates: list[list[float]] = [[], []]
    for _ in range(WEB_RUNS):
        for url, count, found in zip(gateways, (1, WEB_HOSTS), rates, strict=True):
            found.append((await load(server, path, SECONDS, at=url, connections=count * CONNECTIONS)).per_second)
    one, three = map(median, rates)
    name = f"{what}, one host behind nginx and {WEB_HOSTS}"
    ratio = three / one
    return Result(name, f"{one:,.0f}/s, {three:,.0f}/s: {ratio:.2f} ×", f"≥ {MIN_WEB} ×", ratio >= MIN_WEB)


async def _compare_costs(
    server: Server, hosts: list[Host], gateways: tuple[str, str], what: str, path: str
) -> Result:
    """CPU time of the web processes per request, of one host and of all in turn. Each host has as many requests per
    second in both cases, far from what it can do: a busy process takes less for each, as it finds several at once."""
    costs: list[list[float]] = [[], []]
    for _ in range(WEB_RUNS):
        for url, count, found in zip(gateways, (1, WEB_HOSTS), costs, strict=True):
            before = _cpu_seconds(hosts)
            times = await get_latencies(replace(server, url=url), path, count * PER_HOST, SECONDS)
            found.append((_cpu_seconds(hosts) - before) / len(times))
    one, three = (median(found) * 1e6 for found in costs)
    name = f"{what}, {PER_HOST}/s per host, CPU time per request of one host and of {WEB_HOSTS}"
    return Result(
        name, f"{one:.0f} µs, {three:.0f} µs: {three / one:.3f} ×", f"≤ {MAX_CPU} ×", three / one <= MAX_CPU
    )


async def _ready(url: str) -> None:
    async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as session:
        while True:
            with suppress(aiohttp.ClientError):
                async with session.get(f"{url}/ready") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.05)


def _cpu_seconds(hosts: Sequence[Host]) -> float:
    return sum(cpu_seconds(Path("/proc", str(number))) for host in hosts for number in host.process_ids())
