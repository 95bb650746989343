"""The frame of the admin pages in a browser: the way in and out, addresses that last, keyboard and screen readers."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Page, Route, ViewportSize, expect

from tests.fixtures.admin_pages import LogIn, accessibility_violations
from tests.fixtures.published import MakeUser
from tests.fixtures.services import EMAIL, PASSWORD
from videoflix.accounts.queries import audit
from videoflix.admin import assets as shell
from videoflix.admin.assets import MODULES, SCRIPTS
from videoflix.db.pool import Database

VIEWS = ["videos", "upload", "users", "jobs", "import", "audit"]
PHONE: ViewportSize = {"width": 360, "height": 740}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}


async def _audit_entries(database: Database, count: int) -> None:
    async with database.connection() as connection:
        for number in range(count):
            await audit.record(
                connection, None, "video.edit", f"video:{number}", f"Film {number}", title=["a", "<b>"]
            )


async def test_the_login_leads_back_to_where_one_wanted_to_go(page: Page, log_in: LogIn) -> None:
    await log_in("/admin/#/audit?q=film")
    await page.wait_for_url("**/admin/#/audit?q=film")
    await expect(page.get_by_role("heading", name="Log", exact=True)).to_be_visible()
    await expect(page.get_by_role("banner")).to_contain_text(EMAIL)
    await expect(page.get_by_label("Search")).to_have_value("film")


async def test_a_wrong_password_is_told_where_it_was_typed(page: Page, log_in: LogIn) -> None:
    await log_in(password="wrong password")
    await expect(page.get_by_role("alert")).to_have_text("No active account found with the given credentials.")
    await expect(page.get_by_label("Password")).to_be_focused()
    await expect(page.get_by_label("E-mail")).to_have_value(EMAIL)


async def test_a_plain_user_is_told_so_and_stays_outside(page: Page, log_in: LogIn, make_user: MakeUser) -> None:
    await make_user("bob@example.org")
    await log_in(email="bob@example.org")
    await expect(page.get_by_role("alert")).to_contain_text("may not enter")
    await page.goto("/admin/")
    await expect(page.get_by_label("E-mail")).to_be_visible()  # that login has ended


async def test_a_login_that_ends_leads_to_the_login_page_and_back(page: Page, log_in: LogIn) -> None:
    await log_in("/admin/#/audit")
    await expect(page.get_by_role("heading", name="Log", exact=True)).to_be_visible()
    await page.context.clear_cookies()
    await page.get_by_label("Search").fill("film")
    await page.wait_for_url("**/admin/login/#/audit?q=film")
    await page.get_by_label("E-mail").fill(EMAIL)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/admin/#/audit?q=film")


async def test_a_change_renews_a_login_whose_access_has_run_out(page: Page, log_in: LogIn) -> None:
    await log_in("/admin/#/audit")
    await expect(page.get_by_role("heading", name="Log", exact=True)).to_be_visible()
    await page.context.clear_cookies(name="access_token")
    told = await page.evaluate(
        "import('/admin/static/api.js').then(({ api }) => api('/api/me/password/', {method: 'POST', body: {}}))"
        ".catch((error) => error.status)"
    )
    assert told == 400
    assert "access_token" in [cookie["name"] for cookie in await page.context.cookies()]


async def test_logging_out_closes_the_door(page: Page, log_in: LogIn) -> None:
    await log_in("/admin/#/audit")
    await page.get_by_role("button", name="Log out").click()
    await page.wait_for_url("**/admin/login/**")
    await page.goto("/admin/")
    await expect(page.get_by_role("button", name="Log in")).to_be_visible()


async def test_rows_are_searched_and_turned_over_and_a_reload_keeps_both(
    page: Page, log_in: LogIn, database: Database
) -> None:
    await _audit_entries(database, 60)
    await log_in("/admin/#/audit")
    await expect(page.get_by_text("60 entries")).to_be_visible()
    await page.get_by_role("button", name="Next").click()
    await expect(page.get_by_text("Page 2 of 3")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("Page 2 of 3")).to_be_visible()
    await page.get_by_label("Search").fill("film 5")
    await expect(page.get_by_text("11 entries")).to_be_visible()
    await expect(page.get_by_role("cell", name="Film 59")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("11 entries")).to_be_visible()
    assert "q=film+5" in page.url


async def test_what_others_have_written_stays_text(page: Page, log_in: LogIn, database: Database) -> None:
    async with database.connection() as connection:
        await audit.record(connection, None, "video.add", "video:1", "<img src=x onerror=alert(1)>")
    await log_in("/admin/#/audit")
    await expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()


async def test_a_server_that_is_away_is_told_in_the_table_and_tried_again(page: Page, log_in: LogIn) -> None:
    await log_in("/admin/#/audit")
    await expect(page.get_by_text("0 entries", exact=True)).to_be_visible()
    await page.route("**/api/admin/audit/**", lambda route: route.abort())
    await page.get_by_label("Search").fill("x")
    await expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
    await page.unroute("**/api/admin/audit/**")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_text("Nothing fits this search.")).to_be_visible()


async def test_a_failure_is_told_until_one_goes_to_another_page(page: Page, log_in: LogIn) -> None:
    await log_in("/admin/#/audit")
    await page.route("**/api/logout/", lambda route: route.abort())
    await page.get_by_role("button", name="Log out").click()
    failure = page.get_by_text("The server cannot be reached.")
    await expect(failure).to_be_visible()
    await page.get_by_role("link", name="Import").click()
    await expect(page.get_by_role("heading", name="Import and export")).to_be_visible()
    await expect(failure).to_have_count(0)


async def test_the_keyboard_gets_everywhere(page: Page, log_in: LogIn) -> None:
    await log_in("/admin/#/audit")
    await expect(page.get_by_role("heading", name="Log", exact=True)).to_be_visible()
    await page.get_by_role("link", name="Import").focus()
    await page.keyboard.press("Enter")
    heading = page.get_by_role("heading", name="Import and export")
    await expect(heading).to_be_focused()
    await expect(page.get_by_role("link", name="Import")).to_have_attribute("aria-current", "page")
    assert await page.title() == "Import and export – Videoflix"
    await page.get_by_role("link", name="Skip to the content").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()
    assert page.url.endswith("#/import")


LOADED = (
    "import('/admin/static/vendor.js').then((v) => Promise.all([v.hls(), v.tus()])).then((all) => all.map(String))"
)


async def test_what_npm_has_put_in_place_is_run_from_here(page: Page) -> None:
    elsewhere: list[str] = []
    page.on("request", lambda request: elsewhere.append(request.url) if "jsdelivr" in request.url else None)
    await page.goto("/admin/login/")
    hls, tus = await page.evaluate(LOADED)
    assert hls.startswith(("function", "class"))
    assert tus == "[object Object]"
    assert await page.evaluate("[Hls.version, tus.isSupported]") == [SCRIPTS["hls"].version, True]
    assert elsewhere == []


@pytest.fixture
def no_npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shell, "MODULES", tmp_path)


async def test_without_npm_a_cdn_is_asked_and_only_the_right_file_is_run(no_npm: None, page: Page) -> None:
    bodies = {script.address: (MODULES / script.package / script.file).read_bytes() for script in SCRIPTS.values()}
    free = {"Access-Control-Allow-Origin": "*"}

    async def answer(route: Route) -> None:
        await route.fulfill(body=bodies[route.request.url], content_type="text/javascript", headers=free)

    await page.route("https://cdn.jsdelivr.net/**", answer)
    await page.goto("/admin/login/")
    bodies[SCRIPTS["tus"].address] += b" "
    told = await page.evaluate(
        "import('/admin/static/vendor.js').then(({ tus }) => tus()).catch((error) => error.message)"
    )
    assert "could not be loaded from cdn.jsdelivr.net" in told
    await page.evaluate("import('/admin/static/vendor.js').then(({ hls }) => hls()).then(() => null)")
    assert await page.evaluate("[typeof Hls, typeof tus]") == ["function", "undefined"]


async def test_who_is_offline_without_npm_is_told_so(no_npm: None, page: Page) -> None:
    await page.route("https://cdn.jsdelivr.net/**", lambda route: route.abort())
    await page.goto("/admin/login/")
    assert "Are you offline?" in await page.evaluate(f"{LOADED}.catch((error) => error.message)")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_nothing_keeps_people_out(
    page: Page, log_in: LogIn, database: Database, size: ViewportSize, scheme: Literal["dark", "light"]
) -> None:
    await _audit_entries(database, 30)
    await page.set_viewport_size(size)
    await page.emulate_media(color_scheme=scheme)
    await page.goto("/admin/login/")
    assert await accessibility_violations(page) == []
    await log_in()
    await page.wait_for_url("**/admin/")
    for view in VIEWS:
        await page.goto(f"/admin/#/{view}")
        await expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
        await expect(page.locator("main [aria-busy=true]")).to_have_count(0)
        assert await accessibility_violations(page) == [], view
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view
