"""Accounts and invitations in a browser: creating and changing them, and confirming what is hard to undo."""

import re

from playwright.async_api import Page, expect

from tests.fixtures.admin_pages import LogIn, accessibility_violations
from tests.fixtures.published import MakeUser, Publish
from tests.fixtures.services import EMAIL
from videoflix.db.pool import Database


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
    copying = page.get_by_role("dialog", name="Link to choose a password")  # mails go to the log
    await expect(copying.get_by_label("Link")).to_have_value(re.compile(r"\?uid=.+&token="))
    await copying.get_by_role("button", name="Done").click()
    await expect(page.get_by_role("row", name=re.compile("new@example.org Member .*Active"))).to_be_visible()


async def test_an_invitation_is_created_its_link_copied_and_revoked(page: Page, log_in: LogIn) -> None:
    await log_in("/admin/#/invitations")
    await expect(page.get_by_text("Everyone can register")).to_contain_text("REGISTRATION=open")
    await expect(page.get_by_text("prints e-mails to its log")).to_be_visible()
    await page.get_by_role("button", name="New invitation").click()
    dialog = page.get_by_role("dialog", name="New invitation")
    await dialog.get_by_label("E-mail").fill("guest@example.org")
    await dialog.get_by_label("People").fill("2")
    await dialog.get_by_role("button", name="Create").click()
    await expect(dialog.get_by_label("People")).to_have_accessible_description(re.compile("is for one person"))
    await dialog.get_by_label("People").fill("1")
    await dialog.get_by_role("button", name="Create").click()
    link = page.get_by_role("dialog", name="Invitation").get_by_label("Link")
    await expect(link).to_have_value(re.compile(r"^http://127\.0\.0\.1:\d+/register/\?invitation=[\w-]{43}$"))
    await page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")  # as without HTTPS
    await page.get_by_role("button", name="Copy link").click()
    await expect(page.get_by_text("Copied.")).to_be_visible()
    copied = await link.input_value()
    await page.get_by_role("button", name="Done").click()
    await page.evaluate("document.querySelector('main').innerHTML += '<textarea id=pasted>'")
    await page.locator("#pasted").focus()
    await page.keyboard.press("Control+V")
    await expect(page.locator("#pasted")).to_have_value(copied)
    await page.reload()
    await page.get_by_role("button", name="Revoke the invitation for guest@example.org").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(page.get_by_role("row", name="guest@example.org 0 of 1 Revoked")).to_be_visible()


async def test_a_group_gets_a_member_and_a_film(
    page: Page, log_in: LogIn, make_user: MakeUser, publish: Publish, database: Database
) -> None:
    await make_user("bob@example.org")
    await publish("Endgames")
    await log_in("/admin/#/groups")
    await page.get_by_role("button", name="New group").click()
    await page.get_by_label("Name").fill("Chess club")
    await page.get_by_role("button", name="Create").click()
    await page.get_by_role("button", name="Add bob@example.org").click()
    await expect(page.get_by_text("bob@example.org added.")).to_be_visible()
    await page.get_by_label("Show").select_option("Members")
    await expect(page.get_by_role("row", name="bob@example.org Yes")).to_be_visible()
    assert await accessibility_violations(page) == []
    await page.goto("/admin/#/videos")
    await page.get_by_label("Select Endgames").check()
    await page.get_by_role("button", name="Visible to…").click()
    await expect(page.get_by_role("checkbox", name="Chess club")).to_be_hidden()
    await page.get_by_label("Visible to").last.select_option("Certain groups")
    await page.get_by_role("checkbox", name="Chess club").check()
    await page.get_by_label("Published").select_option("From a time on")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_label("Visible from")).to_have_accessible_description("Please choose a time.")
    await page.get_by_label("Visible from").fill("2040-01-01T12:00")
    assert await accessibility_violations(page) == []
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("row", name="Endgames")).to_contain_text(re.compile("2040.*Chess club"))
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM videos WHERE cardinality(group_ids) = 1") == 1


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
