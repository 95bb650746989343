"""The page of the API: what it loads and may do, and that a browser shows it."""

from playwright.async_api import Page, expect

from tests.fixtures.app import Client
from tests.programs import skip_or_fail
from videoflix.http.npm import NODE_MODULES
from videoflix.reference.assets import PACKAGE, RENDERER


async def test_the_page_runs_no_inline_scripts(client: Client) -> None:
    answer = await client.get("/api/docs/")
    assert answer.status == 200
    assert "default-src 'none'; script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    for script in RENDERER.values():
        assert script.integrity in await answer.text()
    assert (await client.get("/api/docs/docs.js")).status == 200
    assert (await client.get("/api/docs/docs.html")).status == 404


async def test_a_browser_shows_the_routes(page: Page) -> None:
    if not (NODE_MODULES / PACKAGE).is_dir():
        skip_or_fail("swagger-ui-dist is not installed (npm ci)")
    await page.goto("/api/docs/")
    await expect(page.get_by_role("heading", name="Videoflix").first).to_be_visible()
    await page.get_by_role("link", name="Administration: uploads", exact=True).click()
    await expect(page.get_by_text("Create an upload")).to_be_visible()
