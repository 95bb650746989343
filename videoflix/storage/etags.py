"""The ETag that S3 stores give a file: an MD5, or one of the MD5s of its parts."""

import hashlib
from collections.abc import Callable
from pathlib import Path

READ_BYTES = 1024 * 1024


def etag_of(file: Path, part_bytes: int) -> str:
    """Without quotes. A file that is larger than a part is sent in parts. Raises OSError."""
    with file.open("rb") as reading:
        parts = []
        while (digest := _digest(reading.read, part_bytes)) is not None:
            parts.append(digest)
    if len(parts) <= 1:
        return parts[0].hex() if parts else hashlib.md5(usedforsecurity=False).hexdigest()
    return f"{hashlib.md5(b''.join(parts), usedforsecurity=False).hexdigest()}-{len(parts)}"


def _digest(read: Callable[[int], bytes], count: int) -> bytes | None:
    """The MD5 of the next bytes; None at the end."""
    found, left = hashlib.md5(usedforsecurity=False), count
    while left and (block := read(min(READ_BYTES, left))):
        found.update(block)
        left -= len(block)
    return found.digest() if left < count else None
