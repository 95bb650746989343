"""Playlists as text, and the grammar of what a client may ask for."""

import math
import re
from collections.abc import Iterable, Sequence
from fractions import Fraction

from videoflix.models import Rendition, Segment

SEGMENT = re.compile(r"(?:[0-9]{3}|[1-9][0-9]{3,4})\.ts", re.ASCII)
RESOLUTIONS = {"480p": 480, "720p": 720, "1080p": 1080}


def segment_name(number: int) -> str:
    return f"{number:03d}.ts"


def media(segments: Sequence[Segment], version: int, *, is_complete: bool) -> str:
    """The playlist of one rung. Each address carries the version of the encode, so that caches never mix two.

    One that grows has to say that players begin at its beginning: they would take it for a live broadcast.
    """
    longest = max(segment.duration for segment in segments)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:6",
        f"#EXT-X-TARGETDURATION:{math.floor(longest + 0.5)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        f"#EXT-X-PLAYLIST-TYPE:{'VOD' if is_complete else 'EVENT'}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    lines += [] if is_complete else ["#EXT-X-START:TIME-OFFSET=0,PRECISE=YES"]
    for segment in segments:
        lines += [f"#EXTINF:{segment.duration:.6f},", f"{segment_name(segment.number)}?v={version}"]
    lines += ["#EXT-X-ENDLIST"] if is_complete else []
    return "\n".join([*lines, ""])


def master(renditions: Iterable[Rendition]) -> str:
    """The adaptive playlist. 480p stands first, as players begin with the first one."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for one in renditions:
        lines += [
            f"#EXT-X-STREAM-INF:BANDWIDTH={one.bandwidth},AVERAGE-BANDWIDTH={one.average_bandwidth},"
            f"RESOLUTION={one.width}x{one.height},FRAME-RATE={_decimal(one.frame_rate)},"
            f'CODECS="{one.codecs}"',
            f"{one.label}p/index.m3u8",
        ]
    return "\n".join([*lines, ""])


def parse_durations(text: str) -> list[float]:
    """The lengths in seconds of the segments that an encoder's own playlist names."""
    return [float(found) for found in re.findall(r"^#EXTINF:([0-9.]+)", text, flags=re.MULTILINE)]


def _decimal(rate: Fraction) -> str:
    return f"{float(rate):.3f}"
