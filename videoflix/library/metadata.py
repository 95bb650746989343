"""The rules for titles, descriptions, categories and track names."""

import html
import re
from pathlib import Path

MAX_TITLE, MAX_DESCRIPTION, MAX_CATEGORY, MAX_LABEL = 200, 5000, 100, 100
MAX_FILE_NAME = 255
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


def label(text: str) -> str:
    """The name of an audio track or of captions, at most 100 characters in one line.

    It is quoted in playlists and shown in menus, so quotes and brackets become typographic ones.
    """
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return text.translate(TYPOGRAPHIC)[:MAX_LABEL].rstrip()


def title_of(file: Path) -> str:
    """A title made from a file name."""
    words = re.sub(r"[._\s]+", " ", file.stem).strip()
    return words or "Untitled"


def file_name(told: str) -> str:
    """A file name that a client sent, without folders, invisible characters and characters that change the
    direction of text."""
    last = re.split(r"[/\\]", told)[-1]
    letters = (" " if letter.isspace() else letter for letter in last)
    return "".join(letter for letter in letters if letter.isprintable()).strip()[:MAX_FILE_NAME]
