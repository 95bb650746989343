"""The shape of deploy/cluster.yml on hosts of their own: two web servers, two encoding workers, nginx as balancer and
as CDN, an S3 store, PostgreSQL and Redis."""

import asyncio
import os
import re
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
from msgspec import Struct
from playwright.async_api import Page, Response, expect

from tests import numbered_films
from tests.films import Films
from tests.fixtures.gateway import CDN_SECRET, DEPLOY, fill, running
from tests.fixtures.player import Release
from tests.fixtures.services import Services
from tests.fixtures.store import SECRET, Fault, Store, serving
from tests.fixtures.tus import TUS, metadata
from tests.fixtures.viewer_pages import OpenTab, log_in
from tests.hosts.client import Client
from tests.hosts.network import WEB_PORT, Host, Network
from videoflix.db.pool import Database
from videoflix.queue.models import JobKind

SECONDS, RATE = 180, 10
# The units that are made before the faults: ten segments of 6 s, so that the viewer does not reach their end.
READY_UNITS = 4
PAGES_PORT, CDN_PORT, BUCKET = 8080, 8081, "films"
# The faults, as the browser tells of them: a connection that is cut, and answers while something is away.
EXPECTED = r"50[0-9] \(|net::ERR_(INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE|CONNECTION_RESET)"
# An argument of the ffmpeg that encodes a unit.
ENCODING = "-segment_start_number"


class Cluster(Struct):
    """The hosts, and the store, which is on a port of the bridge. The logs of the two nginx are in `scratch`."""

    front: Host
    web: tuple[Host, Host]
    workers: tuple[Host, Host]
    store: Store
    scratch: Path

    def kill_nginx(self) -> None:
        """Kill every worker of both; their masters start others."""
        for name in ("gateway", "cdn"):
            master = (self.scratch / name / "nginx.pid").read_text().strip()
            for number in Path(f"/proc/{master}/task/{master}/children").read_text().split():
                os.kill(int(number), signal.SIGKILL)


@pytest.fixture
async def cluster(hosts: Network, nginx: str, moto: int, tmp_path: Path) -> AsyncIterator[Cluster]:
    """Everything runs but the second worker."""
    with serving(Store(moto, hosts.address)) as store:
        stored = {
            "S3_BUCKET": BUCKET,
            "S3_ENDPOINT": store.address,
            "S3_REGION": "us-east-1",
            "S3_ACCESS_KEY_ID": "a-key",
            "S3_SECRET_ACCESS_KEY": SECRET,
        }
        front = hosts.add("front")
        variables = {
            **stored,
            "STORAGE": "s3",
            "DELIVERY": "cdn",
            "CDN_URL": f"http://{front.address}:{CDN_PORT}",
            "CDN_SECRET": CDN_SECRET,
            "PUBLIC_URL": f"http://{front.address}:{PAGES_PORT}",
            "TRUSTED_PROXIES": front.address,
        }
        web, workers = [
            tuple(hosts.add(name, 0, **variables, DATA_DIR=str(tmp_path / name)) for name in names)
            for names in (("web1", "web2"), ("encode1", "encode2"))
        ]
        cache = tmp_path / "cache"
        cache.mkdir()
        _make_bucket({**stored, "CDN_CACHE": str(cache)})
        workers[0].start("worker", "transcode")
        await asyncio.gather(*(host.serve() for host in web))
        async with AsyncExitStack() as stack:
            for name, port, files in (
                ("gateway", PAGES_PORT, _balancer(front, web, tmp_path / "gateway")),
                ("cdn", CDN_PORT, _cdn(front, store, tmp_path / "cdn", cache)),
            ):
                scratch = tmp_path / name
                scratch.mkdir()
                for file, text in files.items():
                    (scratch / f"{file}.conf").write_text(text)
                await stack.enter_async_context(running(nginx, scratch, port, front.address, front.enter))
            yield Cluster(front, (web[0], web[1]), (workers[0], workers[1]), store, tmp_path)


def _make_bucket(variables: dict[str, str]) -> None:
    """Twice, as it runs at every start."""
    for _ in range(2):
        subprocess.run([DEPLOY / "bucket.sh"], env={"PATH": os.environ["PATH"], **variables}, check=True)


def _balancer(front: Host, web: tuple[Host, ...], scratch: Path) -> dict[str, str]:
    text = fill(
        "nginx.conf.template",
        listen=f"{front.address}:{PAGES_PORT}",
        upstream="; server ".join(f"{host.address}:{WEB_PORT}" for host in web),
        films="/nowhere",
        scratch=scratch,
        log=scratch / "log",
        origins="",
        trusted_origins="",
        frontend="",
    )
    return {"nginx": text}


def _cdn(front: Host, store: Store, scratch: Path, cache: Path) -> dict[str, str]:
    shared = {"secret": CDN_SECRET, "origin_secret": ""}
    values = {"listen": f"{front.address}:{CDN_PORT}", "scratch": scratch, "log": scratch / "log", **shared}
    pull = {"pull_from": store.address, "pull_path": f"/{BUCKET}/films", **shared}
    return {
        "nginx": fill("cdn.conf.template", "CDN", **values),
        "source": fill("cdn-pull.conf.template", "CDN", **pull),
        "cache": fill("cdn-cache.conf.template", "CDN", cache=cache, cache_size="1g"),
    }


@pytest.fixture
def api(cluster: Cluster) -> str:
    """Tabs open pages of the balancer."""
    return f"http://{cluster.front.address}:{PAGES_PORT}"


@pytest.fixture
def film(films: Films, tmp_path: Path) -> Path:
    return numbered_films.make(films, tmp_path / "film.mp4", rate=str(RATE), frames=SECONDS * RATE, seconds=SECONDS)


async def test_a_film_survives_the_loss_of_one_of_each(
    cluster: Cluster,
    restartable_services: Services,
    admin: int,
    database: Database,
    release: Release,
    open_tab: OpenTab,
    films: Films,
    film: Path,
    tmp_path: Path,
) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        ada = Client(session)
        assert await ada.log_in(cluster.web[0]) == 200
        await _upload(ada, cluster.web[0], film)
        await release(JobKind.INGEST)
        # the first worker makes these alone
        await _release_units(database, 2)
        await _until_units_are_done(database, 2)
        cluster.workers[1].start("worker", "transcode")
        await _until_ready(cluster.workers[1])
        await _release_units(database, READY_UNITS)
        await _until_units_are_done(database, READY_UNITS)

        tab = await open_tab(expected=EXPECTED)
        await log_in(tab, "/watch/1/")
        await _play_on(tab)
        # both encode, and the first dies; the last unit has to wait, that the film may grow while it plays
        await _release_units(database, await _last_unit(database))
        await _die_while_both_encode(cluster, READY_UNITS)
        cluster.web[0].kill()
        await _play_on(tab)
        cluster.kill_nginx()
        await _play_on(tab)
        restartable_services.stop("redis")
        await _play_on(tab)
        restartable_services.start_redis()
        restartable_services.stop("postgres")
        await _play_on(tab)
        restartable_services.start_postgres()
        cluster.store.faults.append(Fault(status=503, code="SlowDown", times=6))
        await _release_units(database, 1 + await _last_unit(database))
        done_by = await _encoded(database, cluster)
        assert set(done_by[:2]) == {"encode1"}
        assert done_by[-1] == "encode2"
        assert cluster.store.faults[0].times == 0
        await _until(tab, f"video.duration >= {SECONDS}")
        await tab.evaluate(f"document.querySelector('video').currentTime = {SECONDS - 2}")
        await _until(tab, "video.ended")
        await expect(tab.locator("#message")).to_be_hidden()
        folder = tmp_path / "watched"
        await _load_segments(ada, cluster, folder)
    decoded = await asyncio.to_thread(numbered_films.read, films, folder, tmp_path)
    assert decoded.numbers == list(range(SECONDS * RATE))
    assert decoded.decoder_errors == ""


async def _upload(ada: Client, host: Host, film: Path) -> None:
    content = film.read_bytes()
    headers = {
        **TUS,
        **metadata(filename="film.mp4"),
        "Upload-Length": str(len(content)),
        "Content-Type": "application/offset+octet-stream",
    }
    status, _ = await ada.ask("POST", host.url("/api/admin/uploads/"), data=content, headers=headers)
    assert status == 201


async def _release_units(database: Database, number: int) -> None:
    """Let the units with a lower number begin, and the other jobs, after the ingest has planned them."""
    async with asyncio.timeout(60), database.connection() as connection:
        while not await connection.fetchval("SELECT count(*) FROM jobs WHERE kind = 'unit'"):
            await asyncio.sleep(0.05)
        await connection.execute("UPDATE jobs SET not_before = now() WHERE kind <> 'unit' OR number < $1", number)


async def _last_unit(database: Database) -> int:
    async with database.connection() as connection:
        number: int = await connection.fetchval("SELECT max(number) FROM jobs WHERE kind = 'unit'")
        return number


async def _until_ready(worker: Host) -> None:
    async with asyncio.timeout(60):
        while "worker is ready" not in worker.log:
            await asyncio.sleep(0.05)


async def _until_units_are_done(database: Database, count: int) -> None:
    async with asyncio.timeout(60), database.connection() as connection:
        while await connection.fetchval("SELECT count(*) FROM jobs WHERE kind = 'unit' AND state = 'done'") < count:
            await asyncio.sleep(0.05)


async def _die_while_both_encode(cluster: Cluster, unit: int) -> None:
    """Kill the first worker in the middle of a unit, when the second has begun one, too. `unit` is the first of those
    that wait."""
    first, second = cluster.workers
    async with asyncio.timeout(60):
        while not any(_stop(process) for process in first.process_ids(ENCODING)):
            await asyncio.sleep(0.005)
        while max(_tries(second), default=(0, 0))[0] < unit:
            await asyncio.sleep(0.05)
    first.kill()


def _stop(process: int) -> bool:
    """Stop a process. Whether it had not ended meanwhile."""
    try:
        os.kill(process, signal.SIGSTOP)
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].startswith("T")
    except OSError:
        return False


async def _play_on(tab: Page) -> None:
    """A new playlist arrives, and the film goes on."""

    def is_playlist(answer: Response) -> bool:
        return answer.url.endswith("index.m3u8") and answer.ok

    async with tab.expect_response(is_playlist):
        pass
    seconds = await tab.evaluate("document.querySelector('video').currentTime")
    await _until(tab, f"!video.paused && video.currentTime > {seconds + 0.5}")


async def _until(tab: Page, condition: str) -> None:
    async with asyncio.timeout(60):
        while not await tab.evaluate(
            f"(() => {{ const video = document.querySelector('video'); return {condition} }})()"
        ):
            await asyncio.sleep(0.1)


async def _encoded(database: Database, cluster: Cluster) -> list[str]:
    """By which host each unit was encoded, when all are done."""
    async with asyncio.timeout(120), database.connection() as connection:
        while await connection.fetchval("SELECT state FROM encodes") != "ready":
            await asyncio.sleep(0.1)
        numbers = await connection.fetch("SELECT number, attempts FROM jobs WHERE kind = 'unit' ORDER BY number")
    tries = {each: host.name for host in cluster.workers for each in _tries(host)}
    return [tries[number, attempts] for number, attempts in numbers]


def _tries(host: Host) -> set[tuple[int, int]]:
    """The units that this host began, each with the number of the attempt."""
    found = re.findall(r"unit (\d+) begins \(try (\d+)\)", host.log)
    return {(int(number), int(attempt)) for number, attempt in found}


async def _load_segments(ada: Client, cluster: Cluster, folder: Path) -> None:
    """Load the film as a player does: from the signed addresses of the playlist."""
    folder.mkdir()
    async with aiohttp.ClientSession(cookies=ada.cookies) as session:
        async with session.get(f"http://{cluster.front.address}:{PAGES_PORT}/api/video/1/480p/index.m3u8") as answer:
            addresses = [line for line in (await answer.text()).splitlines() if not line.startswith("#")]
        for number, address in enumerate(addresses):
            assert address.startswith(f"http://{cluster.front.address}:{CDN_PORT}/")
            async with session.get(address) as answer:
                assert answer.status == 200
                (folder / f"{number:03d}.ts").write_bytes(await answer.read())
