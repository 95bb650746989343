"""Metadata files of media centres such as Kodi: small XML files with title, plot and genres."""

from xml.etree import ElementTree

from videoflix.errors import InvalidMetadata
from videoflix.library.charsets import decode
from videoflix.library.models import Metadata

MAX_BYTES = 1_000_000


def read(data: bytes) -> Metadata:
    """The metadata of a film; a value that is missing or empty is None. Raises InvalidMetadata.

    A declared encoding is ignored: the text that is searched for entity declarations, by which a small file can
    expand without bound, has to be the text that is parsed.
    """
    if len(data) > MAX_BYTES:
        raise InvalidMetadata(f"The file is larger than {MAX_BYTES // 1_000_000} MB.")
    text = decode(data, sign="</")
    if "<!DOCTYPE" in text:
        raise InvalidMetadata("The file declares a document type, which is not allowed.")
    movie, end, _ = text.partition("</movie>")  # a web address may follow the document
    try:
        root = ElementTree.fromstring(movie + end)  # noqa: S314 - without a document type nothing is dangerous in it
    except ElementTree.ParseError as reason:
        raise InvalidMetadata(f"The file is not XML: {reason}.") from None
    genre = _first(root, "genre")
    return Metadata(
        title=_first(root, "title"),
        description=_first(root, "plot", "outline"),
        category=genre and genre.split(" / ")[0],
    )


def _first(root: ElementTree.Element, *names: str) -> str | None:
    """The first non-empty text among the elements with these names."""
    texts = ("".join(element.itertext()).strip() for name in names for element in root.findall(name))
    return next(filter(None, texts), None)
