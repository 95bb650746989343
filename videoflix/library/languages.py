"""Languages: what containers, file names and people call them, as BCP 47 tags, and what they call themselves."""

from functools import lru_cache

from langcodes import Language, find
from langcodes.tag_parser import LanguageTagError

UNKNOWN = "und"
MAX_LETTERS = 40
# Registered, but no language: undetermined, several, none that has a code, nothing that is spoken.
NONE = ("und", "mul", "mis", "zxx")
# The range that everybody may use for something else.
PRIVATE = ("qaa", "qtz")


@lru_cache(maxsize=512)
def tag(text: str) -> str | None:
    """The tag for `ger`, `deu`, `de_DE`, `German` or `Deutsch`: language, script and territory, nothing more.
    None for what names no language."""
    found = _find(text.strip())
    if found is None or found.language is None or not found.is_valid():
        return None
    code = found.language
    if code in NONE or "-" in code or (len(code) == 3 and PRIVATE[0] <= code <= PRIVATE[1]):
        return None
    return Language.make(code, script=found.script, territory=found.territory).to_tag()


@lru_cache(maxsize=512)
def name(language: str) -> str:
    """What a language calls itself, as it begins an entry of a menu."""
    own = Language.get(language).autonym()
    return own[:1].upper() + own[1:]


def _find(text: str) -> Language | None:
    if not 2 <= len(text) <= MAX_LETTERS:
        return None
    try:
        return Language.get(text)
    except LanguageTagError:
        pass
    try:
        return find(text)
    except LookupError:
        return None
