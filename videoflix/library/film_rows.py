"""The rows of films on the home page that do not depend on what somebody has watched, cached until a video changes:
once for all who may see the same."""

from collections.abc import Awaitable

from videoflix.accounts.models import Viewer
from videoflix.db.pool import Database
from videoflix.library.models import FilmRow
from videoflix.library.queries import cards
from videoflix.ttl_cache import TTLCache

# A change is notified at once; if the notification is lost, the rows are wrong for this long at most.
SECONDS = 5.0
# Rows differ in who may see what, and in the address of their thumbnails: one for each name of this server.
MAX_VARIANTS = 500


class FilmRows:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows: TTLCache[tuple[Viewer, str], tuple[FilmRow, ...]] = TTLCache(
            self._load, seconds=SECONDS, most=MAX_VARIANTS
        )

    def get(self, viewer: Viewer, base_url: str = "") -> Awaitable[tuple[FilmRow, ...]]:
        """The newest films, then a row for each of the largest categories; none without films."""
        return self._rows.get((viewer, base_url))

    def forget(self) -> None:
        self._rows.clear()

    async def _load(self, key: tuple[Viewer, str]) -> tuple[FilmRow, ...]:
        async with self._database.connection() as connection:
            return await cards.rows(connection, *key)
