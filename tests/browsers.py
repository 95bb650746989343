"""A real Chromium, for the tests that look at pages."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.async_api import Browser, async_playwright

NODE_MODULES = Path(__file__).parent.parent / "node_modules"
# Root has no sandbox, nobody has a graphics card, and a browser of tests asks nothing of the world.
OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)


@asynccontextmanager
async def chromium(*packages: str) -> AsyncIterator[Browser]:
    """The browser of the system. The test is skipped without it, or without one of these packages of npm."""
    program = shutil.which("chromium")
    if program is None:
        _missing("Chromium is not installed (Debian and Ubuntu: apt-get install chromium)")
    for package in packages:
        if not (NODE_MODULES / package).exists():
            _missing(f"{package} is not installed (npm ci)")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=program, args=OPTIONS)
        yield started
        await started.close()


def _missing(what: str) -> NoReturn:
    """Who has no browser can still run the tests; where changes are judged it has to be there."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
