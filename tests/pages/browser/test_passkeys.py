"""A passkey in the browser, with its virtual authenticator: added in the account, then the login."""

from playwright.async_api import expect

from tests.fixtures.services import PASSWORD
from tests.fixtures.viewer_pages import OpenTab, log_in

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


async def test_a_passkey_is_added_and_logs_in(open_tab: OpenTab, api: str, admin: int) -> None:
    here = api.replace("127.0.0.1", "localhost")  # an address that can have passkeys
    tab = await open_tab("desktop", expected=r"400 \(Bad Request\)")
    devtools = await tab.context.new_cdp_session(tab)
    await devtools.send("WebAuthn.enable")
    await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    await log_in(tab, f"{here}/login/?next=/account/security/")
    form = tab.locator("form[data-passkey]")
    await form.locator("[name=name]").fill("My laptop")
    await form.locator("[name=password]").fill("wrong")
    await form.get_by_role("button").click()
    await expect(form.get_by_role("alert")).to_be_visible()
    await form.locator("[name=password]").fill(PASSWORD)
    await form.get_by_role("button").click()
    await expect(tab.locator("#passkeys li")).to_contain_text("My laptop")

    await tab.context.clear_cookies()
    await tab.goto(f"{here}/login/?next=/account/security/")
    await tab.get_by_role("button", name="Log in with a passkey").click()
    await expect(tab.locator("#passkeys li")).to_contain_text("Last used")

    tab.once("dialog", lambda dialog: dialog.accept())
    await tab.get_by_role("button", name="Remove My laptop").click()
    await expect(tab.locator("#passkeys li")).to_have_count(0)
