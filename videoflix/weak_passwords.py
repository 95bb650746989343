"""Recognises weak passwords: common ones, the name of this site, and placeholders in configuration files."""

import re
import string
import unicodedata
from functools import cache
from pathlib import Path

SITE = "videoflix"
MIN = 8
AROUND = string.digits + string.punctuation + string.whitespace

# The words in placeholders like change-me-please or supersecretpassword.
PLACEHOLDER = re.compile(
    r"(?:change|replace|fill|insert|enter|choose|set|put|me|this|it|in|here|please|now|to|your?|my|the|a|an|new|own|"
    r"some|strong|super|secret|safe|pass(?:word|wort|wd|phrase)?|pwd?|key|token|value|string|random|default|example|"
    r"sample|placeholder|todo|test(?:ing)?|demo|dev|local|admin(?:istrator)?|root|user(?:name)?|owner|db|database|"
    rf"postgres(?:ql)?|sql|redis|django|{SITE}|x|[\W\d_])+"
)


@cache
def _common() -> frozenset[str]:
    """Common passwords in lower case, with at least MIN characters that are not all digits.

    Sources: the 20,000 in Django 5.2 (by Royce Williams), and the first 2,500 in zxcvbn 4.5.
    """
    return frozenset((Path(__file__).parent / "common_passwords.txt").read_text().split())


def is_common(password: str) -> bool:
    """Whether it is a common password or the site's name, also repeated, or with digits or punctuation around it."""
    whole = unicodedata.normalize("NFKC", password).lower()
    if not {whole, whole.strip(AROUND), _repeated(whole)}.isdisjoint(_common()):
        return True
    letters = re.sub(r"[\W\d_]", "", whole)
    return SITE in letters and len(letters.replace(SITE, "")) < 4


def is_placeholder(password: str) -> bool:
    """Whether it is too weak for a server: too short, common, or made of placeholder words only."""
    return len(password) < MIN or is_common(password) or bool(PLACEHOLDER.fullmatch(password.lower()))


def _repeated(text: str) -> str:
    """The shortest text that, repeated, gives this one: `abab` gives `ab`, `abc` itself."""
    return text[: (text + text).find(text, 1)]
