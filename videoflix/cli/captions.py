"""Captions that somebody brings beside a film: their language and kind, and whether they can be read."""

from pathlib import Path

from videoflix.errors import InvalidCaptions
from videoflix.library import languages, webvtt
from videoflix.library.adding import read_captions
from videoflix.library.caption_names import Told, parse
from videoflix.library.models import Captions


def brought(word: str, film: Path) -> Captions:
    """Read `LANGUAGE=FILE`, or `FILE` alone, whose name may tell language and kind. Raises InvalidCaptions."""
    file = Path(word)
    given, equals, rest = word.partition("=")
    if equals and not file.exists():
        file = Path(rest)
        told = _told_for(given, _words(file, film))
    else:
        told = told_by(file, film)
    try:
        return read_captions(_bytes(file), told.language, told.kind)
    except InvalidCaptions as reason:
        raise InvalidCaptions(f"{file.name}: {reason.detail}") from None


def beside(file: Path, film: Path) -> Captions:
    """Read captions whose name says that they belong to a film. Raises InvalidCaptions."""
    told = told_by(file, film)
    return read_captions(_bytes(file), told.language, told.kind)


def _told_for(given: str, words: str) -> Told:
    """A language that somebody gives, and the kind in the file's name. Raises InvalidCaptions."""
    language = languages.tag(given)
    if language is None and given != languages.UNKNOWN:
        raise InvalidCaptions(f"{given!r} is no language; write --captions de=FILE, for example.")
    named = parse(words)
    if named.language != language:  # then hi is no language either
        named = parse(f"{given}.{words}")
    return Told(language, named.kind)


def told_by(file: Path, film: Path) -> Told:
    """What a name like film.de.srt or film.pt-BR.forced.srt tells.

    Beyond the film's own name any language counts; in another name only the short and the common tags do, as words
    of a title may be tags of languages that few have heard of.
    """
    told = parse(_words(file, film))
    is_rare = told.language is not None and len(told.language.split("-")[0]) > 2
    return Told(None, told.kind) if is_rare and not _is_named_after(file, film) else told


def _words(file: Path, film: Path) -> str:
    """What a name says beyond the film's own, or after its first word."""
    if _is_named_after(file, film):
        return file.stem.removeprefix(f"{film.stem}.")
    return file.stem.partition(".")[2]


def _is_named_after(file: Path, film: Path) -> bool:
    return file.stem.startswith(f"{film.stem}.")


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as reading:
            data = reading.read(webvtt.MAX_BYTES + 1)
    except FileNotFoundError:
        raise InvalidCaptions("The file is not there.") from None
    except PermissionError:
        raise InvalidCaptions("The file cannot be read: permission denied.") from None
    except IsADirectoryError:
        raise InvalidCaptions("This is a folder.") from None
    if len(data) > webvtt.MAX_BYTES:
        raise InvalidCaptions(f"The file is larger than {webvtt.MAX_BYTES // 1_000_000} MB.")
    return data
