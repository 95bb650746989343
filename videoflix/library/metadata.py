"""The rules for titles, descriptions, categories and track names."""

import html
import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import structs

from videoflix.errors import InvalidFields
from videoflix.library.models import Metadata, VideoText

# The longest metadata in characters, before markup is escaped.
MAX_LENGTHS = {"title": 200, "description": 5000, "category": 100}
MAX_LABEL, MAX_FILE_NAME = 100, 255
# What a film is called if nobody says so.
UNTITLED, DEFAULT_CATEGORY = "Untitled", "Other"
TYPOGRAPHIC = str.maketrans({'"': "”", "'": "’", "`": "’", "<": "‹", ">": "›", "\\": "/"})


def escape_html(text: str, most: int) -> str:
    """The text without control characters and with its markup escaped, at most `most` characters long.

    Frontends put titles and descriptions into innerHTML. A single ampersand is harmless there and stays, so that
    escaping twice changes nothing.
    """
    text = "".join(letter for letter in text if letter >= " " or letter == "\n").replace("\x7f", "").strip()
    text = text.encode("utf-8", "ignore").decode()[:most]
    return html.escape(text, quote=True).replace("&amp;", "&")


def unescape_html(text: str) -> str:
    """Undoes `escape_html`, for output as plain text: our own pages, exported tables."""
    return html.unescape(text)


def escaped(given: Metadata) -> dict[str, str]:
    """The fields that are given, as they are stored. Raises InvalidFields if the title is empty."""
    told = {name: text for name, text in structs.asdict(given).items() if text is not None}
    texts = {name: escape_html(text, MAX_LENGTHS[name]) for name, text in told.items()}
    if texts.get("title") == "":
        raise InvalidFields({"title": "A video needs a title."})
    return texts


def text_of_new(given: Metadata) -> VideoText:
    """The metadata of a new film; what is missing or empty gets a default."""
    return VideoText(
        escape_html(given.title or "", MAX_LENGTHS["title"]) or UNTITLED,
        escape_html(given.description or "", MAX_LENGTHS["description"]),
        escape_html(given.category or "", MAX_LENGTHS["category"]) or DEFAULT_CATEGORY,
    )


def apply(texts: Mapping[str, str], before: VideoText) -> VideoText:
    """The metadata after these fields were changed."""
    differing = {name: text for name, text in texts.items() if _differs(name, getattr(before, name), text)}
    return structs.replace(before, **differing)


def changed_fields(before: VideoText, after: VideoText) -> dict[str, tuple[str, str]]:
    """The fields that changed, by name: the old and the new value as plain text."""
    pairs = {name: (getattr(before, name), getattr(after, name)) for name in MAX_LENGTHS}
    return {name: (unescape_html(old), unescape_html(new)) for name, (old, new) in pairs.items() if old != new}


def _differs(name: str, old: str, new: str) -> bool:
    """Whether the text differs. Stored text can be written in more than one way: &eacute;, é."""
    return new not in (old, escape_html(unescape_html(old), MAX_LENGTHS[name]))


def label(text: str) -> str:
    """The name of an audio track or of captions, at most 100 characters in one line.

    It is quoted in playlists and shown in menus, so quotes and brackets become typographic ones.
    """
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return text.translate(TYPOGRAPHIC)[:MAX_LABEL].rstrip()


def title_of(file: Path) -> str:
    """A title made from a file name."""
    words = re.sub(r"[._\s]+", " ", file.stem).strip()
    return words or UNTITLED


def file_name(told: str) -> str:
    """A file name that a client sent, without folders, invisible characters and characters that change the
    direction of text."""
    last = re.split(r"[/\\]", told)[-1]
    letters = (" " if letter.isspace() else letter for letter in last)
    return "".join(letter for letter in letters if letter.isprintable()).strip()[:MAX_FILE_NAME]
