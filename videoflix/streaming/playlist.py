"""Playlists as text, and the grammar of what a client may ask for."""

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import count, pairwise

from videoflix.encoding.models import Segment
from videoflix.encoding.units import first_packet, packet_seconds
from videoflix.library.models import CaptionKind, Track
from videoflix.storage.names import piece_name, segment_name
from videoflix.streaming.models import Rendition

# What a further sound track adds to the picture's rate, in bit/s: 128 kbit/s of AAC, its headers, and its peaks.
SOUND_RATE = 150_000
# What captions for people who do not hear the sound are marked with, by Apple's authoring rules for HLS.
SDH = "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound"
RESOLUTIONS = {"480p": 480, "720p": 720, "1080p": 1080}


def media(segments: Sequence[Segment], version: int, *, is_complete: bool) -> str:
    """The playlist of one rung. Each address carries the version of the encode, so that caches never mix two.

    One that grows has to say that players begin at its beginning: they would take it for a live broadcast.
    """
    named = [(f"{segment_name(one.number)}?v={version}", one.duration) for one in segments]
    return _media(named, is_complete=is_complete)


def sound(pieces: int, rate: Fraction, duration: float, version: int) -> str:
    """The playlist of a further sound track, whose pieces are about as long as the film's segments."""
    borders = [float(packet_seconds(first_packet(number, rate))) for number in range(pieces + 1)]
    named = [
        (f"{piece_name(number)}?v={version}", min(end, duration) - begin)
        for number, (begin, end) in enumerate(pairwise(borders))
        if begin < duration
    ]
    return _media(named, is_complete=True)


def captions(number: int, duration: float) -> str:
    """The playlist of subtitles: one segment, as long as the film."""
    return _media([(f"../{number}.vtt", duration)], is_complete=True)


def master(renditions: Iterable[Rendition], sounds: Sequence[Track] = (), captions: Sequence[Track] = ()) -> str:
    """The adaptive playlist. 480p stands first, as players begin with the first one.

    `sounds` begins with the track that goes with the picture; if there is no other it needs no mention.
    """
    further = len(sounds) > 1
    lines = ["#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-INDEPENDENT-SEGMENTS"]
    lines += _choices("AUDIO", "audio", sounds) if further else []
    # A player that does not know FORCED takes the first one of a language.
    lines += _choices("SUBTITLES", "captions", sorted(captions, key=lambda one: one.kind is CaptionKind.FORCED))
    groups = (',AUDIO="audio"' if further else "") + (',SUBTITLES="captions"' if captions else "")
    more = SOUND_RATE if further else 0
    for one in renditions:
        lines += [
            f"#EXT-X-STREAM-INF:BANDWIDTH={one.bandwidth + more},AVERAGE-BANDWIDTH={one.average_bandwidth + more},"
            f"RESOLUTION={one.width}x{one.height},FRAME-RATE={_decimal(one.frame_rate)},"
            f'CODECS="{one.codecs}"{groups}',
            f"{one.label}p/index.m3u8",
        ]
    return "\n".join([*lines, ""])


def _media(named: Sequence[tuple[str, float]], *, is_complete: bool) -> str:
    """A playlist of addresses, each with its length in seconds."""
    longest = max(duration for _, duration in named)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:6",
        f"#EXT-X-TARGETDURATION:{math.floor(longest + 0.5)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        f"#EXT-X-PLAYLIST-TYPE:{'VOD' if is_complete else 'EVENT'}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    lines += [] if is_complete else ["#EXT-X-START:TIME-OFFSET=0,PRECISE=YES"]
    for address, duration in named:
        lines += [f"#EXTINF:{duration:.6f},", address]
    lines += ["#EXT-X-ENDLIST"] if is_complete else []
    return "\n".join([*lines, ""])


def _choices(kind: str, group: str, tracks: Sequence[Track]) -> list[str]:
    """A line per track. Names differ; players choose by language and kind, so the first of each offers itself."""
    lines: list[str] = []
    names: set[str] = set()
    offered: set[tuple[str, CaptionKind]] = set()
    for place, track in enumerate(tracks):
        muxed = kind == "AUDIO" and place == 0
        name = _unused(_quotable(track.name), names)
        language = track.language if track.language != "und" else None
        offers = muxed or (language is not None and (language, track.kind) not in offered)
        names.add(name)
        offered |= {(language, track.kind)} if language else set()
        words = [f"TYPE={kind}", f'GROUP-ID="{group}"', f'NAME="{name}"']
        words += [f'LANGUAGE="{_quotable(language)}"'] if language else []
        words += [f"DEFAULT={_yes(muxed)}", f"AUTOSELECT={_yes(offers)}"]
        words += ["FORCED=YES"] if track.kind is CaptionKind.FORCED else []
        words += [f'CHARACTERISTICS="{SDH}"'] if track.kind is CaptionKind.SDH else []
        words += [] if muxed else [f'URI="{group}/{track.number}/index.m3u8"']
        lines.append(f"#EXT-X-MEDIA:{','.join(words)}")
    return lines


def _unused(name: str, names: set[str]) -> str:
    """The name, with a number after it if another track has it."""
    candidates = (name if number == 1 else f"{name} {number}" for number in count(1))
    return next(one for one in candidates if one not in names)


def _quotable(text: str) -> str:
    """The text without what breaks out of a quoted string (RFC 8216, 4.2)."""
    return "".join(letter if letter.isprintable() else " " for letter in text).replace('"', "”")


def _yes(value: bool) -> str:
    return "YES" if value else "NO"


def _decimal(rate: Fraction) -> str:
    return f"{float(rate):.3f}"
