"""Reads caption files given on the command line or found beside a film, with the language and kind in their names."""

from pathlib import Path

from videoflix.errors import InvalidCaptions
from videoflix.library import languages, webvtt
from videoflix.library.adding import read_captions
from videoflix.library.caption_names import Told, in_file_name, parse, tags
from videoflix.library.models import Captions


def read_argument(argument: str, film: Path) -> Captions:
    """Read `LANGUAGE=FILE`, or `FILE` alone, whose name may contain language and kind. Raises InvalidCaptions."""
    file = Path(argument)
    language, equals, rest = argument.partition("=")
    if equals and not file.exists():
        file = Path(rest)
        info = _info_for(language, tags(file.stem, film.stem))
    else:
        info = in_file_name(file.stem, film.stem)
    try:
        return read_captions(_read(file), info.language, info.kind)
    except InvalidCaptions as reason:
        raise InvalidCaptions(f"{file.name}: {reason.detail}") from None


def read_beside(file: Path, film: Path) -> Captions:
    """Read a caption file that was found beside its film. Raises InvalidCaptions."""
    info = in_file_name(file.stem, film.stem)
    return read_captions(_read(file), info.language, info.kind)


def _info_for(given: str, told: str) -> Told:
    """A language from the command line, with the kind in the file's name. Raises InvalidCaptions."""
    language = languages.tag(given)
    if language is None and given != languages.UNKNOWN:
        raise InvalidCaptions(f"{given!r} is not a language. Use a tag or a name, for example --captions de=FILE.")
    info = parse(told)
    if info.language != language:  # `hi` is Hindi alone, and "hearing impaired" after a language
        info = parse(f"{given}.{told}")
    return Told(language, info.kind)


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
