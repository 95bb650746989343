"""Reads published objects of an S3 store, for viewers and programs."""

import time
from collections import OrderedDict
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import PreconditionError
from obstore.store import S3Store

from videoflix.errors import StoreUnavailable
from videoflix.storage.objects import Objects, StoredObject
from videoflix.storage.s3_errors import translate_store_errors

if TYPE_CHECKING:
    from obstore import GetOptions

# Published objects never change, but lost segments are made again under their names.
KNOWN_SECONDS, MAX_KNOWN = 300.0, 20_000


class S3Objects(Objects):
    def __init__(self, store: S3Store) -> None:
        self._store = store
        self._known: OrderedDict[str, tuple[float, StoredObject]] = OrderedDict()

    async def find(self, name: str) -> StoredObject | None:
        """What is known of an object, None if there is none. Raises StoreUnavailable."""
        until, known = self._known.get(name, (0.0, None))
        if known is not None and until > time.monotonic():
            self._known.move_to_end(name)
            return known
        try:
            with translate_store_errors():
                meta = await obstore.head_async(self._store, name)
        except FileNotFoundError:
            return None
        found = StoredObject(meta["size"], meta["e_tag"] or "", meta["last_modified"])
        self._known[name] = (time.monotonic() + KNOWN_SECONDS, found)
        if len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)
        return found

    async def address(self, method: str, name: str, seconds: int) -> str:
        """A presigned address. Raises StoreUnavailable."""
        with translate_store_errors():
            return await obstore.sign_async(
                self._store, "HEAD" if method == "HEAD" else "GET", name, timedelta(seconds=seconds)
            )

    async def read(self, name: str, stored: StoredObject, start: int, count: int) -> bytes:
        """`count` bytes from `start` on. Raises FileNotFoundError if the object was removed or replaced since it was
        found, or StoreUnavailable."""
        options: GetOptions = {"range": (start, start + count), "if_match": stored.etag}
        try:
            with translate_store_errors():
                result = await obstore.get_async(self._store, name, options=options)
                block = bytes(await result.bytes_async())
        except (FileNotFoundError, PreconditionError):
            self._known.pop(name, None)
            raise FileNotFoundError(name) from None
        if len(block) != count:
            raise StoreUnavailable("The storage cannot be used: it sends fewer bytes than it was asked for.")
        return block
