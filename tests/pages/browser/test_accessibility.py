"""Every page on a phone and a desktop, dark and light, in both languages: axe-core finds nothing, the console is
empty, and nothing is wider than the window."""

import pytest

from tests.fixtures.admin_pages import RULES, RULES_OF_LOOKS, accessibility_violations
from tests.fixtures.published import Publish
from tests.fixtures.viewer_pages import OpenTab, Scheme, log_in
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
# Each form with each scheme, each form in each language, and each scheme in each language. All rules for each form.
FORMS = [
    ("phone", "dark", "en-GB", RULES),
    ("phone", "light", "de-DE", RULES_OF_LOOKS),
    ("desktop", "dark", "de-DE", RULES),
    ("desktop", "light", "en-GB", RULES_OF_LOOKS),
]


@pytest.mark.parametrize(("form", "scheme", "language", "rules"), FORMS)
async def test_pages_are_accessible(
    open_tab: OpenTab,
    admin: int,
    publish: Publish,
    database: Database,
    form: str,
    scheme: Scheme,
    language: str,
    rules: list[str],
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
    tab = await open_tab(form, scheme, language, expected=r"404 \(Not Found\)")  # the page of that error
    for path in PUBLIC:
        await tab.goto(path)
        assert await accessibility_violations(tab, rules) == [], path
    await log_in(tab)
    await tab.request.post("/api/me/profiles/", data={"name": "Longest " * 10, "max_age": 6, "picture": "owl"})
    for path in PRIVATE:
        await tab.goto(path)
        assert await accessibility_violations(tab, rules) == [], path
        assert await tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert await tab.locator("html").get_attribute("lang") == language[:2]
