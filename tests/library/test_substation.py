import pytest

from videoflix.library.substation import events, readable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"{\p1}m 0 0 l 100 0 100 100{\p0}", ""),
        (r"{\an7\pos(0,0)\p2}m 0 0 b 1 2 3 4 5 6{\p0}Words", "Words"),
        (r"{\p1}m 0 0{\c&HFF&}l 5 5{\p0}{\i1}Words{\i0}", "<i>Words</i>"),
        (r"{\p1}m 0 0 l 1 1 2 2", ""),
        ("m 0 0 l 100 0 100 100 0 100 c", ""),
        ("m 0.5 -3 b 10 20 30 40 50 60\nWords", "Words"),
        (r"{\pos(1,2)\pbo3}Words", "Words"),
        (r"one\htwo\Nthree", "one\u00a0two\nthree"),
        (r"{\clip(m 0 0 l 1 0 1 1)\fad(1,2)\t(\frz5)}Words", "Words"),
        (r"{\b700}a{\b0}{\u1}b{\i}{\b400}", "<b>a</b><u>b</i></b>"),
        (r"{\i1}a{\r}b{\rAlt}{\blur3\be1\iclip(1,2,3,4)}c", "<i>a</b></i></u>b</b></i></u>c"),
        (r"{comment \k20}Words", "Words"),
        ("{Y:i}Words{o:1,2}", "Words"),
        ("{laughs} Words", "{laughs} Words"),
        ("5 men and 3 men", "5 men and 3 men"),
    ],
)
def test_what_nobody_is_to_read_is_left_out(text: str, shown: str) -> None:
    assert readable(text) == shown


def test_events_are_read_with_their_commas_and_without_comments() -> None:
    text = (
        "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: 0,0:00:00.50,1:02:03.04,Default,Ada,0,0,0,,One, two{a note}\\nthree\n"
        "Comment: 0,0:00:00.50,0:00:01.00,Default,,0,0,0,,never\n"
        "Dialogue: 0,0:00:02.00,0:00:03.00,Signs,,0,0,0,Banner;5,{\\p1}m 0 0 l 1 1{\\p0}\n"
    )
    assert list(events(text)) == [(500, 3_723_040, "One, two\nthree"), (2000, 3000, "")]


@pytest.mark.parametrize("odd", [" c", " 0", " ", "0", " 00"])
@pytest.mark.parametrize("begin", ["m 0 0 1 1 1", "m 0 0 ", ""])
def test_a_long_line_that_is_nearly_a_drawing_is_read_in_no_time(begin: str, odd: str) -> None:
    """Would not come to an end if its parts were tried in all ways."""
    text = begin + odd * 250_000 + "x"
    assert readable(text) == text
