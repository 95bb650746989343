"""Subtitles that somebody brings beside a film: which language, which encoding, and whether they are any."""

from pathlib import Path

from videoflix import languages, webvtt
from videoflix.errors import NotCaptions
from videoflix.intake import read_captions
from videoflix.models import Captions

# What file names carry beside the language.
REMARKS = ("forced", "sdh", "cc", "default", "full")


def brought(word: str, film: Path) -> Captions:
    """Read `LANGUAGE=FILE`, or `FILE` alone, whose name may tell the language. Raises NotCaptions."""
    file = Path(word)
    told, equals, rest = word.partition("=")
    if equals and not file.exists():
        file, language = Path(rest), languages.tag(told)
        if language is None and told != languages.UNKNOWN:
            raise NotCaptions(f"{told!r} is no language; write --captions de=FILE, for example.")
    else:
        language = language_of(file, film)
    try:
        return read_captions(_bytes(file), language)
    except NotCaptions as reason:
        raise NotCaptions(f"{file.name}: {reason.detail}") from None


def beside(file: Path, film: Path) -> Captions:
    """Read subtitles whose name says that they belong to a film. Raises NotCaptions."""
    return read_captions(_bytes(file), language_of(file, film))


def language_of(file: Path, film: Path) -> str | None:
    """The language in a name like film.de.srt or film.pt-BR.forced.srt.

    Beyond the film's own name any tag counts; in another name only the short and the common ones do, as words
    of a title may be tags of languages that few have heard of.
    """
    is_film_s = file.stem.startswith(f"{film.stem}.")
    words = file.stem.removeprefix(f"{film.stem}.").split(".")[0 if is_film_s else 1 :]
    words = [word for word in words if word.lower() not in REMARKS]
    language = languages.tag(words[-1]) if words else None
    if language and not is_film_s and len(language.split("-")[0]) > 2:
        return None
    return language


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as reading:
            data = reading.read(webvtt.MOST_BYTES + 1)
    except FileNotFoundError:
        raise NotCaptions("The file is not there.") from None
    except PermissionError:
        raise NotCaptions("The file cannot be read: permission denied.") from None
    except IsADirectoryError:
        raise NotCaptions("This is a folder.") from None
    if len(data) > webvtt.MOST_BYTES:
        raise NotCaptions(f"The file is larger than {webvtt.MOST_BYTES // 1_000_000} MB.")
    return data
