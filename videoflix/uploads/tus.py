"""The headers of the tus protocol 1.0.0 for resumable uploads."""

import base64
import binascii
import re

from msgspec import Struct

from videoflix.errors import InvalidInput

VERSION = "1.0.0"
EXTENSIONS = ("creation", "creation-with-upload", "termination", "expiration", "checksum")
CONTENT_TYPE = "application/offset+octet-stream"
# The length of each digest in bytes.
CHECKSUMS = {"sha1": 20, "md5": 16, "sha256": 32}
KEY = re.compile(r"[!-+\--~]{1,100}", re.ASCII)  # visible characters without the comma


class Checksum(Struct, frozen=True):
    algorithm: str
    digest: bytes


def count(name: str, text: str | None) -> int:
    """A number of bytes. Raises InvalidInput, which names the header."""
    if text is None:
        raise InvalidInput(f"{name} is missing.")
    if not re.fullmatch(r"[0-9]{1,40}", text):
        raise InvalidInput(f"{name} is not a number of bytes.")
    return int(text)


def metadata(text: str) -> dict[str, str]:
    """The pairs of Upload-Metadata; bytes in their values that are not text are replaced. Raises InvalidInput."""
    pairs: dict[str, str] = {}
    for pair in text.split(",") if text.strip() else ():
        key, _, value = pair.strip().partition(" ")
        if not KEY.fullmatch(key) or key in pairs:
            raise InvalidInput("Upload-Metadata is not a list of distinct keys with their values.")
        pairs[key] = _decoded("Upload-Metadata", value.strip()).decode("utf-8", "replace")
    return pairs


def checksum(text: str | None) -> Checksum | None:
    """The digest that Upload-Checksum announces for a body. Raises InvalidInput."""
    if text is None:
        return None
    algorithm, _, digest = text.strip().partition(" ")
    if algorithm not in CHECKSUMS:
        raise InvalidInput(f"Upload-Checksum must be one of {', '.join(CHECKSUMS)}.")
    decoded = _decoded("Upload-Checksum", digest)
    if len(decoded) != CHECKSUMS[algorithm]:
        raise InvalidInput(f"Upload-Checksum is not a {algorithm} digest.")
    return Checksum(algorithm, decoded)


def _decoded(name: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):  # the latter for characters beyond ASCII
        raise InvalidInput(f"{name} is not base64.") from None
