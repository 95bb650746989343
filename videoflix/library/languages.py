"""Languages: the codes and names that containers, files and people use, as BCP 47 tags, and the languages' own
names."""

from functools import lru_cache

from langcodes import Language, find
from langcodes.tag_parser import LanguageTagError

UNKNOWN = "und"
MAX_LETTERS = 40
# Registered codes that name no language: undetermined, multiple, uncoded, no linguistic content.
NONE = ("und", "mul", "mis", "zxx")
# The range for private use.
PRIVATE = ("qaa", "qtz")


@lru_cache(maxsize=512)
def tag(text: str) -> str | None:
    """The tag for `ger`, `deu`, `de_DE`, `German` or `Deutsch`: language, script and territory only. None if it
    does not name a language."""
    found = _find(text.strip())
    if found is None or found.language is None or not found.is_valid():
        return None
    code = found.language
    if code in NONE or "-" in code or (len(code) == 3 and PRIVATE[0] <= code <= PRIVATE[1]):
        return None
    return Language.make(code, script=found.script, territory=found.territory).to_tag()


@lru_cache(maxsize=512)
def name(language: str) -> str:
    """The language's own name, capitalised for a menu."""
    own = Language.get(language).autonym()
    return own[:1].upper() + own[1:]


def _find(text: str) -> Language | None:
    # the trie of names that `find` looks in separates values by control characters: with one of them, it fails
    if not 2 <= len(text) <= MAX_LETTERS or not text.isprintable():
        return None
    try:
        return Language.get(text)
    except LanguageTagError:
        pass
    try:
        return find(text)
    except LookupError:
        return None
