"""The file names of segments."""

import re

SEGMENT = re.compile(r"(?:[0-9]{3}|[1-9][0-9]{3,4})\.ts", re.ASCII)
AUDIO_SEGMENT = re.compile(r"(?:[0-9]{3}|[1-9][0-9]{3,4})\.aac", re.ASCII)


def segment_name(number: int) -> str:
    return f"{number:03d}.ts"


def segment_number(name: str) -> int:
    """The number of a segment, from a name that matches SEGMENT."""
    return int(name.removesuffix(".ts"))


def audio_segment_name(number: int) -> str:
    return f"{number:03d}.aac"
