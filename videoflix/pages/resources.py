"""What the application holds for the pages: their files and templates."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import jinja2
from aiohttp import web
from markupsafe import Markup

from videoflix import translations
from videoflix.accounts.profiles import DRAWINGS
from videoflix.http.resources import SETTINGS
from videoflix.library.metadata import unescape_html
from videoflix.pages import formats, pictures
from videoflix.pages.assets import PageAssets
from videoflix.pages.film_links import links_of, rendered_once

PAGE_ASSETS = web.AppKey("page_assets", PageAssets)
TEMPLATES = web.AppKey("templates", jinja2.Environment)
FOLDER = Path(__file__).parent / "templates"


def setup(app: web.Application) -> None:
    """Called before the application starts, as its error pages are needed from then on."""
    app[PAGE_ASSETS] = assets = PageAssets(app[SETTINGS].media_origins)
    app[TEMPLATES] = environment = translations.environment(FOLDER)
    # Messages at run time may contain what a user has sent: `_()` would take them for markup with placeholders.
    environment.filters["translated"] = translations.gettext
    environment.filters.update(
        clock=formats.clock,
        length_of=formats.length,
        path_segment=formats.path_segment,
        episode_title=formats.episode_title,
        plain=unescape_html,
        srcset=pictures.srcset,
        colour=pictures.colour,
        largest=pictures.largest,
    )
    film_link = rendered_once(_macro(environment, "film_link.html", "film_link"))
    environment.globals.update(
        episode_number=formats.episode_number,
        season_name=formats.season_name,
        asset=assets.url,
        script=assets.source,
        has_font="font.woff2" in assets.files,
        languages=translations.LANGUAGES,
        drawings=DRAWINGS,
        film_link=film_link,
        film_links=links_of(film_link),
        icon=_macro(environment, "icons.html", "icon"),
    )


def _macro(environment: jinja2.Environment, file: str, name: str) -> Callable[..., Markup]:
    """A macro for all templates. It is compiled when it is first called, so that the start does not take longer."""

    @cache
    def load() -> Callable[..., Markup]:
        found: Callable[..., Markup] = getattr(environment.get_template(file).make_module(), name)
        return found

    return lambda *values: load()(*values)
