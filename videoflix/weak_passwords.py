"""Passwords that are guessed first: the commonest, the name of this site, and placeholders of configuration files."""

import re
import string
import unicodedata
from functools import cache
from pathlib import Path

SITE = "videoflix"
MIN = 8
AROUND = string.digits + string.punctuation + string.whitespace

# What examples of configuration files are put together from, as in change-me-please or supersecretpassword.
PLACEHOLDER = re.compile(
    r"(?:change|replace|fill|insert|enter|choose|set|put|me|this|it|in|here|please|now|to|your?|my|the|a|an|new|own|"
    r"some|strong|super|secret|safe|pass(?:word|wort|wd|phrase)?|pwd?|key|token|value|string|random|default|example|"
    r"sample|placeholder|todo|test(?:ing)?|demo|dev|local|admin(?:istrator)?|root|user(?:name)?|owner|db|database|"
    rf"postgres(?:ql)?|sql|redis|django|{SITE}|x|[\W\d_])+"
)


@cache
def _common() -> frozenset[str]:
    """Passwords of at least MIN characters, in lower case, not all digits: from the 20,000 commonest of Django 5.2
    (by Royce Williams) and the first 2,500 of zxcvbn 4.5."""
    return frozenset((Path(__file__).parent / "common_passwords.txt").read_text().split())


def is_common(password: str) -> bool:
    """Whether it is one of the commonest or the name of this site, also with digits and signs around it, or twice."""
    whole = unicodedata.normalize("NFKC", password).lower()
    if not {whole, whole.strip(AROUND), _repeated(whole)}.isdisjoint(_common()):
        return True
    letters = re.sub(r"[\W\d_]", "", whole)
    return SITE in letters and len(letters.replace(SITE, "")) < 4


def is_placeholder(password: str) -> bool:
    """Whether it cannot protect a server: too short, common, or made of the words of examples alone."""
    return len(password) < MIN or is_common(password) or bool(PLACEHOLDER.fullmatch(password.lower()))


def _repeated(text: str) -> str:
    """What the text repeats, which is itself if it repeats nothing."""
    return text[: (text + text).find(text, 1)]
