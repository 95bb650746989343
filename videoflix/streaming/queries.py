"""The rows of streaming: what a player needs to know of a film."""

from fractions import Fraction

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.encoding.ladder import most_bandwidth
from videoflix.library.models import Track
from videoflix.library.queries import captions
from videoflix.streaming.models import Film, Rendition

SQL = Queries("films")


async def audio_tracks(connection: Connection, video_id: int, version: int) -> list[Track]:
    """The sound tracks of a version that are complete, the one that goes with the picture first."""
    return [Track(**row) for row in await connection.fetch(SQL.audio_tracks, video_id, version)]


async def film(connection: Connection, video_id: int) -> Film | None:
    """The version that is served; None if there is nothing to play."""
    rows = await connection.fetch(SQL.film, video_id)
    if not rows:
        return None
    version, is_complete = rows[0]["version"], rows[0]["is_complete"]
    rate = Fraction(rows[0]["frame_rate_num"], rows[0]["frame_rate_den"])
    sounds = await audio_tracks(connection, video_id, version) if is_complete else []
    return Film(
        video_id=video_id,
        version=version,
        published_at=rows[0]["published_at"],
        is_complete=is_complete,
        segments=rows[0]["segments"],
        thumbnail=rows[0]["thumbnail"],
        picture=rows[0]["picture"],
        has_storyboard=rows[0]["has_storyboard"],
        duration=rows[0]["duration"],
        sounds=tuple(sounds),
        captions=tuple(await captions.of_film(connection, video_id, version)),
        renditions=tuple(
            Rendition(
                label=row["label"],
                width=row["width"],
                height=row["height"],
                frame_rate=rate,
                codecs=row["codecs"],
                bandwidth=row["bandwidth"] or most_bandwidth(row["label"]),
                average_bandwidth=row["average_bandwidth"] or most_bandwidth(row["label"]),
            )
            for row in rows
        ),
    )
