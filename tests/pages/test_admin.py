"""The admin pages in a real browser: the whole round of a film, and that everyone can use every page."""

import asyncio
import hashlib
import random
import re
import struct
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.films import Films
from tests.pages.conftest import Line, Site, Visit
from tests.web.conftest import MakeUser, Publish
from videoflix.storage import Storage

BYTES = 50_000_000
# Where the line breaks; the reload and the restart are between these and the end.
BREAKS = [8_000_000, 20_000_000]
RELOAD, RESTART = 26_000_000, 38_000_000
ROUTES = ("videos", "upload", "users", "jobs", "import", "audit")

expect.set_options(timeout=30_000)


@pytest.fixture
def film(films: Films) -> Path:
    """One that is long to send and short to encode: most of it is a box that players pass over."""
    small = films.make("The_great.film.mp4", size="854x480", seconds=8).read_bytes()
    large = films.folder / "The_great.film.mp4"
    size = BYTES - len(small)
    large.write_bytes(small + struct.pack(">I4s", size, b"free") + random.Random(7).randbytes(size - 8))
    return large


async def test_a_film_goes_its_whole_round(
    worker: None, site: Site, line: Line, visit: Visit, film: Path, storage: Storage, tmp_path: Path
) -> None:
    visitor = await visit(line.address)
    page = visitor.page
    await visitor.check()

    line.breaks = [line.sent + place for place in BREAKS]
    begun = line.sent
    await _upload(page, film, line, site, begun)
    await visitor.check()
    assert line.breaks == []
    assert line.sent - begun < 1.3 * BYTES  # it went on, and did not begin again

    card = _card(page, film)
    await expect(card.get_by_role("progressbar", name="encoded")).to_be_visible()
    await expect(card.get_by_text("Ready")).to_be_visible()
    original = await asyncio.to_thread(storage.original(1).read_bytes)
    assert hashlib.sha256(original).digest() == hashlib.sha256(film.read_bytes()).digest()

    await card.get_by_role("link", name="The great film").click()
    await _watch(page)
    await _edit(page)
    await _replace_picture(page)
    await visitor.check()
    await visitor.go("Videos")
    await _filter(page)
    await visitor.go("Import")
    await _export(page, tmp_path)
    await visitor.go("Videos")
    await _delete(page)
    assert not storage.original(1).exists()
    await page.get_by_role("button", name="Log out").click()
    await page.get_by_role("heading", name="Log in").wait_for()
    await visitor.check()
    assert visitor.complaints == []


def _card(page: Page, film: Path) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=film.name))


async def _upload(page: Page, film: Path, line: Line, site: Site, begun: int) -> None:
    """Described on its way, paused, twice cut off, once reloaded, and once the server is restarted."""
    await page.get_by_role("banner").get_by_role("link", name="Upload").click()
    await page.get_by_label("Choose films").set_input_files(film)
    card = _card(page, film)
    state = card.get_by_role("status")
    await expect(card.get_by_label("Title")).to_have_value("The great film")
    await card.get_by_label("Category").fill("Drama")
    await card.get_by_label("Category").press("Tab")
    await expect(card.get_by_text(re.compile(r"[1-9]\S* MB of 50 MB, .*/s, .* left"))).to_be_visible()
    await card.get_by_role("button", name="Pause").click()
    await expect(state).to_have_text("Paused.")
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


async def _watch(page: Page) -> None:
    await page.evaluate("() => Object.assign(document.querySelector('video'), { muted: true }).play()")
    await page.wait_for_function("document.querySelector('video').currentTime > 1")
    await page.evaluate("document.querySelector('video').pause()")


async def _edit(page: Page) -> None:
    async with page.expect_response(lambda answer: "What happens" in (answer.request.post_data or "")):
        await page.get_by_label("Title").fill("A <b>better</b> title")
        await page.get_by_label("Description").fill("What happens")
        await page.get_by_role("button", name="Save").click()
    await page.reload()
    await expect(page.get_by_role("heading", name="A <b>better</b> title")).to_be_visible()
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
    row = page.get_by_role("row").filter(has_text="A <b>better</b> title")
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
    assert "A <b>better</b> title" in table.read_text("utf-8-sig")


async def _delete(page: Page) -> None:
    await page.get_by_role("checkbox", name=re.compile("better")).check()
    await page.get_by_role("button", name="Delete…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name="Delete…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.get_by_text("There is no video yet.")).to_be_visible()


async def test_what_is_no_film_is_refused_at_its_place(worker: None, here: str, visit: Visit) -> None:
    visitor = await visit(here)
    page = visitor.page
    await visitor.go("Upload")
    await page.evaluate(
        """() => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File(["This is no film."], "letter.mp4"));
            document.querySelector(".drop").dispatchEvent(new DragEvent("drop", { dataTransfer }));
        }"""
    )
    card = _card(page, Path("letter.mp4"))
    await expect(card.get_by_role("status")).to_have_text(re.compile(r"Refused\. \S"))
    await visitor.check()
    await card.get_by_role("button", name="Remove").click()
    await expect(card).to_have_count(0)


async def test_everyone_can_use_every_page(here: str, visit: Visit, publish: Publish, make_user: MakeUser) -> None:
    """By day and by night, on a desk and on a phone; and nothing reaches beyond the edge."""
    video_id = await publish("A title that is as long as the titles of films are now and then")
    await make_user("bob.with.a.rather.long.address@films.example.org")
    visitor = await visit(here)
    for width, scheme in ((1280, "dark"), (360, "light")):
        await visitor.page.set_viewport_size({"width": width, "height": 740})
        await visitor.page.emulate_media(color_scheme=scheme)
        for route in (*ROUTES, f"videos/{video_id}"):
            await visitor.page.goto(f"{here}/admin/#/{route}")
            await visitor.page.reload()
            await visitor.page.wait_for_load_state("networkidle")
            await visitor.check()
            assert await visitor.page.evaluate("document.documentElement.scrollWidth") <= width, route
    assert visitor.complaints == []
