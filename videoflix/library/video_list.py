"""The list of playable videos as it is sent, cached until a video changes: one for all who may see the same."""

import asyncio
import gzip
from collections.abc import Awaitable
from hashlib import blake2b

from msgspec import Struct

from videoflix.accounts.models import Viewer
from videoflix.db.pool import Database
from videoflix.library.queries import videos
from videoflix.ttl_cache import TTLCache

# A change is notified at once; if the notification is lost, the list is wrong for this long at most.
SECONDS = 5.0
# Lists differ in who may see what, and in the address of their thumbnails: one for each name of this server.
MAX_LISTS = 200
MIN_COMPRESSED_BYTES = 1000


class Listing(Struct, frozen=True):
    """The list as JSON; `compressed` with gzip if that is worth it."""

    text: bytes
    compressed: bytes | None
    etag: str


class VideoList:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._listings: TTLCache[tuple[str, Viewer], Listing] = TTLCache(self._load, seconds=SECONDS, most=MAX_LISTS)

    def get(self, base_url: str, viewer: Viewer) -> Awaitable[Listing]:
        """All videos that can be played and this viewer may see, newest first."""
        return self._listings.get((base_url, viewer))

    def forget(self) -> None:
        self._listings.clear()

    async def _load(self, key: tuple[str, Viewer]) -> Listing:
        async with self._database.connection() as connection:
            text = await videos.listing(connection, *key)
        return await asyncio.to_thread(_listing, text)


def _listing(json: str) -> Listing:
    """Of thousands of videos this takes a tenth of a second."""
    text = json.encode()
    compressed = gzip.compress(text, 6, mtime=0) if len(text) >= MIN_COMPRESSED_BYTES else None
    return Listing(text, compressed, f'"{blake2b(text, digest_size=12).hexdigest()}"')
