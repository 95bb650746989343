"""Captions: reads SRT and WebVTT, and writes the clean WebVTT that is stored and served."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, takewhile

from msgspec import Struct

from videoflix.errors import InvalidCaptions
from videoflix.library import substation

# Ten hours of speech take less than one megabyte.
MAX_BYTES = 5_000_000
CLOCK = 90_000
HEADER = "WEBVTT\n"

# Hours may be missing, and a comma is accepted as a decimal point.
_TIME = r"(?:([0-9]{1,4}):)?([0-5]?[0-9]):([0-5]?[0-9])(?:[.,]([0-9]{1,3}))?"
TIMING = re.compile(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}(?:[ \t]+(.*))?[ \t]*")
NEARLY = re.compile(r"[ \t]*[0-9]+[ \t]*[:;.,]")
COUNTER = re.compile(r"[ \t]*[0-9]+[ \t]*")
HEAD = re.compile(r"WEBVTT(?:[ \t].*)?")
ASIDE = re.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t].*)?")
# Control characters other than the line feed, and byte order marks inside the text.
USELESS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")

TAG = re.compile(r"<(/?)([A-Za-z]{1,10})((?:\.[\w-]{0,39}\w)*)(?:[ \t]++([^<>]{0,200}))?>|<[0-9]{1,4}:[0-9:.]{2,14}>")
MAX_NESTED = 20
KNOWN = ("b", "i", "u", "c", "v", "lang", "ruby", "rt")
# Tags that SRT files use and WebVTT does not have. Any other unknown tag is text.
FORMATTING = ("font", "s", "strike", "span", "p", "em", "strong", "br")
AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|nbsp|lrm|rlm|quot|apos|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});)")
SETTING = re.compile(
    r"vertical:(?:rl|lr)"
    r"|line:-?[0-9]{1,4}(?:\.[0-9]{1,4})?%?(?:,(?:start|center|end))?"
    r"|position:[0-9]{1,3}(?:\.[0-9]{1,4})?%(?:,(?:line-left|center|line-right))?"
    r"|size:[0-9]{1,3}(?:\.[0-9]{1,4})?%"
    r"|align:(?:start|center|end|left|right)"
)


class Cue(Struct, frozen=True):
    """A text, its begin and end in milliseconds (the end is exclusive), and its WebVTT settings."""

    begin: int
    end: int
    settings: str
    text: str


def read(text: str) -> list[Cue]:
    """The cues of an uploaded file, in order. Raises InvalidCaptions, with the line, if it is neither SRT nor
    WebVTT."""
    lines = _lines(text)
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise InvalidCaptions("The file is empty.")
    is_vtt = HEAD.fullmatch(lines[first]) is not None
    if is_vtt:
        lines = _without_asides(lines, first)
    _check(lines, is_vtt)
    cues = _in_order(_cues(lines, is_vtt))
    if not cues:
        raise InvalidCaptions("There are no captions in the file.")
    return cues


def read_extracted(text: str) -> list[Cue]:
    """The cues that ffmpeg has extracted. It writes texts unchanged, so an empty line does not end a cue."""
    lines = _lines(text)
    return _in_order(_cues(lines[1:] if HEAD.fullmatch(lines[0]) else lines, is_vtt=False))


def read_ass(text: str) -> list[Cue]:
    """The cues of an ASS track that ffmpeg has copied. Layers with the same text at the same time become one cue."""
    found = substation.events("\n".join(_lines(text)))
    cues = (Cue(begin, end, "", _text(words)) for begin, end, words in found)
    return _in_order({cue for cue in cues if cue.text and cue.end > cue.begin})


def write(cues: Iterable[Cue]) -> str:
    blocks = (
        f"{_time(one.begin)} --> {_time(one.end)}{one.settings and ' '}{one.settings}\n{one.text}" for one in cues
    )
    return "\n\n".join([HEADER.strip(), *blocks]) + "\n"


def moved(cues: Iterable[Cue], milliseconds: int) -> list[Cue]:
    """The same cues, shifted; cues that end before the beginning are dropped."""
    return [
        Cue(max(0, one.begin + milliseconds), one.end + milliseconds, one.settings, one.text)
        for one in cues
        if one.end + milliseconds > 0
    ]


def with_timestamp_map(text: str, offset: int) -> str:
    """The text with the header that HLS needs: the film starts at `offset` seconds of the clock (RFC 8216, 3.5)."""
    return text.replace(HEADER, f"{HEADER}X-TIMESTAMP-MAP=MPEGTS:{offset * CLOCK},LOCAL:00:00:00.000\n", 1)


def _lines(text: str) -> list[str]:
    return [USELESS.sub("", line) for line in re.split(r"\r\n|\r|\n", text)]


def _without_asides(lines: list[str], head: int) -> list[str]:
    """WebVTT without its header, comments and styles, replaced by empty lines so that line numbers stay the same."""
    kept = list(lines)
    skipping, after_blank = True, False
    for number, line in enumerate(lines[head:], head):
        if not line or TIMING.fullmatch(line):
            skipping = False
        elif after_blank and ASIDE.fullmatch(line):
            skipping = True
        if skipping:
            kept[number] = ""
        after_blank = not line
    return kept


def _check(lines: Sequence[str], is_vtt: bool) -> None:
    """Raises InvalidCaptions for content before the first cue, and for timings that cannot be read."""
    begun, may_begin = False, True
    for number, line in enumerate(lines, 1):
        if TIMING.fullmatch(line):
            begun, may_begin = True, False
        elif not line.strip():
            may_begin = True
        elif may_begin and "->" in line and NEARLY.match(line):
            raise InvalidCaptions(
                f"Line {number} should say when a caption is shown, like 00:01:02,500 --> 00:01:04,000."
            )
        elif not begun and not is_vtt and not COUNTER.fullmatch(line):
            raise InvalidCaptions(f"Line {number} is neither SRT nor WebVTT.")
        else:
            may_begin = may_begin and (is_vtt or COUNTER.fullmatch(line) is not None)


def _cues(lines: Sequence[str], is_vtt: bool) -> Iterator[Cue]:
    """Splits at the timings. In SRT the counter before a timing does not belong to the previous text, and empty
    lines inside a text are allowed; in WebVTT they end it."""
    places = [number for number, line in enumerate(lines) if TIMING.fullmatch(line)]
    for place, after in pairwise([*places, len(lines)]):
        body = list(lines[place + 1 : after])
        if is_vtt:
            body = list(takewhile(bool, body))
        elif body and after < len(lines) and COUNTER.fullmatch(body[-1]):
            body.pop()
        begin, end, settings = _timing(lines[place])
        text = _text("\n".join(body).strip())
        if text and end > begin:
            yield Cue(begin, end, settings, text)


def _in_order(cues: Iterable[Cue]) -> list[Cue]:
    return sorted(cues, key=lambda cue: (cue.begin, cue.end))


def _timing(line: str) -> tuple[int, int, str]:
    found = TIMING.fullmatch(line)
    assert found
    settings = [word for word in (found[9] or "").split() if SETTING.fullmatch(word)]
    return _milliseconds(*found.groups()[:4]), _milliseconds(*found.groups()[4:8]), " ".join(settings)


def _milliseconds(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> int:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole * 1000 + int((fraction or "0").ljust(3, "0"))


def _time(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:03d}"


def _text(body: str) -> str:
    """The text of a cue as WebVTT: known tags, each closed; everything else as escaped text."""
    body = substation.readable(body)
    parts: list[str] = []
    opened: list[str] = []
    place, has_words = 0, False
    for found in TAG.finditer(body):
        before = body[place : found.start()]
        has_words = has_words or bool(before.strip())
        parts.append(_escaped(before))
        place = found.end()
        word = (found[2] or "").lower()
        if word in KNOWN:
            parts.append(_closed(opened, word) if found[1] else _opened(opened, word, found[3], found[4]))
        elif word == "br":
            parts.append("\n")
        elif word and word not in FORMATTING:
            parts.append(_escaped(found[0]))
            has_words = True
    has_words = has_words or bool(body[place:].strip())
    parts += [_escaped(body[place:]), *(f"</{word}>" for word in reversed(opened))]
    lines = (line.strip() for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line) if has_words else ""


def _opened(opened: list[str], word: str, classes: str, annotation: str | None) -> str:
    if len(opened) >= MAX_NESTED:
        return ""
    opened.append(word)
    # A hyphen before the end of the tag could make it the arrow of a timing.
    words = " ".join((annotation or "").split()).rstrip("- ") if word in ("v", "lang") else ""
    return f"<{word}{classes}{words and ' '}{_escaped(words)}>"


def _closed(opened: list[str], word: str) -> str:
    """The end tags of a tag and of those that were opened inside it; empty if it was not opened."""
    if word not in opened:
        return ""
    ends: list[str] = []
    while not ends or ends[-1] != f"</{word}>":
        ends.append(f"</{opened.pop()}>")
    return "".join(ends)


def _escaped(text: str) -> str:
    return AMPERSAND.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
