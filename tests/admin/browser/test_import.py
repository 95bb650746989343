"""The import page in a browser: changes are previewed first, and a reload keeps the chosen file."""

from playwright.async_api import Page, expect

from tests.fixtures.admin_pages import LogIn
from tests.fixtures.published import Publish


async def test_a_file_is_previewed_survives_a_reload_and_is_imported(
    page: Page, log_in: LogIn, publish: Publish
) -> None:
    video_id = await publish("Alien")
    table = f"id,title,category\n{video_id},Amélie,Drama\n999,Heat,Drama\n".encode("cp1252")
    await log_in("/admin/#/import")
    await page.get_by_label("CSV or JSON file").set_input_files(
        {"name": "library.csv", "mimeType": "text/csv", "buffer": table}
    )
    await page.get_by_role("button", name="Preview changes").click()
    preview = page.get_by_text("library.csv: 1 video would change, 0 would stay the same")
    await expect(preview).to_be_visible()
    await page.reload()
    await expect(preview).to_be_visible()
    await expect(page.get_by_text("title: Alien → Amélie")).to_be_visible()
    await expect(page.get_by_text("1 row skipped")).to_be_visible()
    await page.get_by_role("button", name="Apply changes").click()
    await expect(page.get_by_text("1 video changed.")).to_be_visible()
    await expect(preview).to_be_hidden()
    assert await page.evaluate("fetch('/api/video/').then((a) => a.json()).then(([film]) => film.title)") == "Amélie"
