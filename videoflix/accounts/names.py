"""The rule for the names that people give their accounts."""

import unicodedata

from videoflix.errors import InvalidFields

MAX_LENGTH = 80
# A letter of some scripts is written as several characters. Longer text is not composed, as that could take long.
MAX_DECOMPOSED = 4 * MAX_LENGTH
# Invisible, but some scripts (and emoji) need them inside a word.
JOINERS = "\u200c\u200d"
TOO_LONG = "A name has at most 80 characters."


def display_name(text: str) -> str:
    """The name in one line, without invisible characters and those that change the direction of text.

    It may be empty. Raises InvalidFields.
    """
    if len(text) > MAX_DECOMPOSED:
        raise InvalidFields({"name": TOO_LONG})
    letters = (" " if letter.isspace() else letter for letter in unicodedata.normalize("NFC", text))
    visible = "".join(letter for letter in letters if letter.isprintable() or letter in JOINERS)
    name = " ".join(visible.split()).strip(" " + JOINERS)
    if len(name) > MAX_LENGTH:
        raise InvalidFields({"name": TOO_LONG})
    return name
