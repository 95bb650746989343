"""The library as a file in a browser: nothing changes before it was shown, and a reload keeps what was chosen."""

from playwright.async_api import Page, expect

from tests.fixtures.admin_pages import LogIn
from tests.fixtures.published import Publish


async def test_a_file_is_shown_kept_over_a_reload_and_then_brought_in(
    page: Page, log_in: LogIn, publish: Publish
) -> None:
    video_id = await publish("Alien")
    table = f"id,title,category\n{video_id},Amélie,Drama\n999,Heat,Drama\n".encode("cp1252")
    await log_in("/admin/#/import")
    await page.get_by_label("A CSV or JSON file").set_input_files(
        {"name": "library.csv", "mimeType": "text/csv", "buffer": table}
    )
    await page.get_by_role("button", name="Show what would change").click()
    shown = page.get_by_text("library.csv: 1 video would change, 0 would not")
    await expect(shown).to_be_visible()
    await page.reload()
    await expect(shown).to_be_visible()
    await expect(page.get_by_text("title: Alien → Amélie")).to_be_visible()
    await expect(page.get_by_text("1 row left out")).to_be_visible()
    await page.get_by_role("button", name="Make these changes").click()
    await expect(page.get_by_text("1 video changed.")).to_be_visible()
    await expect(shown).to_be_hidden()
    assert await page.evaluate("fetch('/api/video/').then((a) => a.json()).then(([film]) => film.title)") == "Amélie"
