"""The accounts page in a browser: creating accounts, changing them, and confirming what is hard to undo."""

from playwright.async_api import Page, expect

from tests.fixtures.admin_pages import LogIn
from tests.fixtures.published import MakeUser
from tests.fixtures.services import EMAIL


async def _choose(page: Page, email: str, action: str, *, confirm: bool = False) -> None:
    await page.get_by_role("button", name=f"Actions for {email}").click()
    for _ in range(2 if confirm else 1):
        await page.get_by_role("dialog").get_by_role("button", name=action).click()


async def test_an_account_is_created_and_an_error_is_shown_at_its_field(page: Page, log_in: LogIn) -> None:
    await log_in("/admin/#/users")
    await page.get_by_role("button", name="New account").click()
    dialog = page.get_by_role("dialog", name="New account")
    await dialog.get_by_label("E-mail").fill(EMAIL)
    await dialog.get_by_role("button", name="Create").click()
    await expect(dialog.get_by_label("E-mail")).to_have_accessible_description(
        "An account with this e-mail address already exists."
    )
    await expect(dialog.get_by_label("E-mail")).to_be_focused()
    await dialog.get_by_label("E-mail").fill("new@example.org")
    await dialog.get_by_role("button", name="Create").click()
    await expect(page.get_by_text("The account new@example.org has been created.")).to_be_visible()
    await expect(page.get_by_role("row", name="new@example.org Member Active")).to_be_visible()


async def test_an_account_is_disabled_after_confirmation(page: Page, log_in: LogIn, make_user: MakeUser) -> None:
    await make_user("bob@example.org")
    await log_in("/admin/#/users?q=bob")
    await _choose(page, "bob@example.org", "Disable")
    await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    row = page.get_by_role("row", name="bob@example.org")
    await expect(row).to_contain_text("Active")
    await _choose(page, "bob@example.org", "Disable", confirm=True)
    await expect(page.get_by_text("bob@example.org has been disabled.")).to_be_visible()
    await expect(row).to_contain_text("Disabled")


async def test_the_last_administrator_cannot_be_demoted(page: Page, log_in: LogIn) -> None:
    await log_in("/admin/#/users")
    await _choose(page, EMAIL, "Make a member", confirm=True)
    await expect(page.get_by_role("alert")).to_contain_text("last administrator")
    await expect(page.get_by_role("row", name=EMAIL)).to_contain_text("Administrator")
