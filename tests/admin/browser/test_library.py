"""The library and uploads in a browser: rejected files, thumbnails, editing, and accessibility."""

import asyncio
import random
import re
import struct
import zlib
from pathlib import Path

from playwright.async_api import FilePayload, Page, Route, expect

from tests.films import Films
from tests.fixtures.admin_pages import LogIn, accessibility_violations, check_looks
from tests.fixtures.encoding import Bring, Wait
from tests.fixtures.media import Media
from tests.fixtures.published import Publish
from tests.fixtures.services import EMAIL

DROP = """(text) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([text], "letter.mp4"));
  document.querySelector(".drop").dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
}"""

# Whether the browser would ask before it closes the tab.
WARNS = """() => {
  const event = new Event("beforeunload", { cancelable: true });
  dispatchEvent(event);
  return event.defaultPrevented;
}"""


async def test_a_file_that_is_not_a_video_is_rejected(page: Page, log_in: LogIn) -> None:
    await log_in("/admin/#/upload")
    await expect(page.get_by_label("Choose video files")).to_be_attached()
    await page.evaluate(DROP, "Dear Ada, this is not a video.")
    card = page.get_by_role("listitem").filter(has_text="letter.mp4")
    await expect(card.get_by_role("status")).to_have_text(re.compile(r"Rejected\. \w"))
    assert await accessibility_violations(page) == []
    await card.get_by_role("button", name="Remove").click()
    await expect(card).to_have_count(0)
    await page.reload()
    await expect(card).to_have_count(0)


async def test_a_rejected_file_is_not_stored(page: Page, log_in: LogIn, storage: Media) -> None:
    await log_in("/admin/#/upload")
    noise: FilePayload = {"name": "film.mp4", "mimeType": "video/mp4", "buffer": random.Random(1).randbytes(60_000)}
    await page.get_by_label("Choose video files").set_input_files([noise])
    card = page.get_by_role("listitem").filter(has_text="film.mp4")
    await expect(card.get_by_role("status")).to_have_text(re.compile(r"Rejected\. The file cannot be read as a film"))
    assert storage.uploads() == storage.originals() == []


async def test_a_duplicate_is_rejected_before_it_is_sent(
    page: Page, log_in: LogIn, films: Films, bring: Bring, storage: Media
) -> None:
    film = films.make()
    await bring(film)
    # as on a server at home without HTTPS
    await page.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
    await log_in("/admin/#/upload")
    choose = page.get_by_label("Choose video files")
    statuses = page.get_by_role("listitem").get_by_role("status")
    await choose.set_input_files(film)
    await expect(statuses).to_have_text("Rejected. This film is already in the library: “Film” (video 1).")
    await page.get_by_label("Also upload files that are already in the library").check()
    await choose.set_input_files(film)
    await expect(statuses.first).to_have_text("Uploaded.")
    assert len(storage.originals()) == 2


async def test_an_upload_paused_before_its_creation_is_created_when_resumed(
    page: Page, log_in: LogIn, films: Films
) -> None:
    requested, release, created = asyncio.Event(), asyncio.Event(), list[str]()

    async def delay(route: Route) -> None:
        requested.set()
        await release.wait()
        await route.continue_()

    await log_in("/admin/#/upload")
    await expect(page.get_by_label("Choose video files")).to_be_attached()
    await page.route("**/api/me/", delay)
    page.on("request", lambda request: created.append(request.url) if request.method == "POST" else None)
    await page.get_by_label("Choose video files").set_input_files(films.make())
    card = page.get_by_role("listitem").filter(has_text="film.mp4")
    async with asyncio.timeout(60):
        await requested.wait()
    await expect(page.get_by_role("link", name="1 upload")).to_be_visible()
    assert await page.evaluate(WARNS)
    await card.get_by_role("button", name="Pause").click()
    async with page.expect_response("**/api/me/"):
        release.set()
    await asyncio.sleep(0.5)  # time for an unwanted request
    await expect(card.get_by_role("status")).to_have_text("Paused.")
    await expect(page.get_by_role("link", name="1 upload")).to_be_hidden()
    assert not await page.evaluate(WARNS)
    assert created == []
    await card.get_by_role("button", name="Resume").click()
    await expect(card.get_by_role("status")).to_have_text("Uploaded.")
    assert len(created) == 1


async def test_the_library_is_accessible(page: Page, log_in: LogIn, admin: int, publish: Publish) -> None:
    video_id = await publish("A title that is as long as the titles of films are now and then")
    await log_in("/admin/#/videos")
    await page.get_by_role("checkbox", name="Select A title").check()
    await expect(page.get_by_role("button", name="Delete…")).to_be_visible()
    await check_looks(page)
    await page.goto(f"/admin/#/videos/{video_id}")
    await expect(page.get_by_label("Title", exact=True)).to_have_value(re.compile("A title"))
    await check_looks(page)
    made = await page.request.post("/api/admin/series/", data={"title": "Long title of a series " * 5})
    series_id = (await made.json())["id"]
    await page.request.post(f"/api/admin/series/{series_id}/episodes/", data={"ids": [video_id]})
    for path in ("series", f"series/{series_id}"):
        await page.goto(f"/admin/#/{path}")
        await expect(page.get_by_text("Long title of a series").first).to_be_visible()
        await check_looks(page)
    made = await page.request.post("/api/admin/groups/", data={"name": "Long name of a group " * 4})
    group_id = (await made.json())["id"]
    await page.request.patch(f"/api/admin/groups/{group_id}/members/", data={"add": [admin]})
    await page.request.post("/api/admin/guest-links/", data={"series_id": series_id, "note": "For a guest"})
    for path, text in (
        ("groups", "Long name of a group"),
        (f"groups/{group_id}", EMAIL),
        ("guests", "For a guest"),
        ("statistics", "Member"),
        (f"statistics/videos/{video_id}", "Nothing was watched yet."),
    ):
        await page.goto(f"/admin/#/{path}")
        await expect(page.locator("main").get_by_text(text).first).to_be_visible()
        await check_looks(page)


async def test_several_videos_are_changed_together(page: Page, log_in: LogIn, publish: Publish) -> None:
    for title in ("Alien", "Heat", "Big"):
        await publish(title)
    await log_in("/admin/#/videos")
    for title in ("Alien", "Heat"):
        await page.get_by_role("checkbox", name=f"Select {title}").check()
    await expect(page.get_by_role("button", name="Try again")).to_have_count(0)  # nothing has failed
    await page.get_by_role("button", name="Category…").click()
    await page.get_by_role("dialog").get_by_label("Category").fill("Thriller")
    await page.keyboard.press("Enter")
    for title, category in (("Alien", "Thriller"), ("Heat", "Thriller"), ("Big", "Drama")):
        row = page.get_by_role("row").filter(has_text=title)
        await expect(row.get_by_role("cell", name=category)).to_be_visible()

    # they become a series, and are put in order
    await page.get_by_role("navigation").get_by_role("link", name="Series").click()
    await page.get_by_role("button", name="New series…").click()
    await page.get_by_role("dialog").get_by_label("Title").fill("Night")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Night")).to_be_visible()
    for title in ("Alien", "Heat", "Big"):
        await page.get_by_role("checkbox", name=f"Select {title}").check()
    await page.get_by_role("button", name="Add to the series").click()
    order = page.get_by_role("listitem").locator("p > a")
    await expect(order).to_have_text(["Alien", "Heat", "Big"])
    up = page.get_by_role("button", name="Move up: Big")
    await up.focus()
    await page.keyboard.press("Enter")
    await expect(order).to_have_text(["Alien", "Big", "Heat"])
    await expect(up).to_be_focused()
    await (
        page.get_by_role("listitem")
        .filter(has_text="Heat")
        .locator(".handle")
        .drag_to(page.get_by_role("listitem").filter(has_text="Alien"), target_position={"x": 100, "y": 5})
    )
    await expect(order).to_have_text(["Heat", "Alien", "Big"])
    await page.get_by_label("Season of Heat").fill("0")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("heading", name="Specials")).to_be_visible()
    await page.get_by_role("button", name="Remove from the series: Big").click()
    await expect(order).to_have_text(["Heat", "Alien"])
    await page.get_by_role("button", name="Delete…").click()
    await page.get_by_role("button", name="Delete the series and keep 2 videos").click()
    await expect(page.get_by_text("There are no series yet.")).to_be_visible()


async def test_an_invalid_title_is_reported_at_its_field(page: Page, log_in: LogIn, publish: Publish) -> None:
    await log_in(f"/admin/#/videos/{await publish('Alien')}")
    title = page.get_by_label("Title", exact=True)
    await title.fill("   ")
    await title.press("Tab")
    await expect(title).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_role("heading", name="Alien")).to_be_visible()


def _png(width: int, height: int) -> bytes:
    """A red image."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\xff\0\0" * width) * height
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


async def test_a_thumbnail_is_taken_from_the_preview_or_from_a_file(
    worker: None, bring: Bring, page: Page, log_in: LogIn, films: Films, tmp_path: Path
) -> None:
    image = tmp_path / "red.png"  # some builds of ffmpeg cannot read PNG
    image.write_bytes(_png(320, 180))
    await log_in(f"/admin/#/videos/{await bring(films.make())}")
    thumbnail = page.get_by_alt_text("Current thumbnail")
    await expect(thumbnail).to_have_attribute("src", re.compile(r"\?v="))  # it is created after the video
    for source in ("frame", "file"):
        before = await thumbnail.get_attribute("src") or ""
        if source == "frame":
            await page.get_by_role("button", name="Use preview frame").click()
        else:
            await page.get_by_label("Upload an image…").set_input_files(image)
        await expect(thumbnail).not_to_have_attribute("src", before)
    await expect(page.get_by_text("The thumbnail has been replaced.")).to_be_visible()


async def test_the_file_of_a_video_is_replaced(
    worker: None, bring: Bring, wait: Wait, page: Page, log_in: LogIn, films: Films
) -> None:
    video_id = await bring(films.make())
    await wait(video_id)
    await log_in(f"/admin/#/videos/{video_id}")
    await page.get_by_label("Replace video file…").set_input_files(films.make("other.mp4", seconds=5))
    await page.get_by_role("dialog").get_by_role("button", name="Replace").click()
    card = page.get_by_role("listitem").filter(has_text="other.mp4")
    await expect(card.get_by_role("status")).to_have_text("Uploaded.")
    await card.get_by_role("link", name="Film").click()
    await expect(page.get_by_role("definition").filter(has_text=re.compile(r"^0:05$"))).to_be_visible()
    await expect(page.get_by_text("Ready", exact=True)).to_be_visible()
