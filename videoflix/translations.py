"""The languages of pages and mails, and their translations, compiled from `locale` when they are first needed.

`gettext` translates into the language of CURRENT, and templates of `environment` do so with `_()`.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

import jinja2
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).parent / "locale"
# English needs no catalogue: its sentences are the message ids.
LANGUAGES = {"en": "English", "de": "Deutsch"}
DEFAULT = "en"

# The language of the page or mail that is being rendered.
CURRENT = ContextVar("language", default=DEFAULT)


def preferred(accepted: str) -> str:
    """The first language of an Accept-Language header, by its weights, that there is."""
    best, most = DEFAULT, 0.0
    for part in accepted[:500].split(","):
        found = re.fullmatch(r"\s*([a-z]{2,3})(?:-[a-z0-9-]+)?\s*(?:;\s*q=([01](?:\.\d{1,3})?)\s*)?", part.lower())
        weight = float(found[2] or 1) if found else 0.0
        if found and found[1] in LANGUAGES and weight > most:
            best, most = found[1], weight
    return best


@contextmanager
def using(language: str) -> Iterator[None]:
    before = CURRENT.set(language)
    try:
        yield
    finally:
        CURRENT.reset(before)


@lru_cache
def catalogue(language: str) -> NullTranslations:
    path = LOCALE / language / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def gettext(message: str) -> str:
    return catalogue(CURRENT.get()).gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    return catalogue(CURRENT.get()).ngettext(one, many, count)


def environment(folder: Path) -> jinja2.Environment:
    """The templates of a folder. Markup is escaped in those that are HTML."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=jinja2.select_autoescape(["html"]),
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    return templates
