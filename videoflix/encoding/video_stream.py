"""Chooses the video stream that is the film: covers and previews are video streams, too."""

from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from videoflix.encoding import probe_commands
from videoflix.encoding.process import capture
from videoflix.errors import EncodeFailed

Stream = dict[str, Any]

SECONDS = 60.0
# Ten seconds of most films: a cover has one packet in them, and a film beside it all the others.
FIRST_PACKETS = 250


async def count_packets(ffprobe: str, source: Path, streams: list[Stream]) -> Counter[int]:
    """How many of the first video packets belong to each stream, by its index. Empty if there is no choice, or if
    they cannot be read."""
    if sum(map(_is_video, streams)) < 2:
        return Counter()
    with suppress(EncodeFailed):
        told = await capture(probe_commands.packet_streams(ffprobe, source, FIRST_PACKETS), seconds=SECONDS)
        return Counter(packet["stream_index"] for packet in msgspec.json.decode(told).get("packets", []))
    return Counter()


def choose(streams: list[Stream], packets: Counter[int]) -> Stream | None:
    """Among the streams with motion the default one, else the largest; among all if none has motion. None without any
    video.

    A file may flag several streams as default, as MP4 does with all that are enabled: the largest of them is used. If
    a file has nothing but audio and a cover, as podcasts do, the cover is its film.
    """
    videos = [one for one in streams if _is_video(one)]
    moving = [one for one in videos if packets[one["index"]] > 1]
    has_sound = any(one.get("codec_type") == "audio" for one in streams)
    covers = [one for one in streams if has_sound and is_cover(one) and _is_sized(one)]
    return max(moving or videos or covers, key=_rank, default=None)


def is_cover(stream: Stream) -> bool:
    return stream.get("codec_type") == "video" and bool(stream.get("disposition", {}).get("attached_pic"))


def is_without_size(stream: Stream) -> bool:
    """Whether ffprobe has seen no complete frame of a video stream."""
    return stream.get("codec_type") == "video" and not is_cover(stream) and not _is_sized(stream)


def _rank(stream: Stream) -> tuple[bool, int]:
    return bool(stream.get("disposition", {}).get("default")), stream["width"] * stream["height"]


def _is_video(stream: Stream) -> bool:
    is_known = stream.get("codec_type") == "video" and bool(stream.get("codec_name"))
    return is_known and _is_sized(stream) and not is_cover(stream)


def _is_sized(stream: Stream) -> bool:
    return bool(stream.get("width", 0) > 0 and stream.get("height", 0) > 0)
