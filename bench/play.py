"""What a viewer waits for in a browser: the home page, and the first picture after a click on play."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from bench.pipeline import make_film
from bench.result import NotMeasured, Result
from bench.server import EMAIL, PASSWORD, Server, running_server
from bench.titles import add_titles

RUNS = 10
FILMS = 200
MAX_PLAY, MAX_PAINT, MAX_SHIFT = 0.8, 1.2, 0.02  # seconds, seconds, and the score of Layout Instability
ENCODE_SECONDS = 300
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
# A phone in a home network.
CPU_SLOWDOWN = 4
NETWORK = {"offline": False, "latency": 20, "downloadThroughput": 10e6 / 8, "uploadThroughput": 10e6 / 8}
# The time of the click outlives the page that it leaves.
OBSERVE = """
const now = () => performance.timeOrigin + performance.now();
addEventListener("click", () => sessionStorage.setItem("clicked", now()), true);
window.pictureAt = new Promise((shown) => addEventListener("DOMContentLoaded", () =>
  document.querySelector("video")?.requestVideoFrameCallback(() => shown(now()))));
window.paintedAt = window.shifted = 0;
new PerformanceObserver((list) => list.getEntries().forEach((entry) => (paintedAt = entry.startTime)))
  .observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => list.getEntries().forEach((entry) => (shifted += entry.value)))
  .observe({ type: "layout-shift", buffered: true });
"""


async def measure() -> list[Result]:
    async with running_server(WEB_PROCESSES="1") as server:
        await add_titles(server, FILMS)
        video_id = await _upload_film(server)
        async with _browser() as browser:
            paints, shifts = await _open_home(browser, server)
            plays = [await _play(browser, server, video_id) for _ in range(RUNS)]
    paint, shift, play = median(paints), max(shifts), median(plays)
    return [
        Result(
            f"home of {FILMS} films, CPU ÷ {CPU_SLOWDOWN}, 10 Mbit/s: largest contentful paint",
            f"{paint:.2f} s ({min(paints):.2f} to {max(paints):.2f})",
            f"≤ {MAX_PAINT} s",
            paint <= MAX_PAINT,
        ),
        Result("home: layout shift", f"{shift:.3f}", f"≤ {MAX_SHIFT}", shift <= MAX_SHIFT),
        Result(
            f"click on play to the first picture, median of {RUNS}",
            f"{play:.2f} s ({min(plays):.2f} to {max(plays):.2f})",
            f"≤ {MAX_PLAY} s",
            play <= MAX_PLAY,
        ),
    ]


@asynccontextmanager
async def _browser() -> AsyncIterator[Browser]:
    """Raises NotMeasured if Chromium is not installed."""
    program = shutil.which("chromium")
    if program is None:
        raise NotMeasured("Chromium is not installed (Debian and Ubuntu: apt-get install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        await browser.close()


async def _upload_film(server: Server) -> int:
    """Upload a minute of 1080p, and wait until all of it is encoded and nothing else uses the processor."""
    with tempfile.TemporaryDirectory() as place:
        film = Path(place) / "film.mp4"
        await make_film(server.settings.ffmpeg, film, seconds=60, megabits=6)
        content = film.read_bytes()
    headers = {
        **server.cookie,
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(len(content)),
        "Upload-Metadata": "filename ZmlsbS5tcDQ=",  # film.mp4
        "Content-Type": "application/offset+octet-stream",
    }
    async with aiohttp.ClientSession(server.url, headers=server.cookie) as session:
        async with session.post("/api/admin/uploads/", data=content, headers=headers) as answer:
            if answer.status != 201:
                raise NotMeasured(f"the upload returns {answer.status}: {await answer.text()}")
        async with asyncio.timeout(ENCODE_SECONDS):
            while True:
                async with session.get("/api/admin/jobs/") as answer:
                    jobs: dict[str, Any] = await answer.json()
                if not jobs["counts"]["running"] + jobs["counts"]["waiting"]:
                    break
                await asyncio.sleep(0.5)
        async with session.get("/api/video/") as answer:
            return int((await answer.json())[0]["id"])


async def _open_home(browser: Browser, server: Server) -> tuple[list[float], list[float]]:
    """Seconds to the largest contentful paint and the layout shift, for first visits with an empty cache."""
    paints, shifts = [], []
    for _ in range(RUNS):
        async with _page(browser, server) as page:
            session = await page.context.new_cdp_session(page)
            await session.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
            await session.send("Network.emulateNetworkConditions", NETWORK)
            await page.goto("/", wait_until="networkidle")
            paints.append(await page.evaluate("paintedAt") / 1000)
            shifts.append(await page.evaluate("shifted"))
    return paints, shifts


async def _play(browser: Browser, server: Server, video_id: int) -> float:
    """Seconds from a click on the page of a film to the first picture of the player, with an empty cache."""
    async with _page(browser, server) as page:
        await page.goto(f"/film/{video_id}/", wait_until="networkidle")
        await page.locator(f"a[href^='/watch/{video_id}/']").first.click()
        await page.wait_for_url(f"**/watch/{video_id}/**")
        shown, clicked = await page.evaluate("pictureAt"), await page.evaluate("sessionStorage.getItem('clicked')")
        return (float(shown) - float(clicked)) / 1000


@asynccontextmanager
async def _page(browser: Browser, server: Server) -> AsyncIterator[Page]:
    """A page of a logged-in viewer with an empty cache."""
    context: BrowserContext = await browser.new_context(base_url=server.url)
    await context.request.post("/api/login/", data={"email": EMAIL, "password": PASSWORD})
    await context.add_init_script(OBSERVE)
    yield await context.new_page()
    await context.close()
