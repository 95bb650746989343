import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videoflix.encoding.frame_rate import constant_rate
from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.storyboard import SHEET, cues, layout, sheet_name

RATES = st.fractions(min_value=Fraction(1, 10), max_value=60, max_denominator=1001)
SIDES = st.integers(2, 4096)


@pytest.mark.parametrize(
    ("seconds", "interval", "pictures", "sheets"),
    [(1, 2, 1, 1), (60, 2, 30, 1), (600, 2, 300, 3), (602, 4, 151, 2), (5400, 18, 300, 3), (86_400, 30, 2880, 29)],
)
def test_a_short_film_has_a_picture_per_key_frame_and_a_long_one_some_hundred(
    seconds: int, interval: Fraction, pictures: int, sheets: int
) -> None:
    board = layout(seconds * 25, Fraction(25), 854, 480, CURRENT)
    assert (board.interval, board.pictures, board.sheets) == (interval, pictures, sheets)


@pytest.mark.parametrize(
    ("size", "tile"),
    [
        ((854, 480), (160, 90)),
        ((480, 854), (90, 160)),
        ((640, 480), (160, 120)),
        ((2, 480), (2, 160)),
        ((64, 36), (64, 36)),
    ],
)
def test_tiles_have_the_film_s_shape_in_even_sizes_and_are_not_enlarged(
    size: tuple[int, int], tile: tuple[int, int]
) -> None:
    board = layout(25, Fraction(25), *size, CURRENT)
    assert (board.width, board.height) == tile


def test_few_pictures_make_a_small_sheet() -> None:
    board = layout(7 * 50, Fraction(25), 854, 480, CURRENT)
    assert (board.columns, board.rows, board.sheets) == (7, 1, 1)


@given(st.floats(0, 24 * 3600), RATES, SIDES, SIDES)
def test_every_picture_is_a_key_frame_of_the_film_and_lies_on_a_sheet(
    seconds: float, rate: Fraction, width: int, height: int
) -> None:
    rate = constant_rate(rate, None)
    board = layout(max(1, round(seconds * rate)), rate, width, height, CURRENT)
    step = CURRENT.key_frame_interval(rate) / rate
    assert (board.interval / step).denominator == 1
    assert board.interval <= max(Fraction(30), step)
    assert (board.pictures - 1) * board.interval < board.seconds <= board.pictures * board.interval
    room = board.columns * board.rows
    assert (board.sheets - 1) * room < board.pictures <= board.sheets * room
    assert room <= 100
    assert SHEET.fullmatch(sheet_name(board.sheets - 1))
    assert board.width % 2 == board.height % 2 == 0
    assert max(board.width, board.height) <= 160


def test_the_cues_follow_each_other_to_the_end_of_the_film() -> None:
    board = layout(30 * 65 + 1, Fraction(30000, 1001), 854, 480, CURRENT)
    assert cues(board, 3).splitlines()[:4] == [
        "WEBVTT",
        "",
        "00:00:00.000 --> 00:00:02.002",
        "storyboard/000.jpg?v=3#xywh=0,0,160,90",
    ]
    assert cues(board, 3).splitlines()[-2:] == [
        "00:01:04.064 --> 00:01:05.098",
        "storyboard/000.jpg?v=3#xywh=320,270,160,90",
    ]


def test_a_new_sheet_begins_where_the_last_is_full() -> None:
    board = layout(7200 * 25, Fraction(25), 480, 854, CURRENT)
    text = cues(board, 1)
    assert re.findall(r"(.*) -->.*\n.*/001\.jpg\?v=1#xywh=0,0,90,160$", text, re.MULTILINE) == ["00:40:00.000"]
    assert text.count("-->") == board.pictures == 300


@pytest.mark.parametrize(
    "name", ["0.jpg", "0000.jpg", "000.jpeg", "000.vtt", "000.jpg\n", "../000.jpg", "٠٠٠.jpg", ""]
)
def test_what_is_no_name_of_a_sheet(name: str) -> None:
    assert not SHEET.fullmatch(name)
