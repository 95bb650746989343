r"""SubStation Alpha (ASS, SSA): its events, and its override codes, which other files carry along as well.

https://github.com/libass/libass/wiki/ASS-File-Format-Guide: `{\i1}` is italic, `{\p1}` begins a drawing that `{\p0}`
ends, `\N` and `\n` break a line, `\h` is a space that does not; what else stands in braces is never shown.
"""

import re
from collections.abc import Iterator

_TIME = r" *([0-9]+):([0-9]{2}):([0-9]{2})\.([0-9]{2})"
# Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, and the text, which may contain commas.
EVENT = re.compile(
    rf"^Dialogue:[^,\n]*,{_TIME},{_TIME}(?:,[^,\n]*){{6}},(.*)",
    re.MULTILINE,
)
COMMENT = re.compile(r"\{[^{}]*\}")
# In other files braces are text unless they contain codes of ASS or of MicroDVD.
OVERRIDE = re.compile(r"\{[^{}\\]*\\[^{}]*\}|\{[CcFfoPSsYy]:[^{}]*\}")
CODE = re.compile(r"\\(?:([biu])([0-9]{0,3})|(p)([0-9]{1,2})|(r)[^\\}]*)(?=[\\})\s])")
BREAK = re.compile(r"\\N")
SPACE = re.compile(r"\\h")
# A drawing without its codes, as conversions to SRT leave it. Only one way to match ` c` keeps it linear.
DRAWING = re.compile(r"\s*[mn](?:\s+-?[0-9.]+){2}(?:\s+(?:[mnlbspc]|-?[0-9.]+)){3,}(?:c[\sc]*|\s*)")


def events(text: str) -> Iterator[tuple[int, int, str]]:
    """Begin and end in milliseconds, and the text as in SRT."""
    for found in EVENT.finditer(text):
        begin, end = _milliseconds(*found.groups()[:4]), _milliseconds(*found.groups()[4:8])
        yield begin, end, readable(found[9].replace("\\n", "\\N"), COMMENT)


def readable(text: str, blocks: re.Pattern[str] = OVERRIDE) -> str:
    """The text without blocks in braces and without drawings; bold, italic and underline become tags."""
    parts: list[str] = []
    place, is_drawing = 0, False
    for block in blocks.finditer(text):
        parts += [] if is_drawing else [text[place : block.start()]]
        tags, is_drawing = _codes(block[0], is_drawing=is_drawing)
        parts.append(tags)
        place = block.end()
    parts += [] if is_drawing else [text[place:]]
    lines = SPACE.sub("\u00a0", BREAK.sub("\n", "".join(parts))).split("\n")
    return "\n".join(line for line in lines if not DRAWING.fullmatch(line))


def _codes(block: str, *, is_drawing: bool) -> tuple[str, bool]:
    """The tags that the codes of a block mean, and whether a drawing follows."""
    tags = ""
    for code in CODE.finditer(block):
        style, weight, drawing, scale, reset = code.groups()
        if drawing:
            is_drawing = int(scale) > 0
        elif reset:
            tags += "</b></i></u>"
        elif style:
            is_on = int(weight or 0) > 0 and not 1 < int(weight) < 600  # bold may carry a weight
            tags += f"<{style}>" if is_on else f"</{style}>"
    return tags, is_drawing


def _milliseconds(hours: str, minutes: str, seconds: str, hundredths: str) -> int:
    return (int(hours) * 3600 + int(minutes) * 60 + int(seconds)) * 1000 + int(hundredths) * 10
