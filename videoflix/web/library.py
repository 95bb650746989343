"""What can be played, kept in memory for the player's many small requests."""

from videoflix import playlist
from videoflix.db import videos
from videoflix.db.pool import Database
from videoflix.models import Film
from videoflix.web.fresh import Fresh

# A film that is deleted or encoded anew is gone from every process after this many seconds.
SECONDS = 5.0
MOST_FILMS = 2_000
# A playlist belongs to one version and never changes.
PLAYLIST_SECONDS = 3600.0
MOST_PLAYLISTS = 500

Playlist = tuple[bytes, int]


class Library:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._films: Fresh[int, Film | None] = Fresh(self._find, seconds=SECONDS, most=MOST_FILMS)
        self._playlists: Fresh[tuple[int, int, int], Playlist] = Fresh(
            self._write, seconds=PLAYLIST_SECONDS, most=MOST_PLAYLISTS
        )

    async def film(self, video_id: int) -> Film | None:
        """The published version of a video, or None."""
        return await self._films.get(video_id)

    async def playlist(self, film: Film, label: int) -> Playlist:
        """The media playlist of one rung, and how many segments it names."""
        return await self._playlists.get((film.video_id, film.version, label))

    async def _find(self, video_id: int) -> Film | None:
        async with self._database.connection() as connection:
            return await videos.film(connection, video_id)

    async def _write(self, key: tuple[int, int, int]) -> Playlist:
        async with self._database.connection() as connection:
            segments = await videos.segments(connection, *key)
        return playlist.media(segments, key[1]).encode(), len(segments)
