"""Caches films and playlists in memory, for the many small requests of players."""

from collections.abc import Awaitable
from datetime import datetime

from videoflix.db.pool import Database
from videoflix.encoding import queries as encoding_queries
from videoflix.errors import NotFound
from videoflix.http.responses import CachedText
from videoflix.streaming import playlist, queries
from videoflix.streaming.models import Film
from videoflix.ttl_cache import TTLCache

# Notifications invalidate the cache at once; this limit applies when one is lost.
SECONDS = 5.0
MAX_FILMS = 2_000
# The playlist of a version never changes for a given number of segments.
PLAYLIST_SECONDS = 3600.0
MAX_PLAYLISTS = 500

# The video, version and label of a playlist, its number of segments, whether they are all, and published_at.
PlaylistKey = tuple[int, int, int, int, bool, datetime]


class FilmCache:
    """Playable films by video id, and their media playlists."""

    def __init__(self, database: Database, stale_seconds: float) -> None:
        self._database = database
        self._films: TTLCache[int, Film | None] = TTLCache(
            self._load_film, seconds=SECONDS, most=MAX_FILMS, stale_seconds=stale_seconds
        )
        self._playlists: TTLCache[PlaylistKey, CachedText] = TTLCache(
            self._build_playlist, seconds=PLAYLIST_SECONDS, most=MAX_PLAYLISTS
        )

    def film(self, video_id: int) -> Awaitable[Film | None]:
        """The current version of a video, or None if nothing of it can be played."""
        return self._films.get(video_id)

    async def film_with_segment(self, video_id: int, segment: int) -> Film | None:
        """The same, read again if the film is still being encoded and lacks this segment: another process may
        already have listed it in a playlist."""
        film = await self._films.get(video_id)
        if film is None or film.is_complete or segment < film.segments:
            return film
        self._films.expire(video_id)
        return await self._films.get(video_id)

    def playlist(self, film: Film, label: int) -> Awaitable[CachedText]:
        """The media playlist of one rendition."""
        key = (film.video_id, film.version, label, film.segments, film.is_complete, film.published_at)
        return self._playlists.get(key)

    def forget(self, video_id: int | None = None) -> None:
        """Drop one video. None: ask for all of them again."""
        if video_id is None:
            self._films.expire_all()
        else:
            self._films.forget(video_id)

    async def _load_film(self, video_id: int) -> Film | None:
        async with self._database.connection() as connection:
            return await queries.film(connection, video_id)

    async def _build_playlist(self, key: PlaylistKey) -> CachedText:
        video_id, version, label, count, is_complete, published_at = key
        async with self._database.connection() as connection:
            segments = await encoding_queries.segments(connection, video_id, version, label, count)
        if not segments:  # the video was deleted, or this version replaced, and the notification is on its way
            raise NotFound
        body = playlist.media(segments, version, is_complete=is_complete).encode()
        return CachedText(body, f'"{version}-{label}-{count}{is_complete:d}"', published_at)
