"""Folds texts for the search, so that spelling, accents and case make no difference, and cuts them into trigrams."""

import html
import re
import unicodedata

# Letters that Unicode does not decompose into a base letter and marks.
LETTERS = str.maketrans(
    {"ø": "o", "œ": "o", "æ": "a", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i", "ŋ": "n"}
    | dict.fromkeys("'’ʼ`´", "")
)
WORD = re.compile(r"[^\W_]+")
# ä is written a or ae, so both become a, in texts and in searches alike; ö and ü likewise.
UMLAUT = re.compile(r"(?<=[aou])e")
MAX_WORD = 50


def fold(text: str) -> str:
    """The words of a text in lower case, without marks and punctuation, separated by single spaces."""
    decomposed = unicodedata.normalize("NFKD", html.unescape(text).casefold().translate(LETTERS))
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(UMLAUT.sub("", word)[:MAX_WORD] for word in WORD.findall(plain))


def trigrams(folded: str) -> set[str]:
    """All sequences of three characters in the words of a folded text; words begin and end with a space."""
    padded = [f" {word} " for word in folded.split()]
    return {word[begin : begin + 3] for word in padded for begin in range(len(word) - 2)}
