"""The library and the uploads in a browser: what is refused, and that everybody can use them."""

import asyncio
import random
import re
import struct
import zlib
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import FilePayload, Page, Route, ViewportSize, expect

from tests.admin.browser.test_shell import DESKTOP, PHONE
from tests.films import Films
from tests.fixtures.admin_pages import LogIn, accessibility_violations
from tests.fixtures.encoding import Bring, Wait
from tests.fixtures.published import Publish
from videoflix.storage.local import Storage

DROP = """(words) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([words], "letter.mp4"));
  document.querySelector(".drop").dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
}"""


async def test_what_is_no_film_is_refused_at_its_place(page: Page, log_in: LogIn) -> None:
    await log_in("/admin/#/upload")
    await expect(page.get_by_label("Choose films")).to_be_attached()
    await page.evaluate(DROP, "Dear Ada, this is no film.")
    card = page.get_by_role("listitem").filter(has_text="letter.mp4")
    await expect(card.get_by_role("status")).to_have_text(re.compile(r"Refused\. \w"))
    assert await accessibility_violations(page) == []
    await card.get_by_role("button", name="Remove").click()
    await expect(card).to_have_count(0)
    await page.reload()
    await expect(card).to_have_count(0)


async def test_noise_that_is_called_a_film_leaves_nothing(page: Page, log_in: LogIn, storage: Storage) -> None:
    await log_in("/admin/#/upload")
    noise: FilePayload = {"name": "film.mp4", "mimeType": "video/mp4", "buffer": random.Random(1).randbytes(60_000)}
    await page.get_by_label("Choose films").set_input_files([noise])
    card = page.get_by_role("listitem").filter(has_text="film.mp4")
    await expect(card.get_by_role("status")).to_have_text(re.compile(r"Refused\. The file cannot be read as a film"))
    assert storage.uploads() == storage.originals() == []


async def test_a_film_that_is_here_is_told_before_it_is_sent(
    page: Page, log_in: LogIn, films: Films, bring: Bring, storage: Storage
) -> None:
    film = films.make()
    await bring(film)
    await log_in("/admin/#/upload")
    choose = page.get_by_label("Choose films")
    statuses = page.get_by_role("listitem").get_by_role("status")
    await choose.set_input_files(film)
    await expect(statuses).to_have_text("Refused. This film is in the library already: “Film” (video 1).")
    await page.get_by_label("also those that are in the library already").check()
    await choose.set_input_files(film)
    await expect(statuses.first).to_have_text("Arrived.")
    assert len(storage.originals()) == 2


async def test_who_pauses_before_an_upload_is_announced_has_it_announced_when_it_goes_on(
    page: Page, log_in: LogIn, films: Films
) -> None:
    asked, go_on, announced = asyncio.Event(), asyncio.Event(), list[str]()

    async def hold(route: Route) -> None:
        asked.set()
        await go_on.wait()
        await route.continue_()

    await log_in("/admin/#/upload")
    await expect(page.get_by_label("Choose films")).to_be_attached()
    await page.route("**/api/me/", hold)
    page.on("request", lambda sent: announced.append(sent.url) if sent.method == "POST" else None)
    await page.get_by_label("Choose films").set_input_files(films.make())
    card = page.get_by_role("listitem").filter(has_text="film.mp4")
    async with asyncio.timeout(60):
        await asked.wait()
    await card.get_by_role("button", name="Pause").click()
    async with page.expect_response("**/api/me/"):
        go_on.set()
    await asyncio.sleep(0.5)  # whatever comes of the answer
    await expect(card.get_by_role("status")).to_have_text("Paused.")
    assert announced == []
    await card.get_by_role("button", name="Continue").click()
    await expect(card.get_by_role("status")).to_have_text("Arrived.")
    assert len(announced) == 1


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_everybody_can_use_the_library(
    page: Page, log_in: LogIn, publish: Publish, size: ViewportSize, scheme: Literal["dark", "light"]
) -> None:
    video_id = await publish("A title that is as long as the titles of films are now and then")
    await page.set_viewport_size(size)
    await page.emulate_media(color_scheme=scheme)
    await log_in()
    await page.get_by_role("checkbox", name="Tick A title").check()
    await expect(page.get_by_role("button", name="Delete…")).to_be_visible()
    await _check(page)
    await page.goto(f"/admin/#/videos/{video_id}")
    await expect(page.get_by_label("Title", exact=True)).to_have_value(re.compile("A title"))
    await _check(page)


async def _check(page: Page) -> None:
    assert await accessibility_violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_several_videos_are_changed_at_once(page: Page, log_in: LogIn, publish: Publish) -> None:
    for title in ("Alien", "Heat", "Big"):
        await publish(title)
    await log_in()
    for title in ("Alien", "Heat"):
        await page.get_by_role("checkbox", name=f"Tick {title}").check()
    await page.get_by_role("button", name="Category…").click()
    await page.get_by_role("dialog").get_by_label("Category").fill("Thriller")
    await page.keyboard.press("Enter")
    for title, category in (("Alien", "Thriller"), ("Heat", "Thriller"), ("Big", "Drama")):
        row = page.get_by_role("row").filter(has_text=title)
        await expect(row.get_by_role("cell", name=category)).to_be_visible()


async def test_a_title_that_is_refused_is_told_at_its_field(page: Page, log_in: LogIn, publish: Publish) -> None:
    await log_in(f"/admin/#/videos/{await publish('Alien')}")
    title = page.get_by_label("Title", exact=True)
    await title.fill("   ")
    await title.press("Tab")
    await expect(title).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_role("heading", name="Alien")).to_be_visible()


def _png(width: int, height: int) -> bytes:
    """A red picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\xff\0\0" * width) * height
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


async def test_a_picture_is_taken_from_the_film_or_from_a_file(
    worker: None, bring: Bring, page: Page, log_in: LogIn, films: Films, tmp_path: Path
) -> None:
    own = tmp_path / "red.png"  # which many an ffmpeg cannot read
    own.write_bytes(_png(320, 180))
    await log_in(f"/admin/#/videos/{await bring(films.make())}")
    picture = page.get_by_alt_text("The picture now")
    await expect(picture).to_have_attribute("src", re.compile(r"\?v="))  # it comes after the film
    for how in ("frame", "file"):
        before = await picture.get_attribute("src") or ""
        if how == "frame":
            await page.get_by_role("button", name="Use the frame of the preview").click()
        else:
            await page.get_by_label("Take a file…").set_input_files(own)
        await expect(picture).not_to_have_attribute("src", before)
    await expect(page.get_by_text("The picture has been replaced.")).to_be_visible()


async def test_a_film_is_replaced(
    worker: None, bring: Bring, wait: Wait, page: Page, log_in: LogIn, films: Films
) -> None:
    video_id = await bring(films.make())
    await wait(video_id)
    await log_in(f"/admin/#/videos/{video_id}")
    await page.get_by_label("Replace the film…").set_input_files(films.make("other.mp4", seconds=5))
    await page.get_by_role("dialog").get_by_role("button", name="Replace").click()
    card = page.get_by_role("listitem").filter(has_text="other.mp4")
    await expect(card.get_by_role("status")).to_have_text("Arrived.")
    await card.get_by_role("link", name="Film").click()
    await expect(page.get_by_role("definition").filter(has_text=re.compile(r"^0:05$"))).to_be_visible()
    await expect(page.get_by_text("Ready", exact=True)).to_be_visible()
