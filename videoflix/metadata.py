"""The rules for what people write about a film."""

import html
import re
from pathlib import Path

MOST_TITLE, MOST_DESCRIPTION, MOST_CATEGORY = 200, 5000, 100


def neutral(text: str, most: int) -> str:
    """A text without control characters and with its markup disarmed, at most `most` characters long.

    Frontends put titles and descriptions into innerHTML. An ampersand alone does no harm there, so it stays
    as it is, and a text that went through here once is not changed by a second time.
    """
    text = "".join(letter for letter in text if letter >= " " or letter == "\n").replace("\x7f", "").strip()
    text = text.encode("utf-8", "ignore").decode()[:most]
    return html.escape(text, quote=True).replace("&amp;", "&")


def title_of(file: Path) -> str:
    """A title from a file's name, for those who give none."""
    words = re.sub(r"[._\s]+", " ", file.stem).strip()
    return words or "Untitled"
