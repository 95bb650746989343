"""Adds films without encoding them: rows in the database, and random bytes as segments."""

import os
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from bench.server import Server
from videoflix.encoding import queries as encoding_queries
from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.models import EncodePlan, Probe, Rendition, Segment
from videoflix.library.queries import encodes, videos
from videoflix.storage import names

RENDITION = Rendition(1080, 1920, 1080)
SEGMENT_SECONDS = 6.0


async def add_film(server: Server, title: str, sizes: Sequence[int]) -> int:
    """Publish a film of one rendition whose segments have these sizes in bytes, and return its id."""
    probe = Probe(
        video=0,
        width=RENDITION.width,
        height=RENDITION.height,
        frame_rate=Fraction(30),
        duration=SEGMENT_SECONDS * len(sizes),
    )
    segments = [Segment(number, SEGMENT_SECONDS, size) for number, size in enumerate(sizes)]
    async with server.database() as database, database.transaction() as connection:
        video_id = await videos.insert(connection, title, f"About {title}, in a sentence or two.", "Drama")
        encode_id = await encodes.insert(connection, video_id)
        assert encode_id is not None
        await encoding_queries.begin(connection, encode_id, EncodePlan(probe, (RENDITION,), CURRENT))
        await encoding_queries.insert_segments(connection, encode_id, RENDITION.label, segments)
        await encoding_queries.set_codecs(connection, encode_id, {RENDITION.label: "avc1.640028"})
        rendition = server.settings.data_dir / "media" / names.rendition(video_id, 1, RENDITION.label)
        _write(rendition, sizes)
        await encoding_queries.publish(connection, encode_id)
    return video_id


def _write(rendition: Path, sizes: Sequence[int]) -> None:
    rendition.mkdir(parents=True)
    for number, size in enumerate(sizes):
        (rendition / f"{number:03d}.ts").write_bytes(os.urandom(size))
