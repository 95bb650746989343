"""What media centres such as Kodi write beside a film: a small XML file with its title, its plot and its genres."""

from xml.etree import ElementTree

from msgspec import Struct

from videoflix.errors import InvalidMetadata
from videoflix.library.charsets import decode

MAX_BYTES = 1_000_000


class Described(Struct, frozen=True):
    """What is said of a film; empty is what is not said."""

    title: str = ""
    description: str = ""
    category: str = ""


def read(data: bytes) -> Described:
    """Raises InvalidMetadata. What is declared about the encoding does not count: the text that is searched for
    declarations of entities, with which a small file can blow itself up, has to be the one that is parsed."""
    if len(data) > MAX_BYTES:
        raise InvalidMetadata(f"The file is larger than {MAX_BYTES // 1_000_000} MB.")
    text = decode(data, sign="</")
    if "<!DOCTYPE" in text:
        raise InvalidMetadata("The file declares a document type; that is not read.")
    movie, end, _ = text.partition("</movie>")  # an address on the web may stand behind it
    try:
        root = ElementTree.fromstring(movie + end)  # noqa: S314 - without a document type nothing is dangerous in it
    except ElementTree.ParseError as reason:
        raise InvalidMetadata(f"The file is no XML: {reason}.") from None
    return Described(_first(root, "title"), _first(root, "plot", "outline"), _first(root, "genre").split(" / ")[0])


def _first(root: ElementTree.Element, *names: str) -> str:
    """The first text that is not empty of the elements of these names."""
    texts = ("".join(element.itertext()).strip() for name in names for element in root.findall(name))
    return next(filter(None, texts), "")
