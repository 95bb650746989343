"""The whole life cycle of a video on the admin pages, in a browser with an unreliable connection."""

import asyncio
import random
import re
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import ConsoleMessage, Locator, Page, Request, expect

from tests.admin.browser.network import Proxy, Server
from tests.films import Films
from tests.fixtures.admin_pages import LogIn, accessibility_violations
from tests.fixtures.media import Media

BYTES = 50_000_000
# How many bytes are sent before the connection breaks, the page is reloaded, and the server is restarted.
BREAKS, RELOAD, RESTART = (8_000_000, 20_000_000), 26_000_000, 38_000_000
TITLE = "A <b>better</b> title"


@pytest.fixture
def film(films: Films) -> Path:
    """A file that takes long to upload and little to encode: most of it is a `free` box, which players skip."""
    small = films.make("The_great.film.mp4", size="854x480", seconds=8).read_bytes()
    large = films.folder / "The_great.film.mp4"
    size = BYTES - len(small)
    large.write_bytes(small + struct.pack(">I4s", size, b"free") + random.Random(7).randbytes(size - 8))
    return large


@pytest.fixture
async def server(environ: dict[str, str], port: int, tmp_path: Path) -> AsyncIterator[Server]:
    started = Server(environ, port, tmp_path / "web.log")
    await started.start()
    yield started
    await started.stop()


@pytest.fixture
async def proxy(server: Server) -> AsyncIterator[Proxy]:
    started = Proxy(server.port)
    await started.start()
    yield started
    await started.stop()


@pytest.fixture
def api(proxy: Proxy) -> str:
    """The browser connects through the proxy."""
    return proxy.address


@pytest.fixture
def console_errors(page: Page) -> list[str]:
    """Errors in the console, except network errors of the proxy, and the 409 for a request that the browser repeats
    by itself."""
    errors: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        url = message.location.get("url", "")
        is_expected = "net::ERR_" in message.text or ("/uploads/" in url and "status of 409" in message.text)
        if message.type == "error" and not is_expected:
            errors.append(f"{message.text} ({url})")

    page.on("console", listen)
    return errors


@pytest.fixture
def offsets(page: Page) -> list[int]:
    """The offsets of the requests of an upload; -1 for its creation."""
    seen: list[int] = []

    def record(request: Request) -> None:
        if "/uploads/" in request.url and request.method in ("POST", "PATCH"):
            seen.append(int(request.headers.get("upload-offset", -1)))

    page.on("request", record)
    return seen


async def test_the_life_cycle_of_a_video(
    worker: None,
    server: Server,
    proxy: Proxy,
    page: Page,
    log_in: LogIn,
    console_errors: list[str],
    offsets: list[int],
    film: Path,
    storage: Media,
    tmp_path: Path,
) -> None:
    await log_in("/admin/#/videos")
    await _go(page, "Upload")
    proxy.breaks = [proxy.sent + sent for sent in BREAKS]
    await _upload(page, film, proxy, server)
    assert proxy.breaks == []
    assert offsets[:2] == [-1, 0]
    assert offsets == sorted(offsets)  # it was resumed and not restarted
    assert offsets[-1] > BREAKS[0] / 2
    await _wait_until_ready(page, film)
    original = await asyncio.to_thread(storage.original(1).read_bytes)
    assert original == film.read_bytes()
    await _play(page)
    await _edit(page)
    await _replace_thumbnail(page)
    assert await accessibility_violations(page) == []
    await _go(page, "Videos")
    await _filter(page)
    await _go(page, "Import")
    await _export(page, tmp_path)
    await _go(page, "Videos")
    await _delete(page)
    assert not storage.original(1).exists()
    assert console_errors == []


async def _go(page: Page, name: str) -> None:
    await page.get_by_role("banner").get_by_role("link", name=name, exact=True).click()


def _card(page: Page, film: Path) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=film.name))


async def _upload(page: Page, film: Path, proxy: Proxy, server: Server) -> None:
    """Edit the metadata during an upload with a pause, two broken connections, a reload and a server restart."""
    start = proxy.sent
    await page.get_by_label("Choose video files").set_input_files(film)
    card = _card(page, film)
    state = card.get_by_role("status")
    await expect(card.get_by_label("Title", exact=True)).to_have_value("The great film")
    await card.get_by_text("Title, category, description").click()
    await card.get_by_label("Category").fill("Drama")
    await card.get_by_label("Category").press("Tab")
    await expect(card.get_by_text(re.compile(r"[1-9]\S* MB of 50 MB, .*/s, .* left"))).to_be_visible()
    await card.get_by_role("button", name="Pause").click()
    await expect(state).to_have_text("Paused.")
    assert await accessibility_violations(page) == []
    await card.get_by_role("button", name="Resume").click()
    await proxy.until(start + RELOAD)
    await page.reload()
    await expect(state).to_have_text(re.compile("Started earlier"))
    await expect(card.get_by_label("Category")).to_have_value("Drama")
    await card.get_by_label("Choose the same file").set_input_files(film)
    await proxy.until(start + RESTART)
    proxy.flows.clear()  # or the upload would finish while the server stops
    await server.stop()
    await server.start()
    proxy.flows.set()
    await expect(state).to_have_text("Uploaded.")


async def _wait_until_ready(page: Page, film: Path) -> None:
    card = _card(page, film)
    await expect(card.get_by_role("progressbar", name="encoded")).to_be_visible()
    await expect(card.get_by_text("Ready")).to_be_visible()
    assert await accessibility_violations(page) == []
    await card.get_by_role("link", name="The great film").click()


async def _play(page: Page) -> None:
    video = page.locator("video")
    async with asyncio.timeout(90):
        while await video.evaluate("(video) => video.readyState") < 2:
            await asyncio.sleep(0.05)
        await video.evaluate("(video) => Object.assign(video, { muted: true }).play()")
        while await video.evaluate("(video) => video.currentTime") < 1:
            await asyncio.sleep(0.05)
    await video.evaluate("(video) => video.pause()")


async def _edit(page: Page) -> None:
    async with page.expect_response(lambda answer: "What happens" in (answer.request.post_data or "")):
        await page.get_by_label("Title", exact=True).fill(TITLE)
        await page.get_by_label("Description").fill("What happens")
        await page.get_by_role("button", name="Save").click()
    await page.reload()
    await expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    await expect(page.get_by_label("Category")).to_have_value("Drama")
    await expect(page.get_by_label("Description")).to_have_value("What happens")


async def _replace_thumbnail(page: Page) -> None:
    thumbnail = page.get_by_alt_text("Current thumbnail")
    before = await thumbnail.get_attribute("src")
    await page.get_by_role("radio", name="Frame 1").check()
    await page.get_by_role("button", name="Use selected frame").click()
    await expect(page.get_by_text("The thumbnail has been replaced.")).to_be_visible()
    assert await thumbnail.get_attribute("src") != before
    assert await thumbnail.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 0


async def _filter(page: Page) -> None:
    row = page.get_by_role("row").filter(has_text=TITLE)
    await page.get_by_label("Search").fill("nothing like it")
    await expect(row).to_have_count(0)
    await page.get_by_label("Search").fill("better")
    await page.get_by_label("Status").select_option("ready")
    await page.get_by_label("Category").select_option("Drama")
    await expect(row).to_have_count(1)
    await expect(row).to_contain_text("480p")
    await page.reload()
    await expect(row).to_have_count(1)
    assert "status=ready" in page.url


async def _export(page: Page, folder: Path) -> None:
    async with page.expect_download() as started:
        await page.get_by_role("link", name="CSV").click()
    table = folder / "library.csv"
    await (await started.value).save_as(table)
    assert TITLE in table.read_text("utf-8-sig")


async def _delete(page: Page) -> None:
    await page.get_by_role("checkbox", name=re.compile("better")).check()
    await page.get_by_role("button", name="Delete…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name="Delete…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.get_by_text("There are no videos yet.")).to_be_visible()
