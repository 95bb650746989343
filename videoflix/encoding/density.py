"""Refuses films whose time stamps promise far more pictures than there are packets to make them of.

Every second of such a film is the same picture again: a few kilobytes would keep a worker busy for a day.
"""

import asyncio
from pathlib import Path

from videoflix.encoding import extent
from videoflix.encoding.models import Probe
from videoflix.errors import NotAFilm

# An hour of a single picture, 30 times in a second, is fine: a cover, a screen on which nothing moves.
MAX_STILL_FRAMES = 3600 * 30
# Of longer films. Slides get one frame per second, so that each of them may stand for a quarter of an hour.
MAX_FRAMES_PER_PACKET = 1000
# Films of more bytes per frame are not read to count their packets, or large ones would begin late.
FEW_BYTES = 200


async def check(ffprobe: str, source: Path, found: Probe) -> None:
    """Raises NotAFilm, or EncodeFailed if the packets cannot be counted."""
    seconds = found.max_length if found.seconds is None else found.seconds
    frames = round((seconds or 0.0) * found.frame_rate)
    if frames <= MAX_STILL_FRAMES or (await asyncio.to_thread(source.stat)).st_size > frames * FEW_BYTES:
        return
    packets = (await extent.measure(ffprobe, source, found)).packets
    if frames > packets * MAX_FRAMES_PER_PACKET:
        raise NotAFilm(
            f"The film is damaged: its time stamps promise {frames:,} pictures, but it has only {packets:,} packets."
        )
