"""The bytes of an upload in an S3 store: objects of PART_BYTES each, and a shorter one for what follows the last.

The row of the upload has their names, so any host can continue. None is ever overwritten: of two requests that append
at the same time, the one that records its parts first wins, and the other's are forgotten.

They do not form a multipart upload of the store. Its parts could not be read before all have come, but a file that is
no film is refused by its first bytes; they would have to know which film they become; and obstore exposes only
multipart uploads that begin and end in one call, while these outlive processes.
"""

from collections.abc import Iterable
from uuid import uuid4

import obstore
from obstore.store import S3Store

from videoflix.errors import UploadClosed
from videoflix.storage.incoming import Incoming, Kept
from videoflix.storage.s3_errors import translate_store_errors

PART_BYTES = 8 * 1024 * 1024
LOST = "The received data of this upload has been lost."


class S3Upload(Incoming):
    """An open upload. A request keeps less than two parts in memory."""

    has_parts = True

    def __init__(self, store: S3Store, folder: str) -> None:
        self._store = store
        self._folder = folder
        self._recorded = Kept(0)
        self._kept = Kept(0)
        self._parts: list[str] = []
        self._tail = bytearray()

    def cut(self, offset: int, parts: tuple[str, ...]) -> None:
        """Raises UploadClosed if a part is lost."""
        whole, rest = divmod(offset, PART_BYTES)
        if len(parts) < whole + bool(rest):  # they were received on a disk that has lost them
            raise UploadClosed(LOST)
        self._recorded = self._kept = Kept(offset, parts)
        self._parts = list(parts[:whole])
        self._tail = bytearray()
        if rest:
            self._tail += self._read(parts[whole], rest)

    def append(self, block: Iterable[bytes]) -> None:
        for chunk in block:
            self._tail += chunk
            while len(self._tail) >= PART_BYTES:
                self._parts.append(self._put(len(self._parts), self._tail[:PART_BYTES]))
                del self._tail[:PART_BYTES]

    def keep(self, *, everything: bool) -> Kept:
        """Complete parts only, except at the end of a request."""
        parts = tuple(self._parts)
        count = len(parts) * PART_BYTES
        if everything and self._tail and count + len(self._tail) > self._recorded.count:
            parts = (*parts, self._put(len(parts), self._tail))
            count += len(self._tail)
        if count > self._recorded.count:
            self._kept = Kept(count, parts)
        return self._kept

    def confirm(self) -> None:
        replaced = set(self._recorded.parts) - set(self._kept.parts)
        self._recorded = self._kept
        if replaced:
            with translate_store_errors():
                obstore.delete(self._store, [f"{self._folder}/{part}" for part in replaced])

    def head(self, count: int) -> bytes:
        return self._read(self._parts[0], count) if self._parts else bytes(self._tail[:count])

    def close(self) -> None:
        """Nothing is open."""

    def _put(self, number: int, content: bytearray) -> str:
        part = f"{number:05d}-{uuid4().hex}"
        with translate_store_errors():
            obstore.put(self._store, f"{self._folder}/{part}", bytes(content), use_multipart=False)
        return part

    def _read(self, part: str, count: int) -> bytes:
        try:
            with translate_store_errors():
                return bytes(obstore.get_range(self._store, f"{self._folder}/{part}", start=0, length=count))
        except FileNotFoundError:
            raise UploadClosed(LOST) from None
