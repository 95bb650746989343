"""The file names of segments and thumbnails."""

import re

SEGMENT = re.compile(r"(?:[0-9]{3}|[1-9][0-9]{3,4})\.ts", re.ASCII)
AUDIO_SEGMENT = re.compile(r"(?:[0-9]{3}|[1-9][0-9]{3,4})\.aac", re.ASCII)
# The widths of a thumbnail in pixels. The one in the middle always exists.
THUMBNAIL_WIDTH = 640
THUMBNAIL_WIDTHS = (320, THUMBNAIL_WIDTH, 1280)


def segment_name(number: int) -> str:
    return f"{number:03d}.ts"


def segment_number(name: str) -> int:
    """The number of a segment, from a name that matches SEGMENT."""
    return int(name.removesuffix(".ts"))


def audio_segment_name(number: int) -> str:
    return f"{number:03d}.aac"


def thumbnail_name(revision: int = 1, width: int = THUMBNAIL_WIDTH) -> str:
    """`thumbnail.jpg` for the first revision, `thumbnail.320.jpg` in another width; `thumbnail-2.jpg` is next."""
    number = f"-{revision}" if revision > 1 else ""
    scale = f".{width}" if width != THUMBNAIL_WIDTH else ""
    return f"thumbnail{number}{scale}.jpg"


def thumbnail_widths(widest: int) -> list[int]:
    """In which widths a thumbnail is stored that is `widest` pixels wide in its largest; none is enlarged, so a file
    may be narrower than its name says."""
    return [width for width in THUMBNAIL_WIDTHS if width == THUMBNAIL_WIDTH or widest > min(width, THUMBNAIL_WIDTH)]
