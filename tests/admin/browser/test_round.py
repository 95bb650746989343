"""A film goes its whole round through the admin pages, over a bad line, in a real browser."""

import asyncio
import random
import re
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import ConsoleMessage, Locator, Page, Request, expect

from tests.admin.browser.wire import Line, Site
from tests.films import Films
from tests.fixtures.admin_pages import LogIn, accessibility_violations
from videoflix.storage.local import Storage

BYTES = 50_000_000
# Where the line breaks; where the page is reloaded; where the server is restarted.
BREAKS, RELOAD, RESTART = (8_000_000, 20_000_000), 26_000_000, 38_000_000
TITLE = "A <b>better</b> title"


@pytest.fixture
def film(films: Films) -> Path:
    """One that is long to send and short to encode: most of it is a box that players pass over."""
    small = films.make("The_great.film.mp4", size="854x480", seconds=8).read_bytes()
    large = films.folder / "The_great.film.mp4"
    size = BYTES - len(small)
    large.write_bytes(small + struct.pack(">I4s", size, b"free") + random.Random(7).randbytes(size - 8))
    return large


@pytest.fixture
async def site(environ: dict[str, str], port: int, tmp_path: Path) -> AsyncIterator[Site]:
    started = Site(environ, port, tmp_path / "web.log")
    await started.start()
    yield started
    await started.stop()


@pytest.fixture
async def line(site: Site) -> AsyncIterator[Line]:
    laid = Line(site.port)
    await laid.start()
    yield laid
    await laid.stop()


@pytest.fixture
def api(line: Line) -> str:
    """The browser knows the server by the line's address."""
    return line.address


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the console complains about, but for what the line has done: connections that broke, and the 409 for what
    a browser then sends again by itself."""
    told: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        place = message.location.get("url", "")
        is_line = "net::ERR_" in message.text or ("/uploads/" in place and "status of 409" in message.text)
        if message.type == "error" and not is_line:
            told.append(f"{message.text} ({place})")

    page.on("console", listen)
    return told


@pytest.fixture
def offsets(page: Page) -> list[int]:
    """Where each part of an upload begins; -1 for the beginning of a new one."""
    seen: list[int] = []

    def look(request: Request) -> None:
        if "/uploads/" in request.url and request.method in ("POST", "PATCH"):
            seen.append(int(request.headers.get("upload-offset", -1)))

    page.on("request", look)
    return seen


async def test_a_film_goes_its_whole_round(
    worker: None,
    site: Site,
    line: Line,
    page: Page,
    log_in: LogIn,
    complaints: list[str],
    offsets: list[int],
    film: Path,
    storage: Storage,
    tmp_path: Path,
) -> None:
    await log_in()
    await _go(page, "Upload")
    line.breaks = [line.sent + place for place in BREAKS]
    await _upload(page, film, line, site)
    assert line.breaks == []
    assert offsets[:2] == [-1, 0]
    assert offsets == sorted(offsets)  # it went on, and did not begin again
    assert offsets[-1] > BREAKS[0] / 2
    await _see_it_made(page, film)
    original = await asyncio.to_thread(storage.original(1).read_bytes)
    assert original == film.read_bytes()
    await _watch(page)
    await _edit(page)
    await _replace_picture(page)
    assert await accessibility_violations(page) == []
    await _go(page, "Videos")
    await _filter(page)
    await _go(page, "Import")
    await _export(page, tmp_path)
    await _go(page, "Videos")
    await _delete(page)
    assert not storage.original(1).exists()
    assert complaints == []


async def _go(page: Page, name: str) -> None:
    await page.get_by_role("banner").get_by_role("link", name=name, exact=True).click()


def _card(page: Page, film: Path) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=film.name))


async def _upload(page: Page, film: Path, line: Line, site: Site) -> None:
    """Described on its way, paused, twice cut off, once reloaded, and once the server is restarted."""
    begun = line.sent
    await page.get_by_label("Choose films").set_input_files(film)
    card = _card(page, film)
    state = card.get_by_role("status")
    await expect(card.get_by_label("Title", exact=True)).to_have_value("The great film")
    await card.get_by_label("Category").fill("Drama")
    await card.get_by_label("Category").press("Tab")
    await expect(card.get_by_text(re.compile(r"[1-9]\S* MB of 50 MB, .*/s, .* left"))).to_be_visible()
    await card.get_by_role("button", name="Pause").click()
    await expect(state).to_have_text("Paused.")
    assert await accessibility_violations(page) == []
    await card.get_by_role("button", name="Continue").click()
    await line.until(begun + RELOAD)
    await page.reload()
    await expect(state).to_have_text(re.compile("Begun earlier"))
    await expect(card.get_by_label("Category")).to_have_value("Drama")
    await card.get_by_label("Choose the same file").set_input_files(film)
    await line.until(begun + RESTART)
    line.flows.clear()  # or all of it would arrive while the server stops
    await site.stop()
    await site.start()
    line.flows.set()
    await expect(state).to_have_text("Arrived.")


async def _see_it_made(page: Page, film: Path) -> None:
    card = _card(page, film)
    await expect(card.get_by_role("progressbar", name="encoded")).to_be_visible()
    await expect(card.get_by_text("Ready")).to_be_visible()
    assert await accessibility_violations(page) == []
    await card.get_by_role("link", name="The great film").click()


async def _watch(page: Page) -> None:
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


async def _replace_picture(page: Page) -> None:
    picture = page.get_by_alt_text("The picture now")
    before = await picture.get_attribute("src")
    await page.get_by_role("radio", name="Picture 1").check()
    await page.get_by_role("button", name="Use the chosen picture").click()
    await expect(page.get_by_text("The picture has been replaced.")).to_be_visible()
    assert await picture.get_attribute("src") != before
    assert await picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 0


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
    await expect(page.get_by_text("There is no video yet.")).to_be_visible()
