"""The layout of the admin pages in a browser: login, addresses, errors, keyboard and accessibility."""

from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from tests.fixtures.admin_pages import LogIn, check_looks
from tests.fixtures.published import MakeUser
from tests.fixtures.services import EMAIL, PASSWORD
from videoflix.accounts.queries import audit
from videoflix.admin.assets import SCRIPTS
from videoflix.db.pool import Database
from videoflix.http import npm
from videoflix.http.npm import NODE_MODULES

VIEWS = ["home", "videos", "upload", "users", "invitations", "jobs", "import", "audit"]


async def _audit_entries(database: Database, count: int) -> None:
    async with database.connection() as connection:
        for number in range(count):
            await audit.record(
                connection, None, "video.edit", f"video:{number}", f"Film {number}", title=["a", "<b>"]
            )


async def test_the_login_returns_to_the_requested_page(page: Page, log_in: LogIn) -> None:
    await log_in("/admin/#/audit?q=film")
    await page.wait_for_url("**/admin/#/audit?q=film")
    await expect(page.get_by_role("heading", name="Audit log", exact=True)).to_be_visible()
    await expect(page.get_by_role("banner")).to_contain_text(EMAIL)
    await expect(page.get_by_label("Search")).to_have_value("film")


async def test_a_wrong_password_is_reported_on_the_login_page(page: Page, log_in: LogIn) -> None:
    await log_in(password="wrong password")
    await expect(page.get_by_role("alert")).to_have_text("No active account found with the given credentials.")
    await expect(page.get_by_label("Password")).to_be_focused()
    await expect(page.get_by_label("E-mail")).to_have_value(EMAIL)


async def test_a_member_cannot_log_in(page: Page, log_in: LogIn, make_user: MakeUser) -> None:
    await make_user("bob@example.org")
    await log_in(email="bob@example.org")
    await expect(page.get_by_role("alert")).to_contain_text("Only administrators can log in here.")
    await page.goto("/admin/")
    await expect(page.get_by_label("E-mail")).to_be_visible()  # and no session is left


async def test_an_expired_session_leads_to_the_login_page_and_back(page: Page, log_in: LogIn) -> None:
    await log_in("/admin/#/audit")
    await expect(page.get_by_role("heading", name="Audit log", exact=True)).to_be_visible()
    await page.context.clear_cookies()
    await page.get_by_label("Search").fill("film")
    await page.wait_for_url("**/admin/login/#/audit?q=film")
    await page.get_by_label("E-mail").fill(EMAIL)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/admin/#/audit?q=film")


async def test_an_expired_access_token_is_refreshed(page: Page, log_in: LogIn) -> None:
    await log_in("/admin/#/audit")
    await expect(page.get_by_role("heading", name="Audit log", exact=True)).to_be_visible()
    await page.context.clear_cookies(name="access_token")
    message = await page.evaluate(
        "import('/admin/static/api.js').then(({ api }) => api('/api/me/password/', {method: 'POST', body: {}}))"
        ".catch((error) => error.status)"
    )
    assert message == 400
    assert "access_token" in [cookie["name"] for cookie in await page.context.cookies()]


async def test_logging_out_ends_access(page: Page, log_in: LogIn) -> None:
    await log_in("/admin/#/audit")
    await page.get_by_role("button", name="Log out").click()
    await page.wait_for_url("**/admin/login/**")
    await page.goto("/admin/")
    await expect(page.get_by_role("button", name="Log in")).to_be_visible()


async def test_a_reload_keeps_the_search_and_the_page_of_a_table(
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


async def test_the_log_is_written_in_sentences_and_shows_input_as_text(
    page: Page, log_in: LogIn, admin: int, database: Database
) -> None:
    async with database.connection() as connection:
        await audit.record(connection, None, "video.add", "video:1", "<img src=x onerror=alert(1)>")
        await audit.record(connection, admin, "group.add", "group:2", "Chess", members=["a@x.org", "b@x.org"])
        await connection.execute("UPDATE users SET name = 'Anna' WHERE id = $1", admin)
        await audit.record(connection, admin, "video.delete", "video:3", "Heat", title=["a", "b"])
    await log_in("/admin/#/audit")
    rows = page.get_by_role("row")
    await expect(rows.nth(1)).to_contain_text(f"Anna deleted the film “Heat”.{EMAIL}, video:3")
    await expect(rows.nth(2)).to_contain_text("Anna added members to the group “Chess”.")
    await expect(rows.nth(2)).to_contain_text("members: “a@x.org”, “b@x.org”")
    await expect(rows.nth(3)).to_contain_text("A command added the film “<img src=x onerror=alert(1)>”.")
    await expect(rows.nth(3).get_by_role("link")).to_have_attribute("href", "#/videos/1")


async def test_a_table_reports_that_the_server_is_unreachable_and_retries(page: Page, log_in: LogIn) -> None:
    await log_in("/admin/#/audit")
    await expect(page.get_by_text("0 entries", exact=True)).to_be_visible()
    await page.route("**/api/admin/audit/**", lambda route: route.abort())
    await page.get_by_label("Search").fill("x")
    await expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
    await page.unroute("**/api/admin/audit/**")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_text("Nothing matches these filters.")).to_be_visible()


async def test_an_error_is_shown_until_another_page_is_opened(page: Page, log_in: LogIn) -> None:
    await log_in("/admin/#/audit")
    await page.route("**/api/logout/", lambda route: route.abort())
    await page.get_by_role("button", name="Log out").click()
    failure = page.get_by_text("The server cannot be reached.")
    await expect(failure).to_be_visible()
    await page.get_by_role("link", name="Import").click()
    await expect(page.get_by_role("heading", name="Import and export")).to_be_visible()
    await expect(failure).to_have_count(0)


async def test_the_pages_work_with_the_keyboard(page: Page, log_in: LogIn) -> None:
    await log_in("/admin/#/audit")
    await expect(page.get_by_role("heading", name="Audit log", exact=True)).to_be_visible()
    await page.get_by_role("link", name="Import").focus()
    await page.keyboard.press("Enter")
    heading = page.get_by_role("heading", name="Import and export")
    await expect(heading).to_be_focused()
    await expect(page.get_by_role("link", name="Import")).to_have_attribute("aria-current", "page")
    assert await page.title() == "Import and export – Videoflix"
    await page.get_by_role("link", name="Skip to content").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()
    assert page.url.endswith("#/import")


LOADED = (
    "import('/admin/static/vendor.js').then((v) => Promise.all([v.hls(), v.tus(), v.sha256()]))"
    ".then((all) => all.map(String))"
)


async def test_installed_scripts_are_loaded_from_here(page: Page) -> None:
    from_cdn: list[str] = []
    page.on("request", lambda request: from_cdn.append(request.url) if "jsdelivr" in request.url else None)
    await page.goto("/admin/login/")
    hls, tus, _ = await page.evaluate(LOADED)
    assert hls.startswith(("function", "class"))
    assert tus == "[object Object]"
    assert await page.evaluate("[Hls.version, tus.isSupported]") == [SCRIPTS["hls"].version, True]
    assert from_cdn == []


@pytest.fixture
def without_npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(npm, "NODE_MODULES", tmp_path)


async def test_without_npm_scripts_are_loaded_from_the_cdn_with_the_right_checksum(
    without_npm: None, page: Page
) -> None:
    bodies = {
        script.cdn_url: (NODE_MODULES / script.package / script.file).read_bytes() for script in SCRIPTS.values()
    }
    cors = {"Access-Control-Allow-Origin": "*"}

    async def answer(route: Route) -> None:
        await route.fulfill(body=bodies[route.request.url], content_type="text/javascript", headers=cors)

    await page.route("https://cdn.jsdelivr.net/**", answer)
    await page.goto("/admin/login/")
    bodies[SCRIPTS["tus"].cdn_url] += b" "
    message = await page.evaluate(
        "import('/admin/static/vendor.js').then(({ tus }) => tus()).catch((error) => error.message)"
    )
    assert "could not be loaded from cdn.jsdelivr.net" in message
    await page.evaluate("import('/admin/static/vendor.js').then(({ hls }) => hls()).then(() => null)")
    assert await page.evaluate("[typeof Hls, typeof tus]") == ["function", "undefined"]


async def test_an_unreachable_cdn_is_reported(without_npm: None, page: Page) -> None:
    await page.route("https://cdn.jsdelivr.net/**", lambda route: route.abort())
    await page.goto("/admin/login/")
    assert "Are you offline?" in await page.evaluate(f"{LOADED}.catch((error) => error.message)")


async def test_every_page_is_accessible(page: Page, log_in: LogIn, database: Database) -> None:
    await _audit_entries(database, 30)
    await page.goto("/admin/login/")
    await check_looks(page)
    await log_in()
    await page.wait_for_url("**/admin/")
    for view in VIEWS:
        await page.goto(f"/admin/#/{view}")
        await expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
        await expect(page.locator("main [aria-busy=true]")).to_have_count(0)
        await check_looks(page)
