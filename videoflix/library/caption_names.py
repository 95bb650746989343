"""Language and kind of captions, from the names of files and tracks, and the name that players show."""

import re

from msgspec import Struct

from videoflix.library import languages
from videoflix.library.models import CaptionKind

# Captions in an unknown language.
NAMELESS = "Subtitles"
SUFFIXES = {CaptionKind.FULL: "", CaptionKind.FORCED: " (forced)", CaptionKind.SDH: " (SDH)"}

KINDS = {
    "forced": CaptionKind.FORCED,
    "foreign": CaptionKind.FORCED,
    "sdh": CaptionKind.SDH,
    "cc": CaptionKind.SDH,
    "hoh": CaptionKind.SDH,
}
# A kind only beside a language: alone it is the code of Hindi.
HEARING_IMPAIRED = "hi"
# What names contain beside language and kind.
OTHERS = ("default", "full", "commentary")
MARKS = "|".join((*KINDS, HEARING_IMPAIRED, *OTHERS))
# A marker can be joined to the language (de-forced, en_sdh) or in brackets.
BEFORE_MARK = re.compile(rf"[-_ (\[]+(?=(?:{MARKS})(?![^\W_]))", re.IGNORECASE)
IN_TITLE = (
    (re.compile(r"\b(?:forced|foreign (?:parts|dialogue)( only)?)\b", re.IGNORECASE), CaptionKind.FORCED),
    (re.compile(r"\b(?:sdh|cc|hoh|hearing[- ]impaired|hard of hearing)\b", re.IGNORECASE), CaptionKind.SDH),
)


class Told(Struct, frozen=True):
    """What a name says; the language is None if there is none in it."""

    language: str | None
    kind: CaptionKind


def parse(words: str) -> Told:
    """Reads a name such as `de`, `pt-BR.forced`, `German.sdh` or `hi` (which is Hindi; in `de.hi` it is not)."""
    parts = [word.rstrip(")]") for word in BEFORE_MARK.sub(".", words).split(".")]
    kinds = [KINDS[word.lower()] for word in parts if word.lower() in KINDS]
    rest = [word for word in parts if word and word.lower() not in KINDS and word.lower() not in OTHERS]
    if len(rest) > 1 and any(languages.tag(word) for word in _without_hi(rest)):
        kinds += [CaptionKind.SDH] * (len(rest) - len(_without_hi(rest)))
        rest = _without_hi(rest)
    elif len(rest) > 1 and all(word.lower() == HEARING_IMPAIRED for word in rest):
        kinds.append(CaptionKind.SDH)
    return Told(languages.tag(rest[-1]) if rest else None, kinds[0] if kinds else CaptionKind.FULL)


def in_file_name(stem: str, film: str = "") -> Told:
    """The language and kind in a name like film.de or film.pt-BR.forced; both names are without their last extension.

    After the film's own name any language tag counts. In other names only two-letter tags do, because a word of a
    title may be the tag of a rare language.
    """
    found = parse(tags(stem, film))
    is_rare = found.language is not None and len(found.language.split("-")[0]) > 2
    return Told(None, found.kind) if is_rare and not _is_named_after(stem, film) else found


def tags(stem: str, film: str) -> str:
    """The part of a name after the film's own, or after its first dot."""
    return stem.removeprefix(f"{film}.") if _is_named_after(stem, film) else stem.partition(".")[2]


def _is_named_after(stem: str, film: str) -> bool:
    return stem.startswith(f"{film}.")


def kind_in(title: str) -> CaptionKind:
    """The kind that the title of a track names."""
    return next((kind for pattern, kind in IN_TITLE if pattern.search(title)), CaptionKind.FULL)


def name(language: str | None, kind: CaptionKind, title: str | None = None) -> str:
    """What a menu shows: the title, or else the language's own name for itself, with the kind unless the title has
    it."""
    shown = title or (languages.name(language) if language else NAMELESS)
    return shown if kind_in(shown) is kind else shown + SUFFIXES[kind]


def _without_hi(words: list[str]) -> list[str]:
    return [word for word in words if word.lower() != HEARING_IMPAIRED]
