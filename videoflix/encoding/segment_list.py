"""Reads the list that ffmpeg writes of the segments of a rendition."""

import csv


def parse_ends(text: str) -> list[float]:
    """When each segment ends, in seconds of the muxed time stamps."""
    return [float(end) for _, _, end in csv.reader(text.splitlines())]
