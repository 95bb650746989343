"""Builds HLS playlists (RFC 8216)."""

import math
import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import count, pairwise

from videoflix.encoding.geometry import Geometry
from videoflix.encoding.models import Segment
from videoflix.library.models import CaptionKind, Track
from videoflix.storage.names import audio_segment_name, segment_name
from videoflix.streaming.models import Variant

# What an additional audio track adds to the bandwidth, in bit/s: 128 kbit/s of AAC, its headers and its peaks.
AUDIO_BANDWIDTH = 150_000
# The CHARACTERISTICS of captions for the deaf and hard of hearing (HLS Authoring Specification for Apple Devices).
SDH_CHARACTERISTICS = "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound"
# The address of a segment, as the functions below write it.
RELATIVE = re.compile(rb"^([0-9]+\.(?:ts|aac))\?v=[0-9]+$", re.MULTILINE)


def media(segments: Sequence[Segment], version: int, *, is_complete: bool) -> str:
    """The media playlist of a rendition. Each address contains the version, so that caches never mix two encodes."""
    addresses = [(f"{segment_name(one.number)}?v={version}", one.duration) for one in segments]
    return _media(addresses, is_complete=is_complete)


def audio(segments: int, geometry: Geometry, rate: Fraction, duration: float, version: int) -> str:
    """The media playlist of an additional audio track, for a video of `rate` frames/s and `duration` seconds.

    Its segments consist of whole AAC packets and are about as long as those of the video.
    """
    known = len(geometry.cuts) or segments + 1
    packets = [geometry.first_packet(number, rate) for number in range(min(segments + 1, known))]
    boundaries = [*(float(geometry.packet_seconds(packet)) for packet in packets), duration]
    addresses = [
        (f"{audio_segment_name(number)}?v={version}", min(end, duration) - start)
        for number, (start, end) in enumerate(pairwise(boundaries[: segments + 1]))
        if start < duration
    ]
    return _media(addresses, is_complete=True)


def in_folder(playlist: bytes, address: str) -> bytes:
    """A media playlist of `media` or `audio` whose segments are in a folder elsewhere; its address ends with `/`."""
    folder = address.encode()
    return RELATIVE.sub(lambda found: folder + found[1], playlist)


def captions(number: int, duration: float) -> str:
    """The media playlist of a caption track: a single segment of `duration` seconds."""
    return _media([(f"../{number}.vtt", duration)], is_complete=True)


def master(variants: Iterable[Variant], audio: Sequence[Track] = (), captions: Sequence[Track] = ()) -> str:
    """The multivariant playlist. The lowest rendition comes first, because players start with the first variant.

    The first track of `audio` is muxed into the video segments. It is listed only if there are others to choose from.
    """
    has_choice = len(audio) > 1
    lines = ["#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-INDEPENDENT-SEGMENTS"]
    lines += _media_tags("AUDIO", "audio", audio) if has_choice else []
    # A player without support for FORCED selects the first track of a language.
    lines += _media_tags("SUBTITLES", "captions", sorted(captions, key=lambda one: one.kind is CaptionKind.FORCED))
    groups = (',AUDIO="audio"' if has_choice else "") + (',SUBTITLES="captions"' if captions else "")
    extra = AUDIO_BANDWIDTH if has_choice else 0
    for one in variants:
        lines += [
            f"#EXT-X-STREAM-INF:BANDWIDTH={one.bandwidth + extra},AVERAGE-BANDWIDTH={one.average_bandwidth + extra},"
            f"RESOLUTION={one.width}x{one.height},FRAME-RATE={_decimal(one.frame_rate)},"
            f'CODECS="{one.codecs}"{groups}',
            f"{one.label}p/index.m3u8",
        ]
    return "\n".join([*lines, ""])


def _media(segments: Sequence[tuple[str, float]], *, is_complete: bool) -> str:
    """A media playlist of segments, each an address and a duration in seconds."""
    longest = max(duration for _, duration in segments)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:6",
        f"#EXT-X-TARGETDURATION:{math.floor(longest + 0.5)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        f"#EXT-X-PLAYLIST-TYPE:{'VOD' if is_complete else 'EVENT'}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    # Without it, players treat an unfinished playlist as a live stream and start near its end.
    lines += [] if is_complete else ["#EXT-X-START:TIME-OFFSET=0,PRECISE=YES"]
    for address, duration in segments:
        lines += [f"#EXTINF:{duration:.6f},", address]
    lines += ["#EXT-X-ENDLIST"] if is_complete else []
    return "\n".join([*lines, ""])


def _media_tags(media_type: str, group: str, tracks: Sequence[Track]) -> list[str]:
    """An EXT-X-MEDIA tag for each track, with unique names.

    Players select by language and kind, so only the first track of each combination gets AUTOSELECT.
    """
    lines: list[str] = []
    names: set[str] = set()
    selectable: set[tuple[str, CaptionKind]] = set()
    for index, track in enumerate(tracks):
        is_muxed = media_type == "AUDIO" and index == 0
        name = _unique(_without_quotes(track.name), names)
        language = track.language if track.language != "und" else None
        autoselect = is_muxed or (language is not None and (language, track.kind) not in selectable)
        names.add(name)
        selectable |= {(language, track.kind)} if language else set()
        attributes = [f"TYPE={media_type}", f'GROUP-ID="{group}"', f'NAME="{name}"']
        attributes += [f'LANGUAGE="{_without_quotes(language)}"'] if language else []
        attributes += [f"DEFAULT={_yes_or_no(is_muxed)}", f"AUTOSELECT={_yes_or_no(autoselect)}"]
        attributes += ["FORCED=YES"] if track.kind is CaptionKind.FORCED else []
        attributes += [f'CHARACTERISTICS="{SDH_CHARACTERISTICS}"'] if track.kind is CaptionKind.SDH else []
        attributes += [] if is_muxed else [f'URI="{group}/{track.number}/index.m3u8"']
        lines.append(f"#EXT-X-MEDIA:{','.join(attributes)}")
    return lines


def _unique(name: str, names: set[str]) -> str:
    """The name, with a number appended if another track already has it."""
    candidates = (name if number == 1 else f"{name} {number}" for number in count(1))
    return next(one for one in candidates if one not in names)


def _without_quotes(text: str) -> str:
    """The text without the characters that a quoted string may not contain (RFC 8216, section 4.2)."""
    return "".join(letter if letter.isprintable() else " " for letter in text).replace('"', "”")


def _yes_or_no(value: bool) -> str:
    return "YES" if value else "NO"


def _decimal(rate: Fraction) -> str:
    return f"{float(rate):.3f}"
