"""Folds texts for the search, so that spelling, accents and case make no difference, cuts them into
trigrams, and finds what a word with swapped letters can have been meant to be."""

import html
import re
import unicodedata
from collections.abc import Iterator

# Letters that Unicode does not decompose into a base letter and marks.
LETTERS = str.maketrans(
    {"ø": "o", "œ": "o", "æ": "a", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i", "ŋ": "n"}
    | dict.fromkeys("'’ʼ`´", "")
)
WORD = re.compile(r"[^\W_]+")
# ä is written a or ae, so both become a, in texts and in searches alike; ö and ü likewise.
UMLAUT = re.compile(r"(?<=[aou])e")
MAX_WORD = 50
# Of shorter words most transpositions are other words.
MIN_TRANSPOSED = 4


def fold(text: str) -> str:
    """The words of a text in lower case, without marks and punctuation, separated by single spaces."""
    return " ".join(map(_fold_umlauts, _words(text)))


def spellings(text: str) -> list[list[str]]:
    """The spellings of each word of a text, folded: its own, and from MIN_TRANSPOSED letters on also those with two
    neighbouring letters swapped."""
    return [list(dict.fromkeys(map(_fold_umlauts, (word, *_transpositions(word))))) for word in _words(text)]


def trigrams(folded: str) -> set[str]:
    """All sequences of three characters in the words of a folded text; words begin and end with a space."""
    padded = [f" {word} " for word in folded.split()]
    return {word[begin : begin + 3] for word in padded for begin in range(len(word) - 2)}


def _words(text: str) -> list[str]:
    decomposed = unicodedata.normalize("NFKD", html.unescape(text).casefold().translate(LETTERS))
    return WORD.findall("".join(letter for letter in decomposed if not unicodedata.combining(letter)))


def _fold_umlauts(word: str) -> str:
    return UMLAUT.sub("", word)[:MAX_WORD]


def _transpositions(word: str) -> Iterator[str]:
    if len(word) >= MIN_TRANSPOSED:
        for at in range(min(len(word), MAX_WORD) - 1):
            yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]
