"""The list of playable videos as it is sent, cached until a video changes."""

import asyncio
import gzip
from collections.abc import Awaitable
from hashlib import blake2b

from msgspec import Struct

from videoflix.db.pool import Database
from videoflix.library.queries import videos
from videoflix.ttl_cache import TTLCache

# A change is notified at once; if the notification is lost, the list is wrong for this long at most.
SECONDS = 5.0
# Lists differ in the address of their thumbnails: one for each name of this server.
MAX_LISTS = 20
MIN_COMPRESSED_BYTES = 1000


class Listing(Struct, frozen=True):
    """The list as JSON; `compressed` with gzip if that is worth it."""

    text: bytes
    compressed: bytes | None
    etag: str


class VideoList:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._listings: TTLCache[str, Listing] = TTLCache(self._load, seconds=SECONDS, most=MAX_LISTS)

    def get(self, base_url: str) -> Awaitable[Listing]:
        """All videos that can be played, newest first."""
        return self._listings.get(base_url)

    def forget(self) -> None:
        self._listings.clear()

    async def _load(self, base_url: str) -> Listing:
        async with self._database.connection() as connection:
            text = await videos.listing(connection, base_url)
        return await asyncio.to_thread(_listing, text)


def _listing(json: str) -> Listing:
    """Of thousands of videos this takes a tenth of a second."""
    text = json.encode()
    compressed = gzip.compress(text, 6, mtime=0) if len(text) >= MIN_COMPRESSED_BYTES else None
    return Listing(text, compressed, f'"{blake2b(text, digest_size=12).hexdigest()}"')
