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
from videoflix.db.pool import Database

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
    await log_in("/admin/#/upload")
    choose = page.get_by_label("Choose video files")
    statuses = page.get_by_role("listitem").get_by_role("status")
    await choose.set_input_files(film)
    await expect(statuses).to_have_text("Rejected. This film is already in the library: “Film” (video 1).")
    await expect(page.get_by_role("link", name="Show the video")).to_have_attribute("href", "#/videos/1")
    await page.get_by_label("Category for all").fill("Drama")
    await page.get_by_label("Also upload files that are already in the library").check()
    await choose.set_input_files(film)
    await expect(statuses.first).to_have_text("Uploaded.")
    assert len(storage.originals()) == 2
    card = page.get_by_role("listitem").first
    assert await card.evaluate("(card) => card.offsetHeight") < 100
    await page.get_by_label("Category for all").fill("Family")
    await page.get_by_label("Category for all").press("Tab")
    await expect(page.get_by_text("The category of 1 upload has been changed.")).to_be_visible()
    await card.get_by_text("Title, category, description").click()
    await expect(card.get_by_label("Category")).to_have_value("Family")
    assert (await (await page.request.get("/api/admin/videos/2/")).json())["category"] == "Family"


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


async def test_captions_are_dropped_corrected_read_and_deleted(page: Page, log_in: LogIn, publish: Publish) -> None:
    await log_in(f"/admin/#/videos/{await publish('Alien')}")
    card = page.get_by_role("region", name="Captions")
    await expect(card.get_by_text("Drop SRT or WebVTT files")).to_be_visible()
    await card.locator("input[type=file]").set_input_files(
        [
            _captions("Alien.deu.forced.srt", "1\n00:00:01,000 --> 00:00:02,000\n<i>Guten</i> Tag\n"),
            _captions("commentary.vtt", "WEBVTT\n\n01:05.000 --> 01:07.000\nHello\n"),
            _captions("empty.srt", ""),
        ]
    )
    await expect(page.get_by_text("2 caption files added.")).to_be_visible()
    await expect(page.get_by_role("alert")).to_contain_text("empty.srt: ")
    await expect(card.get_by_label("Language of Deutsch (forced)")).to_have_value("de")
    await card.get_by_label("Language of Subtitles").select_option("English")
    await card.get_by_label("Kind of English").select_option("For the hard of hearing")
    await expect(card.get_by_role("button", name="Preview English (SDH)")).to_be_visible()
    await card.get_by_role("button", name="Preview Deutsch (forced)").click()
    cue = page.get_by_role("dialog").get_by_role("listitem")
    await expect(cue).to_have_text("0:01Guten Tag")
    await expect(cue.locator("i")).to_have_text("Guten")
    assert await accessibility_violations(page) == []
    await page.get_by_role("button", name="Done").click()
    await card.get_by_role("button", name="Delete English (SDH)…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(card.get_by_role("listitem")).to_have_count(1)


def _captions(name: str, text: str) -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": text.encode()}


async def test_what_the_filters_leave_is_changed_together(page: Page, log_in: LogIn, database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO videos (title, description, category) "
            "SELECT 'Film ' || n, '', CASE WHEN n <= 120 THEN 'Family' ELSE 'Drama' END "
            "FROM generate_series(1, 505) AS n"
        )
    await log_in("/admin/#/videos?category=Family&sort=title")
    everything = page.get_by_label("Select all on this page")
    boxes = page.get_by_role("row").get_by_role("checkbox")
    await expect(page.get_by_text("120 videos", exact=True)).to_be_visible()
    await boxes.nth(3).click()
    await boxes.nth(6).click(modifiers=["Shift"])
    await expect(page.get_by_text("4 videos selected")).to_be_visible()
    await everything.check()
    await page.get_by_role("button", name="Select all 120 that match").click()
    await expect(page.get_by_text("120 videos selected")).to_be_visible()
    await page.get_by_role("button", name="Category…").click()
    await page.get_by_role("dialog", name="Category of 120 videos").get_by_label("Category").fill("Old")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("120 videos changed.")).to_be_visible()
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM videos WHERE category = 'Old'") == 120

    # together, the header and the filters of a phone leave the screen to the videos; it was 374 pixels
    await page.set_viewport_size({"width": 390, "height": 844})
    heights = "() => ['body > header', '.filters'].map((one) => document.querySelector(one).offsetHeight)"
    assert sum(await page.evaluate(heights)) < 125
    await expect(page.get_by_label("Category")).to_be_hidden()
    await page.get_by_role("button", name="Filters (1)").click()
    await page.get_by_label("Category").select_option("All")
    await expect(page.get_by_text("505 videos", exact=True)).to_be_visible()
    await everything.check()
    await page.get_by_role("button", name="Select all 505 that match").click()
    await expect(page.get_by_role("alert")).to_contain_text("at most 500 can be changed together")
    await page.get_by_role("button", name="Menu").click()
    assert await accessibility_violations(page) == []
    await page.get_by_role("link", name="Accounts").click()
    await expect(page.get_by_role("heading", name="Accounts")).to_be_focused()
    await expect(page.get_by_role("link", name="Accounts")).to_be_hidden()


async def test_until_a_list_is_there_its_place_is_shown(page: Page, log_in: LogIn) -> None:
    await log_in("/admin/#/users")
    await expect(page.get_by_role("heading", name="Accounts")).to_be_visible()
    release = asyncio.Event()

    async def delay(route: Route) -> None:
        await release.wait()
        await route.continue_()

    shown = """([where, pseudo]) => {
      const { display, animationName } = getComputedStyle(document.querySelector(where), pseudo);
      return [display, animationName];
    }"""
    empty_page, empty_table = ["main > div", "::before"], [".scroll", "::after"]
    await page.route(re.compile("/api/admin/(videos|home)/"), delay)
    await page.goto("/admin/#/home")
    await expect(page.locator("main > div:empty")).to_have_count(1)
    assert await page.evaluate(shown, empty_page) == ["block", "skeleton"]
    await page.emulate_media(reduced_motion="reduce")
    assert await page.evaluate(shown, empty_page) == ["block", "none"]
    await page.goto("/admin/#/videos")
    await expect(page.get_by_role("heading", name="Videos")).to_be_visible()
    assert await page.evaluate(shown, empty_table) == ["block", "none"]
    release.set()
    await expect(page.get_by_text("There are no videos yet.")).to_be_visible()
    assert await page.evaluate(shown, empty_table) == ["inline", "none"]


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
