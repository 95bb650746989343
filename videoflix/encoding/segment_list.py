"""What ffmpeg's own playlist says of the segments that it has written."""

import re


def parse_durations(text: str) -> list[float]:
    """The lengths in seconds of the segments that an encoder's own playlist names."""
    return [float(found) for found in re.findall(r"^#EXTINF:([0-9.]+)", text, flags=re.MULTILINE)]
