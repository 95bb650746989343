"""Queries for playback: the current version of a video and its tracks."""

from fractions import Fraction

import msgspec

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.encoding.geometry import Geometry
from videoflix.encoding.ladder import most_bandwidth
from videoflix.library.models import Track
from videoflix.library.queries import captions
from videoflix.streaming.models import Film, Variant

SQL = Queries("films")


async def audio_tracks(connection: Connection, video_id: int, version: int) -> list[Track]:
    """The complete audio tracks of a version. The first one is muxed into the video segments."""
    return [Track(**row) for row in await connection.fetch(SQL.audio_tracks, video_id, version)]


async def newest(connection: Connection) -> tuple[int, int, int] | None:
    """The video, the version and the lowest rendition of the newest complete film, or None."""
    row = await connection.fetchrow(SQL.newest)
    return tuple(row) if row else None


async def film(connection: Connection, video_id: int) -> Film | None:
    """The current version of a video, or None if nothing of it can be played."""
    rows = await connection.fetch(SQL.film, video_id)
    if not rows:
        return None
    version, is_complete = rows[0]["version"], rows[0]["is_complete"]
    rate = Fraction(rows[0]["frame_rate_num"], rows[0]["frame_rate_den"])
    geometry = msgspec.json.decode(rows[0]["geometry"], type=Geometry)
    tracks = await audio_tracks(connection, video_id, version) if is_complete else []
    return Film(
        video_id=video_id,
        version=version,
        published_at=rows[0]["published_at"],
        is_complete=is_complete,
        segments=rows[0]["segments"],
        thumbnail=rows[0]["thumbnail"],
        thumbnail_width=rows[0]["thumbnail_width"],
        thumbnail_version=rows[0]["thumbnail_version"],
        has_storyboard=rows[0]["has_storyboard"],
        duration=rows[0]["duration"],
        geometry=geometry,
        audio_tracks=tuple(tracks),
        captions=tuple(await captions.of_film(connection, video_id, version)),
        variants=tuple(
            Variant(
                label=row["label"],
                width=row["width"],
                height=row["height"],
                frame_rate=rate,
                codecs=row["codecs"],
                bandwidth=row["bandwidth"] or most_bandwidth(row["label"], geometry.segment_seconds),
                average_bandwidth=row["average_bandwidth"] or most_bandwidth(row["label"], geometry.segment_seconds),
            )
            for row in rows
        ),
    )
