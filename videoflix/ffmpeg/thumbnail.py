"""Finds a picture that shows something: not black, not a single colour, and not the first frame."""

from pathlib import Path
from statistics import fmean, pstdev

from videoflix.ffmpeg import command
from videoflix.ffmpeg.process import capture

WIDTH = 640
SECONDS = 60.0
# Where to look, as parts of the film: past the titles first; the first frame if there is no other.
PLACES = (0.2, 0.35, 0.5, 0.65, 0.1, 0.0)
SAMPLE = (32, 18)
# A picture that is bright and varied enough (of 255) is taken at once.
BRIGHT, VARIED = 32.0, 16.0


async def make_thumbnail(ffmpeg: str, source: Path, video: int, duration: float, target: Path) -> None:
    """Write a JPEG to `target`. Raises EncodeFailed if no frame can be read."""
    best, most = 0.0, -1.0
    for place in PLACES:
        at = duration * place
        gray = await capture(command.gray_frame(ffmpeg, source, video, at, *SAMPLE), seconds=SECONDS)
        if not gray:
            continue
        brightness, variety = fmean(gray), pstdev(gray)
        if variety > most:
            best, most = at, variety
        if brightness >= BRIGHT and variety >= VARIED:
            break
    await capture(command.thumbnail(ffmpeg, source, video, best, WIDTH, target), seconds=SECONDS)
