"""How stored segments are named, and what such a name looks like."""

import re

SEGMENT = re.compile(r"(?:[0-9]{3}|[1-9][0-9]{3,4})\.ts", re.ASCII)


PIECE = re.compile(r"(?:[0-9]{3}|[1-9][0-9]{3,4})\.aac", re.ASCII)


def segment_name(number: int) -> str:
    return f"{number:03d}.ts"


def piece_name(number: int) -> str:
    return f"{number:03d}.aac"
