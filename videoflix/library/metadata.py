"""The rules for what people write about a film."""

import html
import re
from pathlib import Path

MAX_TITLE, MAX_DESCRIPTION, MAX_CATEGORY, MAX_LABEL = 200, 5000, 100, 100
MAX_FILE_NAME = 255
TYPOGRAPHIC = str.maketrans({'"': "”", "'": "’", "`": "’", "<": "‹", ">": "›", "\\": "/"})


def escape_html(text: str, most: int) -> str:
    """A text without control characters and with its markup disarmed, at most `most` characters long.

    Frontends put titles and descriptions into innerHTML. An ampersand alone does no harm there, so it stays
    as it is, and a text that went through here once is not changed by a second time.
    """
    text = "".join(letter for letter in text if letter >= " " or letter == "\n").replace("\x7f", "").strip()
    text = text.encode("utf-8", "ignore").decode()[:most]
    return html.escape(text, quote=True).replace("&amp;", "&")


def unescape_html(text: str) -> str:
    """What `escape_html` was given, for those who show it as text: a page of ours, an exported table."""
    return html.unescape(text)


def label(text: str) -> str:
    """The name of a sound track or of subtitles, at most 100 characters in one line.

    It stands in quotes in playlists and goes into menus: quotes and brackets become typographic ones.
    """
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return text.translate(TYPOGRAPHIC)[:MAX_LABEL].rstrip()


def title_of(file: Path) -> str:
    """A title from a file's name, for those who give none."""
    words = re.sub(r"[._\s]+", " ", file.stem).strip()
    return words or "Untitled"


def file_name(told: str) -> str:
    """The name of a file as another machine tells it: without folders, and without letters that nobody sees or
    that turn the others around."""
    last = re.split(r"[/\\]", told)[-1]
    letters = (" " if letter.isspace() else letter for letter in last)
    return "".join(letter for letter in letters if letter.isprintable()).strip()[:MAX_FILE_NAME]
