"""Chooses the H.264 level of a rendition, which tells players how large and fast its pictures are."""

from fractions import Fraction

from msgspec import Struct


class Level(Struct, frozen=True):
    """A level, and the most macroblocks of 16 × 16 pixels per picture and per second that it allows (H.264, table
    A-1)."""

    name: str
    picture: int
    second: int


# Everything plays 3.0, so smaller pictures get it, too. Phones play up to 4.2 (1080p at 60 frames per second); 1440p
# and 2160p need 5.0 to 5.2. No picture of the ladder has a bit rate near the limit of its level.
LEVELS = (
    Level("3.0", 1620, 40_500),
    Level("3.1", 3600, 108_000),
    Level("3.2", 5120, 216_000),
    Level("4.0", 8192, 245_760),
    Level("4.2", 8704, 522_240),
    Level("5.0", 22_080, 589_824),
    Level("5.1", 36_864, 983_040),
    Level("5.2", 36_864, 2_073_600),
)


def level(width: int, height: int, rate: Fraction) -> str | None:
    """The lowest level for pictures of that size in pixels at that rate. None if they exceed all of them, as very
    wide ones do: the encoder chooses then."""
    columns, rows = -(-width // 16), -(-height // 16)
    for one in LEVELS:
        is_in_picture = columns * rows <= one.picture and max(columns, rows) ** 2 <= 8 * one.picture
        if is_in_picture and columns * rows * rate <= one.second:
            return one.name
    return None
