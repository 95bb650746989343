"""What can be played, kept in memory for the player's many small requests."""

from videoflix import playlist
from videoflix.db import videos
from videoflix.db.pool import Database
from videoflix.models import Film
from videoflix.web.fresh import Fresh

# A film that is deleted or encoded anew is gone from every process after this many seconds.
SECONDS = 5.0
MOST_FILMS = 2_000
# A playlist of so many segments of one version never changes.
PLAYLIST_SECONDS = 3600.0
MOST_PLAYLISTS = 500


class Library:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._films: Fresh[int, Film | None] = Fresh(self._find, seconds=SECONDS, most=MOST_FILMS)
        self._playlists: Fresh[tuple[Film, int], bytes] = Fresh(
            self._write, seconds=PLAYLIST_SECONDS, most=MOST_PLAYLISTS
        )

    async def film(self, video_id: int) -> Film | None:
        """The version of a video that is served, or None."""
        return await self._films.get(video_id)

    async def film_with(self, video_id: int, segment: int) -> Film | None:
        """The same, asked for anew if it grows and does not hold this segment yet: another process may already
        have told of it."""
        film = await self.film(video_id)
        if film is None or film.is_complete or segment < film.segments:
            return film
        self._films.forget(video_id)
        return await self.film(video_id)

    async def playlist(self, film: Film, label: int) -> bytes:
        """The media playlist of one rung."""
        return await self._playlists.get((film, label))

    async def _find(self, video_id: int) -> Film | None:
        async with self._database.connection() as connection:
            return await videos.film(connection, video_id)

    async def _write(self, key: tuple[Film, int]) -> bytes:
        film, label = key
        async with self._database.connection() as connection:
            segments = await videos.segments(connection, film.video_id, film.version, label, film.segments)
        return playlist.media(segments, film.version, is_complete=film.is_complete).encode()
