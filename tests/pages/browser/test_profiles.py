"""Two people of one account side by side, a child, and the installed app without a network."""

from playwright.async_api import Page, expect

from tests.fixtures.published import Publish
from tests.fixtures.services import PASSWORD
from tests.fixtures.viewer_pages import OpenTab, log_in
from videoflix.db.pool import Database

# What is refused to the child, and what a browser says of a lost connection.
EXPECTED = r"40[34] \(|ERR_INTERNET_DISCONNECTED"


async def test_two_profiles_side_by_side_and_a_child(
    open_tab: OpenTab, admin: int, publish: Publish, database: Database
) -> None:
    cartoon, thriller = await publish("Cartoon"), await publish("Thriller")
    async with database.connection() as connection:
        await connection.execute("UPDATE videos SET min_age = 16 WHERE id = $1", thriller)
    laptop = await open_tab()
    await log_in(laptop, "/account/profiles/new/")
    await laptop.get_by_label("Name").fill("Mia")
    await laptop.get_by_role("radio", name="Fox").focus()
    await laptop.keyboard.press("Space")
    await laptop.get_by_label("Who is it?").select_option("6")
    await laptop.get_by_role("button", name="Save").click()
    await expect(laptop.get_by_text("Up to 6 years")).to_be_visible()

    tablet = await open_tab("phone", expected=EXPECTED)
    await log_in(tablet)
    await tablet.get_by_role("button", name="Mia").click()
    for film in (cartoon, thriller):
        await laptop.goto(f"/film/{film}/")
        await laptop.get_by_role("button", name="My list").click()
    await tablet.goto("/list/")
    await expect(tablet.get_by_text("Films that you add to your list appear here.")).to_be_visible()
    await tablet.goto("/")
    await expect(tablet.get_by_role("heading", name="Cartoon")).to_be_visible()
    await expect(tablet.get_by_text("Thriller")).to_have_count(0)
    for path in (f"/film/{thriller}/", f"/watch/{thriller}/", "/admin/queues/", "/account/profiles/new/"):
        answer = await tablet.goto(path)
        assert answer is not None and answer.status in (403, 404), path
    await _leave(tablet)
    await laptop.goto("/list/")
    await expect(laptop.get_by_role("link", name="Thriller")).to_be_visible()
    await _open_without_network(laptop)


async def _leave(tab: Page) -> None:
    """A child needs the password of the account."""
    await tab.goto("/profiles/")
    await tab.locator("button[name=id]").first.click()
    await tab.get_by_label("Password of the account").fill(PASSWORD)
    await tab.get_by_role("button", name="Continue").click()
    await expect(tab.get_by_role("heading", name="Thriller")).to_be_visible()


async def _open_without_network(tab: Page) -> None:
    """As the installed app does, which registers the service worker."""
    await tab.evaluate(
        "navigator.serviceWorker.register('/service-worker.js').then(() => navigator.serviceWorker.ready)"
    )
    await tab.context.set_offline(True)
    await expect(tab.get_by_role("status")).to_have_text(
        "You are offline. Films play again when the connection is back."
    )
    await tab.goto("/history/")
    await expect(tab.get_by_role("heading", name="You are offline")).to_be_visible()
    await tab.context.set_offline(False)
    await tab.get_by_role("link", name="Try again").click()
    await expect(tab.get_by_role("heading", name="History")).to_be_visible()
