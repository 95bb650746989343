"""A browser, a page of another origin that plays with hls.js, and films that grow when the test says so."""

import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, async_playwright

from tests.conftest import EMAIL, PASSWORD, Serve
from videoflix.db.pool import Database
from videoflix.jobs.queue import Queues
from videoflix.jobs.sweep import tell_jobs
from videoflix.models import JobKind
from videoflix.settings import Settings
from videoflix.web.app import create_app

HERE = Path(__file__).parent
PAGE = {
    "page.html": HERE / "page.html",
    "page.js": HERE / "page.js",
    "hls.js": HERE.parent.parent / "node_modules" / "hls.js" / "dist" / "hls.js",
}
# Root has no sandbox, nobody has a graphics card, and a browser of tests asks nothing of the world.
CHROMIUM = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
PATIENCE = 60_000
# What hls.js says when it has to mend what does not fit together.
TIME_LINE = re.compile("between fragments detected|audio frame|hole|overlap", re.IGNORECASE)

Watch = Callable[..., Awaitable["Viewer"]]
Release = Callable[..., Awaitable[None]]


class Viewer:
    """Somebody who watches a film in a browser."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def told(self, *names: str) -> list[dict[str, Any]]:
        """What the player and the <video> have told so far, of these names, in order."""
        return [one for one in await self.page.evaluate("told") if one["name"] in names]

    async def state(self) -> dict[str, Any]:
        told: dict[str, Any] = await self.page.evaluate("state()")
        return told

    async def do(self, script: str) -> None:
        await self.page.evaluate(f"() => {{ {script} }}")

    async def until(self, condition: str) -> None:
        """Wait until an expression of the page's script becomes true."""
        await self.page.wait_for_function(condition, timeout=PATIENCE)

    async def sees(self, segments: int) -> None:
        """Wait until the player has read a playlist of so many segments."""
        await self.until(f"told.some((one) => one.name === 'playlist' && one.segments >= {segments})")

    async def complaints(self) -> list[dict[str, Any]]:
        """Everything that must not happen while nobody seeks, but that the player waits before it begins."""
        told = await self.told("error", "warning", "playing", "waiting", "stalled", "seeking")
        begun = next(place for place, one in enumerate(told) if one["name"] == "playing")
        return [
            one
            for place, one in enumerate(told)
            if place > begun or one["name"] not in ("playing", "waiting")
            if one["name"] != "warning" or TIME_LINE.search(one["reason"])
        ]


@pytest.fixture
def environ(environ: dict[str, str], port: int) -> dict[str, str]:
    """The page's origin is one that the server knows."""
    return {**environ, "CORS_ALLOWED_ORIGINS": f"http://127.0.0.1:{port}"}


def _missing(what: str) -> NoReturn:
    """Who has no browser can still run the tests; where changes are judged it has to be there."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        _missing("Chromium is not installed (Debian and Ubuntu: apt-get install chromium)")
    if not PAGE["hls.js"].exists():
        _missing("hls.js is not installed (npm ci)")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=program, args=CHROMIUM)
        yield started
        await started.close()


@pytest.fixture
async def frontend(aiohttp_server: Serve, port: int) -> TestServer:
    """Serves the page; to the browser it is another origin than the API."""

    async def file(request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE[request.match_info["name"]])

    app = web.Application()
    app.add_routes([web.get("/{name}", file)])
    return await aiohttp_server(app, port=port)


@pytest.fixture
async def api(settings: Settings, aiohttp_server: Serve) -> str:
    """The address of a server of our own."""
    server = await aiohttp_server(create_app(settings))
    return str(server.make_url("/")).rstrip("/")


@pytest.fixture
async def watch(browser: Browser, frontend: TestServer, api: str, admin: int) -> Watch:
    """Opens a page, logs in there, and begins to play what lies under an address."""

    async def watch(path: str) -> Viewer:
        page = await browser.new_page()
        await page.goto(str(frontend.make_url("/page.html")))
        assert await page.evaluate("(all) => login(...all)", [api, EMAIL, PASSWORD]) == 200
        await page.evaluate("watch", api + path)
        return Viewer(page)

    return watch


@pytest.fixture
async def release(database: Database, queues: Queues) -> Release:
    """Lets a job begin: without it, every job of this test waits for ever."""
    async with database.connection() as connection:
        await connection.execute("ALTER TABLE jobs ALTER not_before SET DEFAULT 'infinity'")

    async def release(kind: JobKind, number: int = 0) -> None:
        async with database.connection() as connection:
            done = await connection.execute(
                "UPDATE jobs SET not_before = now() WHERE kind = $1 AND number = $2", kind, number
            )
        assert done == "UPDATE 1"
        await tell_jobs(database, queues)

    return release
