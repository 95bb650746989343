"""Reads HLS playlists."""

import re


def durations(text: str) -> list[float]:
    """The durations in seconds of the segments of a media playlist."""
    return [float(found) for found in re.findall(r"^#EXTINF:([0-9.]+)", text, flags=re.MULTILINE)]
