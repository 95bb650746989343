import re
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from videoflix.errors import InvalidCaptions
from videoflix.library.webvtt import Cue, moved, read, read_ass, read_extracted, with_timestamp_map, write

SRT = """1
00:00:01,000 --> 00:00:02,500
First
line

2
00:01:03,250 --> 01:00:05,000
Second
"""


def _text(line: str) -> str:
    (cue,) = read(f"1\n00:00:01,000 --> 00:00:02,000\n{line}\n")
    return cue.text


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff", "\n\n"])
def test_srt(end: str, mark: str) -> None:
    assert read((mark + SRT).replace("\n", end)) == [
        Cue(1000, 2500, "", "First\nline"),
        Cue(63_250, 3_605_000, "", "Second"),
    ]


def test_webvtt_without_its_head_comments_styles_and_names() -> None:
    text = (
        "WEBVTT - made by hand\nKind: captions\n\nNOTE not for\nviewers 00:01 --> 00:02\n\n"
        "STYLE\n::cue { color: red }\n\n"
        "intro\n00:01.000 --> 00:02.000 line:-1 align:start evil:1 position:10%,line-left\nWords\n\n"
        "00:00:03.000 --> 00:00:04.000\nMore\n\nstray words\n"
    )
    assert read(text) == [
        Cue(1000, 2000, "line:-1 align:start position:10%,line-left", "Words"),
        Cue(3000, 4000, "", "More"),
    ]


@pytest.mark.parametrize(
    ("timing", "begin", "end"),
    [
        ("00:00:01,000 --> 00:00:02,000", 1000, 2000),
        ("00:00:01.000-->00:00:02.000", 1000, 2000),
        ("0:00:01,5 --> 0:00:02,25", 1500, 2250),
        ("00:01 --> 00:02", 1000, 2000),
        ("01:01.000 --> 100:00:00.000", 61_000, 360_000_000),
        ("00:00:01,000 --> 00:00:02,000  X1:100 X2:200 Y1:1 Y2:2", 1000, 2000),
        ("  00:00:01,000\t-->\t00:00:02,000 ", 1000, 2000),
    ],
)
def test_the_ways_to_write_a_time(timing: str, begin: int, end: int) -> None:
    assert read(f"1\n{timing}\nWords\n") == [Cue(begin, end, "", "Words")]


def test_counters_and_empty_lines_may_be_missing_or_too_many() -> None:
    text = "00:00:01,000 --> 00:00:02,000\nOne\n2\n00:00:03,000 --> 00:00:04,000\nTwo\n\nand more\n\n\n\n4\n"
    text += "00:00:05,000 --> 00:00:06,000\n42\n\n00:00:07,000 --> 00:00:08,000\n\n"
    assert [cue.text for cue in read(text)] == ["One", "Two\nand more", "42"]


def test_cues_come_in_order_and_last_for_some_time() -> None:
    late, early, never = ("00:10 --> 00:11\nlate", "00:01 --> 00:02\nearly", "00:05 --> 00:05\nnever")
    assert [cue.text for cue in read("\n\n".join([late, never, early]))] == ["early", "late"]


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("<i>so</i> <B>bold</B> <u>low</u>", "<i>so</i> <b>bold</b> <u>low</u>"),
        ('<font color="#ff0000">red</font>', "red"),
        ("<i>never closed", "<i>never closed</i>"),
        ("never opened</i>", "never opened"),
        ("<b><i>crossed</b></i>", "<b><i>crossed</i></b>"),
        ("<v.loud Mary Ann>Hi</v>", "<v.loud Mary Ann>Hi</v>"),
        ("<00:00:01.500>later", "later"),
        ("{\\an8}on top", "on top"),
        ("{\\p1}m 0 0 l 9 0 9 9{\\p0}{\\i1}a\\hsign{\\i0}", "<i>a\u00a0sign</i>"),
        ("one<br/>two", "one&lt;br/&gt;two"),
        ("one<br>two", "one\ntwo"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('<img src=x onerror="alert(1)">', '&lt;img src=x onerror="alert(1)"&gt;'),
        ("<i onclick=alert(1)>x</i>", "<i>x</i>"),
        ("<v <b>x", "&lt;v <b>x</b>"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("AT&T &amp; &lt;&nbsp;&#8211;", "AT&amp;T &amp; &lt;&nbsp;&#8211;"),
        ("this --> that", "this --&gt; that"),
        ("nul\0and\x1bothers\x85", "nulandothers"),
        ("<3 <sighs>", "&lt;3 &lt;sighs&gt;"),
    ],
)
def test_tags_that_webvtt_knows_stay_and_all_else_is_plain_words(told: str, kept: str) -> None:
    assert _text(told) == kept


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n\n", "empty"),
        ("WEBVTT\n", "no captions"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n<b></b>\n", "no captions"),
        ("1\n2\n3\n", "no captions"),
        ("Dear editor,\nthis is a letter.", "Line 1 is neither SRT nor WebVTT"),
        ("WEBVTTX\n\n00:01.000 --> 00:02.000\nx\n", "Line 1 is neither"),
        ("[Script Info]\nTitle: x\n", "Line 1 is neither"),
        ("\n\n1\nno time\n", "Line 4 is neither"),
        (SRT + "\n3\n00:00:09;000 --> 00:00:10,000\nx\n", "Line 11 should say when"),
        (SRT + "\n3\n00:00:09,000 -> 00:00:10,000\nx\n", "Line 11 should say when"),
        (SRT + "\n3\n00:00:61,000 --> 00:00:62,000\nx\n", "Line 11 should say when"),
        ("WEBVTT\n\nname\n00:01.000 --> 1:2:3:4\nx\n", "Line 4 should say when"),
        ("\x89PNG\r\n\x1a\n", "Line 1 is neither"),
    ],
)
def test_what_is_no_file_of_subtitles_is_told_with_its_line(text: str, reason: str) -> None:
    with pytest.raises(InvalidCaptions, match=reason):
        read(text)


def test_a_text_of_ffmpeg_may_have_empty_lines_and_arrows() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\nTop\n\nbelow\n\n00:03.000 --> 00:04.000\n12:30 -> 13:30 a < b\n\n"
    assert read_extracted(text) == [
        Cue(1000, 2000, "", "Top\nbelow"),
        Cue(3000, 4000, "", "12:30 -&gt; 13:30 a &lt; b"),
    ]
    assert read_extracted("") == read_extracted("WEBVTT\n") == []


def test_a_drawing_is_no_cue() -> None:
    drawing = "00:00:03,000 --> 00:00:04,000\n{\\p1}m 0 0 l 1 0 1 1{\\p0}\n\n"
    assert [cue.text for cue in read(drawing + "00:00:05,000 --> 00:00:06,000\nWords\n")] == ["Words"]
    event = "Dialogue: {},0:00:01.00,0:00:02.00,Default,,0,0,0,,{}\n"
    layers = event.format(0, "{\\p1}m 0 0 l 1 0 1 1") + event.format(1, "Sign") + event.format(2, "Sign")
    assert read_ass(layers) == [Cue(1000, 2000, "", "Sign")]


def test_cues_are_moved_and_what_was_over_before_the_beginning_is_gone() -> None:
    cues = [Cue(0, 900, "", "a"), Cue(500, 1500, "", "b"), Cue(2000, 3000, "", "c")]
    assert moved(cues, -1000) == [Cue(0, 500, "", "b"), Cue(1000, 2000, "", "c")]


def test_what_hls_serves_tells_where_the_clock_begins() -> None:
    text = with_timestamp_map(write([Cue(1000, 3_723_004, "line:0", "Hi")]), 10)
    assert text == (
        "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n00:00:01.000 --> 01:02:03.004 line:0\nHi\n"
    )


MARKUP = (
    "<",
    ">",
    "</",
    "<b>",
    "</b>",
    "<i>",
    "</i>",
    "<v A>",
    "<script>",
    "&",
    "&amp;",
    "{\\an8}",
    "<c.a",
    "<00:01.000>",
)
OTHERS = ("-->", "\n", "\r", "\0", "1", "00:01 --> 00:02", "NOTE x", "WEBVTT", "ä", " ", "x", ":", ";", "\u2028")
WORDS = st.lists(st.sampled_from(MARKUP + OTHERS), max_size=30).map("".join)


@settings(deadline=None)
@given(WORDS | st.text(max_size=60), st.booleans())
@example("<c.a-->x", False)
@example("<v a-->x", True)
def test_whatever_it_says_what_is_written_is_clean_and_says_the_same_again(words: str, extracted: bool) -> None:
    text = f"00:00:01.000 --> 00:00:02.000\n{words}\n"
    try:
        cues = read_extracted(text) if extracted else read(text)
    except InvalidCaptions:
        return
    written = write(cues)
    for cue in cues:
        assert cue.text.strip()
        assert not re.search(r"\n\s*\n|-->|[\0\r]", cue.text)
        for tag in re.findall(r"<[^>]*>", cue.text):
            assert re.fullmatch(r"</?(?:b|i|u|c|v|lang|ruby|rt)\b[^<>]*>", tag)
    if cues:
        assert read(written) == cues


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_either_understood_or_refused(text: str) -> None:
    with suppress(InvalidCaptions):
        assert read(text)


@pytest.mark.parametrize(
    "odd", ["<b>", "<", "<1:", "</i>", "-", "1:", "<c.a", "&", "{\\", " ", "\n", "00:01 --> 00:02\n"]
)
def test_a_large_odd_file_is_read_in_no_time(odd: str) -> None:
    """Would not come to an end if anything in it took quadratic time."""
    text = "00:00:01.000 --> 00:00:02.000\n" + odd * (500_000 // len(odd))
    assert read_extracted(text) == sorted(read_extracted(text), key=lambda cue: cue.begin)
    with suppress(InvalidCaptions):
        assert read(text)
