"""Links to films are rendered once for each language and viewer's state."""

from datetime import UTC, datetime

import jinja2
import pytest
from aiohttp import web
from msgspec import structs

from videoflix import translations
from videoflix.http.resources import SETTINGS
from videoflix.pages.film_links import FilmLink
from videoflix.pages.resources import TEMPLATES, setup
from videoflix.settings import Settings
from videoflix.watching.models import ViewerCard

FILM = ViewerCard(
    id=7,
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    title="Ada &amp; Bob",
    description="",
    category="Drama",
    duration=5400.0,
    thumbnail_url="/api/video/7/thumbnail.jpg?v=1",
    thumbnail_width=1280,
    thumbnail_colour="#102030",
    progress=0.0,
    resume_at=None,
    watched=False,
    in_list=False,
    played_at=None,
)


@pytest.fixture
def environment() -> jinja2.Environment:
    app = web.Application()
    app[SETTINGS] = Settings.from_env({"SECRET_KEY": "k" * 40})
    setup(app)
    return app[TEMPLATES]


@pytest.fixture
def film_link(environment: jinja2.Environment) -> FilmLink:
    link: FilmLink = environment.globals["film_link"]  # type: ignore[assignment]
    return link


def test_a_link_leads_to_the_film_or_to_the_player(film_link: FilmLink) -> None:
    shown = film_link(FILM, True, "", False)
    assert 'href="/film/7/"' in shown
    assert "Ada &amp; Bob" in shown
    assert "1:30:00" in shown
    assert 'loading="lazy"' in shown
    assert 'href="/watch/7/"' in film_link(FILM, False, "Resume at 0:10", True)
    assert "Resume at 0:10" in film_link(FILM, False, "Resume at 0:10", True)
    assert "loading" not in film_link(FILM, False, "", False)


def test_each_viewer_sees_their_own_progress_in_their_language(film_link: FilmLink) -> None:
    watched = structs.replace(FILM, watched=True)
    assert "Watched" in film_link(watched, True, "", False)
    assert "Watched" not in film_link(FILM, True, "", False)
    with translations.using("de"):
        assert "Gesehen" in film_link(watched, True, "", False)
    assert "Watched" in film_link(watched, True, "", False)
    assert 'value="0.25"' in film_link(structs.replace(FILM, progress=0.25), True, "", False)


def test_what_is_the_same_is_rendered_once(film_link: FilmLink) -> None:
    assert film_link(FILM, True, "", False) is film_link(structs.replace(FILM), True, "", False)
