"""Reads the playlist that ffmpeg writes for its segments."""

import re


def parse_durations(text: str) -> list[float]:
    """The durations in seconds of the segments in an encoder's own playlist."""
    return [float(found) for found in re.findall(r"^#EXTINF:([0-9.]+)", text, flags=re.MULTILINE)]
