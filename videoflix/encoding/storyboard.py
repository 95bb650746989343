"""Storyboards: which frames they show, their layout on sprite sheets, and the WebVTT that players read."""

import re
from fractions import Fraction

from msgspec import Struct

from videoflix.encoding.geometry import Geometry

SHEET = re.compile(r"[0-9]{3}\.jpg", re.ASCII)
# As many frames as can be told apart on a scrub bar, but never further apart than this.
MAX_PICTURES = 300
MAX_SECONDS = 30
LONG_SIDE = 160
COLUMNS, ROWS = 10, 10


class Layout(Struct, frozen=True):
    """A frame every `interval` seconds of a film of so many `seconds`, the first at its beginning.

    They are tiles of `width` by `height` pixels, row by row on sheets of one size; unused tiles of the last sheet
    stay black.
    """

    seconds: Fraction
    interval: Fraction
    pictures: int
    width: int
    height: int
    columns: int
    rows: int

    @property
    def sheets(self) -> int:
        return -(-self.pictures // (self.columns * self.rows))


def layout(frames: int, rate: Fraction, width: int, height: int, geometry: Geometry) -> Layout:
    """The layout for a film of that many frames and that size.

    Every tile is a key frame: these are found without decoding the others, and are evenly spaced in the whole film.
    So a cue shows exactly the frame that it begins with. Beside a copy, key frames are where the original has them,
    and a cue shows the last one up to its beginning.
    """
    step = geometry.key_frame_interval(rate)
    keys = -(-frames // step)
    every = max(1, min(-(-keys // MAX_PICTURES), MAX_SECONDS * rate // step))
    pictures = -(-keys // every)
    columns = min(COLUMNS, pictures)
    sheets = -(-pictures // (COLUMNS * ROWS))
    scale = min(Fraction(1), Fraction(LONG_SIDE, max(width, height)))
    return Layout(
        seconds=frames / rate,
        interval=every * step / rate,
        pictures=pictures,
        width=_even(width * scale),
        height=_even(height * scale),
        columns=columns,
        rows=-(-pictures // (sheets * columns)),
    )


def sheet_name(number: int) -> str:
    return f"{number:03d}.jpg"


def cues(board: Layout, version: int) -> str:
    """The WebVTT. Its URLs contain the version of the encode, so that caches never mix two."""
    blocks = ["WEBVTT"]
    for picture in range(board.pictures):
        sheet, place = divmod(picture, board.columns * board.rows)
        row, column = divmod(place, board.columns)
        begin, end = picture * board.interval, min((picture + 1) * board.interval, board.seconds)
        tile = f"{column * board.width},{row * board.height},{board.width},{board.height}"
        blocks.append(f"{_clock(begin)} --> {_clock(end)}\nstoryboard/{sheet_name(sheet)}?v={version}#xywh={tile}")
    return "\n\n".join(blocks) + "\n"


def _clock(seconds: Fraction) -> str:
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{milliseconds:03d}"


def _even(length: Fraction) -> int:
    """JPEG halves the resolution of colours: even sizes keep those of one tile out of the next."""
    return max(2, 2 * round(length / 2))
