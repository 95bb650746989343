"""Every page on a phone and a desktop, dark and light, in both languages: axe-core finds nothing, the console is
empty, and nothing is wider than the window."""

import pytest
from playwright.async_api import Page

from tests.fixtures.admin_pages import RULES_OF_LOOKS, accessibility_violations
from tests.fixtures.published import Publish
from tests.fixtures.viewer_pages import OpenTab, log_in
from videoflix.db.pool import Database
from videoflix.library.models import Episode
from videoflix.library.queries import series

PUBLIC = (
    *("/login/", "/register/", "/register/?done", "/forgot/", "/nowhere", "/pages/auth/activate.html"),
    *("/pages/auth/confirm_password.html", "/pair/"),
)
PRIVATE = (
    *("/", "/film/1/", "/search/", "/search/?q=film", "/category/Drama/", "/list/", "/history/", "/account/"),
    *(
        "/account/security/",
        "/connect/",
        "/profiles/",
        "/account/profiles/new/",
        "/account/profiles/2/",
        "/series/1/",
        "/watch/5/",
    ),
)
TITLES = ("A film", "שלום עולם", "Longest " * 40)
FORMS = [("phone", "en-GB"), ("desktop", "de-DE")]


@pytest.mark.parametrize(("form", "language"), FORMS)
async def test_pages_are_accessible(
    open_tab: OpenTab,
    admin: int,
    publish: Publish,
    database: Database,
    form: str,
    language: str,
) -> None:
    for title in TITLES:
        await publish(title)
    episodes = [await publish(title) for title in TITLES]
    async with database.connection() as connection:
        series_id = await series.insert(connection, "A series", "About people. " * 30)
        ordered = [Episode(id=one, title="", season=at, number=at) for at, one in enumerate(episodes)]
        await series.set_episodes(connection, series_id, ordered)
        await connection.execute("UPDATE encodes SET duration = 3000")
        await connection.execute(
            "INSERT INTO watch_progress (profile_id, video_id, position, duration, resume_at, played_at) "
            "SELECT id, 1, 2530, 3000, 2530, now() FROM profiles WHERE user_id = $1",
            admin,
        )
        await connection.execute(
            "INSERT INTO watch_list (profile_id, video_id) SELECT id, 2 FROM profiles WHERE user_id = $1", admin
        )
    tab = await open_tab(form, "dark", language, expected=r"404 \(Not Found\)")  # the page of that error
    for path in PUBLIC:
        await tab.goto(path)
        await _check(tab)
    await log_in(tab)
    await tab.request.post("/api/me/profiles/", data={"name": "Longest " * 10, "max_age": 6, "picture": "owl"})
    for path in PRIVATE:
        await tab.goto(path)
        await _check(tab)
        assert await tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert await tab.locator("html").get_attribute("lang") == language[:2]


async def _check(tab: Page) -> None:
    """All rules when it is dark, and what depends on colours when it is light: without motion, as they would be
    measured in a transition."""
    await tab.emulate_media(reduced_motion="reduce")
    assert await accessibility_violations(tab) == [], tab.url
    await tab.emulate_media(color_scheme="light")
    assert await accessibility_violations(tab, RULES_OF_LOOKS) == [], tab.url
    await tab.emulate_media(color_scheme="dark")
