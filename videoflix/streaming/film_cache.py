"""What can be played, kept in memory for the players' many small requests until a change is heard of."""

from collections.abc import Awaitable
from datetime import datetime

from videoflix.db.pool import Database
from videoflix.encoding import queries as encoding_queries
from videoflix.http.responses import CachedText
from videoflix.streaming import playlist, queries
from videoflix.streaming.models import Film
from videoflix.ttl_cache import TTLCache

# Changes are heard of at once; if the news fails, they show after this many seconds all the same.
SECONDS = 5.0
MAX_FILMS = 2_000
# A playlist of so many segments of one version never changes.
PLAYLIST_SECONDS = 3600.0
MAX_PLAYLISTS = 500

# A playlist: of which video, version and rung, with how many segments, whether they are all, and since when.
Which = tuple[int, int, int, int, bool, datetime]


class FilmCache:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._films: TTLCache[int, Film | None] = TTLCache(self._find, seconds=SECONDS, most=MAX_FILMS)
        self._playlists: TTLCache[Which, CachedText] = TTLCache(
            self._write, seconds=PLAYLIST_SECONDS, most=MAX_PLAYLISTS
        )

    def film(self, video_id: int) -> Awaitable[Film | None]:
        """The version of a video that is served, or None."""
        return self._films.get(video_id)

    async def film_with(self, video_id: int, segment: int) -> Film | None:
        """The same, asked for anew if it grows and does not hold this segment yet: another process may already
        have told of it."""
        film = await self._films.get(video_id)
        if film is None or film.is_complete or segment < film.segments:
            return film
        self._films.forget(video_id)
        return await self._films.get(video_id)

    def playlist(self, film: Film, label: int) -> Awaitable[CachedText]:
        """The media playlist of one rung."""
        which = (film.video_id, film.version, label, film.segments, film.is_complete, film.published_at)
        return self._playlists.get(which)

    def forget(self, video_id: int | None = None) -> None:
        """A video has changed, or any of them may have."""
        if video_id is None:
            self._films.clear()
        else:
            self._films.forget(video_id)

    async def _find(self, video_id: int) -> Film | None:
        async with self._database.connection() as connection:
            return await queries.film(connection, video_id)

    async def _write(self, which: Which) -> CachedText:
        video_id, version, label, count, is_complete, published_at = which
        async with self._database.connection() as connection:
            segments = await encoding_queries.segments(connection, video_id, version, label, count)
        body = playlist.media(segments, version, is_complete=is_complete).encode()
        return CachedText(body, f'"{version}-{label}-{count}{is_complete:d}"', published_at)
