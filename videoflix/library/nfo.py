"""Metadata files of media centres such as Kodi: small XML files about films, shows and episodes."""

import re
from xml.etree import ElementTree

from msgspec import Struct

from videoflix.errors import InvalidMetadata
from videoflix.library.charsets import decode
from videoflix.library.models import Metadata

MAX_BYTES = 1_000_000
# A web address may follow the document, or the next episode in the same film.
FIRST_DOCUMENT = re.compile(r".*?</(?:movie|tvshow|episodedetails)>", re.DOTALL)


class Description(Struct, frozen=True):
    """The metadata of a film, a show or an episode, and which episode of which series it is."""

    text: Metadata = Metadata()
    series: str | None = None
    season: int | None = None
    number: int | None = None


def read(data: bytes) -> Description:
    """What the file describes; a value that is missing or empty is None. Raises InvalidMetadata.

    A declared encoding is ignored: the text that is searched for entity declarations, by which a small file can
    expand without bound, has to be the text that is parsed.
    """
    if len(data) > MAX_BYTES:
        raise InvalidMetadata(f"The file is larger than {MAX_BYTES // 1_000_000} MB.")
    text = decode(data, sign="</")
    if "<!DOCTYPE" in text:
        raise InvalidMetadata("The file declares a document type, which is not allowed.")
    first = FIRST_DOCUMENT.match(text)
    try:
        root = ElementTree.fromstring(first[0] if first else text)  # noqa: S314 - without a document type nothing is dangerous in it
    except ElementTree.ParseError as reason:
        raise InvalidMetadata(f"The file is not XML: {reason}.") from None
    genre = _first(root, "genre")
    text_of_film = Metadata(
        title=_first(root, "title"),
        description=_first(root, "plot", "outline"),
        category=genre and genre.split(" / ")[0],
    )
    if root.tag != "episodedetails":
        return Description(text_of_film)
    return Description(text_of_film, _first(root, "showtitle"), _number(root, "season"), _number(root, "episode"))


def _first(root: ElementTree.Element, *names: str) -> str | None:
    """The first non-empty text among the elements with these names."""
    texts = ("".join(element.itertext()).strip() for name in names for element in root.findall(name))
    return next(filter(None, texts), None)


def _number(root: ElementTree.Element, name: str) -> int | None:
    text = _first(root, name) or ""
    return int(text) if re.fullmatch(r"\d{1,4}", text, re.ASCII) else None
