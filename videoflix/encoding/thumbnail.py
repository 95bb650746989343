"""Makes thumbnails: finds a frame that shows something, takes one at a given time, or converts an image; then scales
it to all widths, and finds its dominant colour."""

import shutil
from collections import Counter, defaultdict
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from statistics import fmean, pstdev

from videoflix.encoding import stills, timeline
from videoflix.encoding.ffmpeg_errors import RunFailed
from videoflix.encoding.models import Probe
from videoflix.encoding.process import ASIDE, capture
from videoflix.errors import EncodeFailed, FfmpegUnavailable, NotAnImage
from videoflix.storage.names import THUMBNAIL_WIDTHS, thumbnail_name, thumbnail_widths

# Pictures are taken in the largest width; an uploaded one is no higher than that.
WIDTH, MAX_HEIGHT = THUMBNAIL_WIDTHS[-1], 2 * THUMBNAIL_WIDTHS[-1]
SECONDS = 60.0
# Where to look, as parts of the film: after its titles and before its credits.
PLACES = (0.1, 0.28, 0.46, 0.64, 0.82)
SAMPLE = (160, 90)
# A mean brightness (of 255) below the first or above the last is worst; between the two in the middle it is best.
BRIGHTNESS = (16, 56, 192, 244)
# In a real picture of that size neighbouring pixels differ by less than this part of the overall variation; in noise
# by more.
ROUGH, NOISE = 0.5, 1.0
NO_DECODER = "no decoder found"
# The picture in which the dominant colour is looked for. Its tones of red, green and blue are alike in so many bits.
COLOUR_SAMPLE = (32, 18)
ALIKE_BITS = 3


async def take_candidates(ffmpeg: str, source: Path, probe: Probe, duration: float, folder: Path) -> int | None:
    """Write 0.jpg … to a folder, as many of the five as can be read. Returns which of them is neither black nor
    blurred nor in titles or credits; None if there is none."""
    best, most = None, -1.0
    for number, place in enumerate(PLACES):
        at, target = probe.first + duration * place, folder / f"{number}.jpg"
        arguments = stills.candidate(ffmpeg, source, probe, at, _width(probe), target, SAMPLE)
        try:
            gray = await capture(arguments, folder=folder, seconds=SECONDS, niceness=ASIDE)
        except (EncodeFailed, FfmpegUnavailable):  # the film has ended, is damaged there, or has no index
            target.unlink(missing_ok=True)
            continue
        if gray and target.exists() and score(gray, SAMPLE[0]) > most:
            best, most = number, score(gray, SAMPLE[0])
    return best


async def take_first(ffmpeg: str, source: Path, probe: Probe, target: Path) -> None:
    """Write the first frame as a JPEG. Raises EncodeFailed if it cannot be read."""
    arguments = stills.thumbnail(ffmpeg, source, probe, None, _width(probe), target)
    await capture(arguments, folder=target.parent, seconds=SECONDS, niceness=ASIDE)
    if not target.exists():
        raise EncodeFailed("No picture of the film can be read.")


async def take_frame(ffmpeg: str, ffprobe: str, source: Path, probe: Probe, at: float, target: Path) -> None:
    """Write the frame that is shown at a time in seconds as a JPEG. Raises EncodeFailed if it cannot be read.

    If it cannot be located, or the last frame is shown for long, a frame nearby is used.
    """
    entry, width = await timeline.entry(ffprobe, source, probe, at), _width(probe)
    attempts = [] if entry is None else [stills.frame(ffmpeg, source, probe, at, entry, width, target)]
    attempts.append(stills.thumbnail(ffmpeg, source, probe, probe.first + at, width, target))
    for arguments in attempts:
        with suppress(EncodeFailed, FfmpegUnavailable):
            await capture(arguments, folder=target.parent, seconds=SECONDS, niceness=ASIDE)
            if target.exists():
                return
    raise EncodeFailed("The film cannot be read at that time.")


async def convert(ffmpeg: str, picture: Path, target: Path) -> None:
    """Write an uploaded image as a JPEG. Raises NotAnImage with the reason."""
    try:
        arguments = stills.image(ffmpeg, picture, WIDTH, MAX_HEIGHT, target)
        await capture(arguments, folder=target.parent, seconds=SECONDS, niceness=ASIDE)
    except RunFailed as failure:
        if NO_DECODER in failure.said:  # the bundled one has no PNG
            raise NotAnImage("This ffmpeg cannot read pictures of this kind. A JPEG is fine for all.") from None
        raise NotAnImage(f"The picture cannot be read: {failure.cause or 'it is damaged'}.") from None
    if not target.exists():
        raise NotAnImage("There is no picture in the file.")


async def scale(ffmpeg: str, ffprobe: str, picture: Path, folder: Path, revision: int) -> tuple[int, str]:
    """Write a thumbnail in all widths to a folder, under the names that they are stored with. Returns the width of
    the largest, and the dominant colour. Raises EncodeFailed."""
    output = await capture(stills.image_width(ffprobe, picture), seconds=SECONDS, niceness=ASIDE)
    widest = int(output)
    files = {width: folder / thumbnail_name(revision, width) for width in thumbnail_widths(widest)}
    shutil.copyfile(picture, files.pop(max(files)))
    arguments = stills.scaled(ffmpeg, picture, files, COLOUR_SAMPLE)
    pixels = await capture(arguments, folder=folder, seconds=SECONDS, niceness=ASIDE)
    return widest, dominant_colour(pixels)


def dominant_colour(pixels: bytes) -> str:
    """The most common colour of pixels in RGB, as `#rrggbb`: the mean of those that are alike."""
    alike = defaultdict(list)
    for red, green, blue in zip(pixels[::3], pixels[1::3], pixels[2::3], strict=True):
        shift = 8 - ALIKE_BITS
        alike[red >> shift, green >> shift, blue >> shift].append((red, green, blue))
    tones = zip(*max(alike.values(), key=len), strict=True)
    return "#" + "".join(f"{round(fmean(tone)):02x}" for tone in tones)


def _width(probe: Probe) -> int:
    """No picture is enlarged. Half of the colours of JPEG need even widths."""
    return max(2, min(WIDTH, probe.width // 2 * 2))


def score(gray: bytes, width: int) -> float:
    """How much a gray picture shows, from 0 to 1: it is well lit, has many tones, and edges."""
    variety = pstdev(gray)
    if not variety:
        return 0.0
    edges = _edges(gray, width)
    noise = min(1.0, max(0.0, (edges / variety - ROUGH) / (NOISE - ROUGH)))
    (_, most_common), *_ = Counter(tone >> 4 for tone in gray).most_common(1)
    plain = min(1.0, max(0.0, 2 * most_common / len(gray) - 1))
    return _lit(fmean(gray)) * variety / (variety + 32) * edges / (edges + 8) * (1 - 0.9 * noise) * (1 - 0.9 * plain)


def _lit(brightness: float) -> float:
    """Even the darkest picture counts a little: in a film that is dark throughout, one is better than another."""
    black, dark, bright, white = BRIGHTNESS
    return max(0.02, min(1.0, (brightness - black) / (dark - black), (white - brightness) / (white - bright)))


def _edges(gray: bytes, width: int) -> float:
    """The mean difference between neighbouring pixels, horizontally and vertically."""
    rows = [gray[begin : begin + width] for begin in range(0, len(gray), width)]
    across = fmean(abs(left - right) for row in rows for left, right in pairwise(row))
    down = fmean(
        abs(above - below) for upper, lower in pairwise(rows) for above, below in zip(upper, lower, strict=True)
    )
    return (across + down) / 2
