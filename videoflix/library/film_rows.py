"""The rows of films on the home page that are the same for all viewers, cached until a video changes."""

from collections.abc import Awaitable

from videoflix.db.pool import Database
from videoflix.library.models import FilmRow
from videoflix.library.queries import cards
from videoflix.ttl_cache import TTLCache

# A change is notified at once; if the notification is lost, the rows are wrong for this long at most.
SECONDS = 5.0
# Rows differ in the address of their thumbnails: one for each name of this server.
MAX_VARIANTS = 20


class FilmRows:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows: TTLCache[str, tuple[FilmRow, ...]] = TTLCache(self._load, seconds=SECONDS, most=MAX_VARIANTS)

    def get(self, base_url: str = "") -> Awaitable[tuple[FilmRow, ...]]:
        """The newest films, then a row for each of the largest categories; none without films."""
        return self._rows.get(base_url)

    def forget(self) -> None:
        self._rows.clear()

    async def _load(self, base_url: str) -> tuple[FilmRow, ...]:
        async with self._database.connection() as connection:
            return await cards.rows(connection, base_url)
