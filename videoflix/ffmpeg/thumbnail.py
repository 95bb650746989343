"""Finds a picture that shows something: neither black nor blurred, and neither the titles nor the credits."""

from collections import Counter
from itertools import pairwise
from pathlib import Path
from statistics import fmean, pstdev

from videoflix.errors import EncodeFailed
from videoflix.ffmpeg import command
from videoflix.ffmpeg.process import ASIDE, capture
from videoflix.models import Probe

WIDTH = 640
SECONDS = 60.0
# Where to look, as parts of the film: behind its titles and before its credits.
PLACES = (0.1, 0.28, 0.46, 0.64, 0.82)
SAMPLE = (160, 90)
# Darker on the whole (of 255) than the first, or brighter than the last, is as bad as it gets; between the two in
# the middle is fine.
BRIGHTNESS = (16, 56, 192, 244)
# Of a real picture of that size neighbours differ by less than this part of how much all pixels do; of noise, more.
ROUGH, NOISE = 0.5, 1.0


async def make_thumbnail(ffmpeg: str, source: Path, probe: Probe, duration: float, target: Path) -> None:
    """Write a JPEG to `target`: the best of five, or the first frame of a film too short to look for one.

    Raises EncodeFailed if no frame can be read.
    """
    best, most = None, -1.0
    for place in PLACES:
        at = probe.first + duration * place
        gray = await _sample(ffmpeg, source, probe, at)
        if gray and score(gray, SAMPLE[0]) > most:
            best, most = at, score(gray, SAMPLE[0])
    arguments = command.thumbnail(ffmpeg, source, probe, best, WIDTH, target)
    await capture(arguments, seconds=SECONDS, niceness=ASIDE)
    if not target.exists():
        raise EncodeFailed("No picture of the film can be read.")


def score(gray: bytes, width: int) -> float:
    """How much there is to see in a gray picture, from 0 to 1: it is well lit, has many tones, and edges."""
    variety = pstdev(gray)
    if not variety:
        return 0.0
    edges = _edges(gray, width)
    noise = min(1.0, max(0.0, (edges / variety - ROUGH) / (NOISE - ROUGH)))
    (_, most_common), *_ = Counter(tone >> 4 for tone in gray).most_common(1)
    plain = min(1.0, max(0.0, 2 * most_common / len(gray) - 1))
    return _lit(fmean(gray)) * variety / (variety + 32) * edges / (edges + 8) * (1 - 0.9 * noise) * (1 - 0.9 * plain)


async def _sample(ffmpeg: str, source: Path, probe: Probe, at: float) -> bytes:
    """A small gray picture; empty if there is none: the film is over, or damaged there."""
    arguments = command.gray_frame(ffmpeg, source, probe.video, at, *SAMPLE)
    try:
        return await capture(arguments, seconds=SECONDS, niceness=ASIDE)
    except EncodeFailed:
        return b""


def _lit(brightness: float) -> float:
    """Even the darkest picture counts a little: in a film that is dark all through, one is better than another."""
    black, dark, bright, white = BRIGHTNESS
    return max(0.02, min(1.0, (brightness - black) / (dark - black), (white - brightness) / (white - bright)))


def _edges(gray: bytes, width: int) -> float:
    """The mean difference of neighbours, across and down."""
    rows = [gray[begin : begin + width] for begin in range(0, len(gray), width)]
    across = fmean(abs(left - right) for row in rows for left, right in pairwise(row))
    down = fmean(
        abs(above - below) for upper, lower in pairwise(rows) for above, below in zip(upper, lower, strict=True)
    )
    return (across + down) / 2
