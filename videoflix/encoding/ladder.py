"""The ladder of a film: renditions never larger than the source, even sizes, portrait measured by the short side."""

from collections.abc import Sequence

from videoflix.encoding.models import Rendition
from videoflix.setting_types import LABELS, MAIN_LABEL

# Ceilings of the video in kbit/s, of the order of Apple's HLS authoring specification. Its rates for H.264 end with
# 6000 for 1080p. 1440p and 2160p have rates for HEVC only, 8100 and 11600; those for H.264 are four thirds of it, as
# they are at 1080p (6000 to 4500). Below 480p a ceiling is half of the next one: Apple's rates there, 365 and 145,
# are averages for the slowest networks.
MAX_KBITS = dict(zip(LABELS, (400, 800, 1600, 3200, 6000, 10_800, 15_500), strict=True))
# How much video at the ceiling the rate control's buffer holds.
BUFFER_SECONDS = 2

# A single frame may take as much as some seconds.
SMALLEST_BYTES = 16_000_000


def ladder(width: int, height: int, labels: Sequence[int]) -> tuple[Rendition, ...]:
    """The renditions for a source of that size in pixels, lowest first. Of `labels` (lowest first) these are 480p in
    any case, the larger ones that the source reaches, and the smaller ones that are smaller than the source."""
    short = min(width, height)
    reached = [label for label in labels if label == MAIN_LABEL or label < short or label == short > MAIN_LABEL]
    return tuple(_rendition(label, width, height, short) for label in reached)


def best(labels: tuple[int, ...], asked: int) -> int:
    """The rendition that answers a request for another one: the highest that is not above it, else the lowest."""
    for label in reversed(labels):
        if label <= asked:
            return label
    return labels[0]


def max_kbits_for(width: int, height: int) -> int:
    """The ceiling in kbit/s for a picture of any size in pixels: that of the lowest label whose 16:9 picture has at
    least as many, or of the highest label."""
    for label, most in MAX_KBITS.items():
        if _even(label * 16, 1 / 9) * label >= width * height:
            return most
    return MAX_KBITS[max(MAX_KBITS)]


def most_bandwidth(label: int, segment_seconds: int) -> int:
    """The maximum rate of a segment in bit/s, until it has been measured.

    The rate control's buffer holds so many seconds at the ceiling: that much may be added in a segment. Ten percent
    more are for audio and packets.
    """
    seconds = segment_seconds + BUFFER_SECONDS
    return MAX_KBITS[label] * 1000 * seconds // segment_seconds * 11 // 10


def most_bytes(renditions: Sequence[Rendition], seconds: float, segment_seconds: int) -> int:
    """An upper bound for the size in bytes of so many seconds of a film in these renditions."""
    bits = 2 * sum(most_bandwidth(rendition.label, segment_seconds) for rendition in renditions)
    return SMALLEST_BYTES + round(bits * seconds / 8)


def _rendition(label: int, width: int, height: int, short: int) -> Rendition:
    scale = min(1.0, label / short)
    return Rendition(label, _even(width, scale), _even(height, scale))


def _even(length: int, scale: float) -> int:
    """The even number next to the scaled length, and not above the source's: 4:2:0 needs even sizes."""
    return max(2, min(2 * round(length * scale / 2), length // 2 * 2))
