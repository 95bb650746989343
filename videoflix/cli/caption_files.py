"""Reads caption files given on the command line or found beside a film, with the language and kind in their names."""

from pathlib import Path

from videoflix.errors import InvalidCaptions
from videoflix.library import languages, webvtt
from videoflix.library.adding import read_captions
from videoflix.library.caption_names import Told, parse
from videoflix.library.models import Captions


def read_argument(argument: str, film: Path) -> Captions:
    """Read `LANGUAGE=FILE`, or `FILE` alone, whose name may contain language and kind. Raises InvalidCaptions."""
    file = Path(argument)
    language, equals, rest = argument.partition("=")
    if equals and not file.exists():
        file = Path(rest)
        info = _info_for(language, _tags(file, film))
    else:
        info = info_in_name(file, film)
    try:
        return read_captions(_read(file), info.language, info.kind)
    except InvalidCaptions as reason:
        raise InvalidCaptions(f"{file.name}: {reason.detail}") from None


def read_beside(file: Path, film: Path) -> Captions:
    """Read a caption file that was found beside its film. Raises InvalidCaptions."""
    info = info_in_name(file, film)
    return read_captions(_read(file), info.language, info.kind)


def info_in_name(file: Path, film: Path) -> Told:
    """The language and kind in a name like film.de.srt or film.pt-BR.forced.srt.

    After the film's own name any language tag counts. In other names only two-letter tags do, because a word of a
    title may be the tag of a rare language.
    """
    info = parse(_tags(file, film))
    is_rare = info.language is not None and len(info.language.split("-")[0]) > 2
    return Told(None, info.kind) if is_rare and not _is_named_after(file, film) else info


def _info_for(given: str, tags: str) -> Told:
    """A language from the command line, with the kind in the file's name. Raises InvalidCaptions."""
    language = languages.tag(given)
    if language is None and given != languages.UNKNOWN:
        raise InvalidCaptions(f"{given!r} is not a language. Use a tag or a name, for example --captions de=FILE.")
    info = parse(tags)
    if info.language != language:  # `hi` is Hindi alone, and "hearing impaired" after a language
        info = parse(f"{given}.{tags}")
    return Told(language, info.kind)


def _tags(file: Path, film: Path) -> str:
    """The part of a name after the film's own, or after its first dot."""
    if _is_named_after(file, film):
        return file.stem.removeprefix(f"{film.stem}.")
    return file.stem.partition(".")[2]


def _is_named_after(file: Path, film: Path) -> bool:
    return file.stem.startswith(f"{film.stem}.")


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as reading:
            data = reading.read(webvtt.MAX_BYTES + 1)
    except FileNotFoundError:
        raise InvalidCaptions("The file does not exist.") from None
    except PermissionError:
        raise InvalidCaptions("The file cannot be read: permission denied.") from None
    except IsADirectoryError:
        raise InvalidCaptions("This is a folder, not a file.") from None
    if len(data) > webvtt.MAX_BYTES:
        raise InvalidCaptions(f"The file is larger than {webvtt.MAX_BYTES // 1_000_000} MB.")
    return data
