"""A browser at the admin pages, which minds what the browser complains of."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.conftest import EMAIL, PASSWORD
from tests.player.conftest import _missing, api, browser
from tests.web.conftest import make_user, publish

__all__ = ["api", "browser", "make_user", "publish"]

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
# WCAG 2.2 AA, and what everybody agrees on.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# Films are made on the way, and behind everything else that the machine does.
expect.set_options(timeout=90_000)

LogIn = Callable[..., Awaitable[None]]


@pytest.fixture
async def page(browser: Browser, api: str) -> AsyncIterator[Page]:
    """An empty tab. A script that throws, or something that the policy of the page forbids, fails the test."""
    context = await browser.new_context(base_url=api)
    tab, complaints = await context.new_page(), list[str]()
    tab.set_default_timeout(90_000)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
    yield tab
    await context.close()
    assert complaints == []


@pytest.fixture
def log_in(page: Page, admin: int) -> LogIn:
    """Goes to an address of the pages and through the login that comes before it."""

    async def log_in(path: str = "/admin/", email: str = EMAIL, password: str = PASSWORD) -> None:
        await page.goto(path)
        await page.get_by_label("E-mail").fill(email)
        await page.get_by_label("Password").fill(password)
        await page.get_by_role("button", name="Log in").click()

    return log_in


async def barriers(page: Page) -> list[dict[str, Any]]:
    """What keeps people out of what the tab shows, as axe finds it."""
    if not AXE.is_file():
        _missing("axe-core is not installed (npm ci)")
    await page.evaluate(AXE.read_text())
    found = await page.evaluate(f"axe.run({{runOnly: {json.dumps(RULES)}}})")
    return [{"rule": one["id"], "where": [node["html"] for node in one["nodes"]]} for one in found["violations"]]
