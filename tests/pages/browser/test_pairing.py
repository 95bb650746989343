"""A television is logged in by its few keys, and a phone."""

from playwright.async_api import expect

from tests.fixtures.viewer_pages import OpenTab, log_in

# Browsers report every answer to a device that was not confirmed yet.
WAITING = r"400 \(Bad Request\)"


async def test_a_television_is_logged_in_by_arrow_keys_and_a_phone(open_tab: OpenTab, admin: int) -> None:
    television = await open_tab("desktop", expected=WAITING)
    phone = await open_tab("phone", language="de-DE")
    await television.goto("/login/")
    link = television.get_by_role("link", name="Log in with your phone")
    for _ in range(8):
        await television.keyboard.press("ArrowDown")
        if await link.evaluate("link => link === document.activeElement"):
            break
    await television.keyboard.press("Enter")
    code = television.locator(".user-code")
    shown = await code.inner_text()
    await log_in(phone, f"/connect/?code={shown}")
    await expect(phone.locator(".user-code")).to_have_text(shown)
    await phone.get_by_role("button", name="Anmelden").click()
    await expect(phone.get_by_role("heading")).to_have_text("Der Fernseher ist angemeldet")
    await television.wait_for_url("/")

    refused = await open_tab("desktop", expected=WAITING)
    await refused.goto("/pair/")
    shown = await refused.locator(".user-code").inner_text()
    await phone.goto(f"/connect/?code={shown}")
    await phone.get_by_role("button", name="Ablehnen").click()
    again = refused.get_by_role("link", name="Show a new code").and_(refused.locator(":visible"))
    await expect(again).to_be_focused(timeout=30_000)
    await refused.keyboard.press("Enter")
    await expect(refused.locator(".user-code")).not_to_have_text(shown)
